import { plainText } from './plain-text.ts';

/** A column: its head, how it may be cut, and how its cells are painted after they are measured. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** may be shortened to so many characters when the terminal is narrow */
  readonly least?: number;
  /** so many characters of it are worth more than a spare column; default: its least */
  readonly good?: number;
  /** left out when the terminal is too narrow for what is good of the others; higher goes first */
  readonly spare?: number;
  readonly align?: 'left' | 'right';
  /** what of a long text goes: its end, or its middle where both ends say something (versions, group:artifact); default end */
  readonly cut?: 'end' | 'middle';
  readonly paint?: (padded: string, row: Row) => string;
}

/** How a table is laid out. */
export interface TableOptions {
  /** Infinity: as wide as it needs */
  readonly columns: number;
  readonly paintHead?: (text: string) => string;
}

const gap = '  ';

/** Lines of an aligned table. Every cell is made safe for a terminal and stays on its line; trailing blanks are cut. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { columns: width, paintHead = (text) => text }: TableOptions,
): string[] {
  const laid = layOut(
    columns.map((column) => {
      const cells = rows.map((row) => plainText(column.cell(row)));
      return { column, cells, width: Math.max(column.head.length, ...cells.map(displayWidth)) };
    }),
    width,
  );
  const line = (cells: readonly string[]): string => cells.join(gap).trimEnd();
  return [
    paintHead(line(laid.map(({ column, width: own }) => padTo(column.head, own, column)))),
    ...rows.map((row, index) =>
      line(
        laid.map(({ column, cells, width: own }) => {
          const padded = padTo(cells[index] ?? '', own, column);
          return column.paint?.(padded, row) ?? padded;
        }),
      ),
    ),
  ];
}

interface Laid<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
}

function layOut<Row>(laid: readonly Laid<Row>[], width: number): readonly Laid<Row>[] {
  const total = (of: readonly Laid<Row>[]): number =>
    of.reduce((sum, each) => sum + each.width, 0) + gap.length * (of.length - 1);
  let now = laid;
  for (;;) {
    const spare = now.reduce<Laid<Row> | undefined>(
      (worst, each) => ((each.column.spare ?? 0) > (worst?.column.spare ?? 0) ? each : worst),
      undefined,
    );
    const good = total(
      now.map((each) => ({
        ...each,
        width: Math.min(each.width, each.column.good ?? each.column.least ?? each.width),
      })),
    );
    if (good <= width || spare === undefined) break;
    now = now.filter((each) => each !== spare);
  }
  // the widest column that can give gives first, so that many short ones are not cut for one long one
  while (total(now) > width) {
    const widest = now.reduce<Laid<Row> | undefined>(
      (most, each) => (each.width > (each.column.least ?? each.width) && each.width > (most?.width ?? 0) ? each : most),
      undefined,
    );
    if (widest === undefined) break;
    now = now.map((each) => (each === widest ? { ...each, width: each.width - 1 } : each));
  }
  return now;
}

function padTo(
  text: string,
  width: number,
  { align = 'left', cut = 'end' }: Pick<Column<never>, 'align' | 'cut'>,
): string {
  const shown = displayWidth(text) <= width ? text : shortened(text, width - 1, cut);
  const blank = ' '.repeat(Math.max(0, width - displayWidth(shown)));
  return align === 'right' ? `${blank}${shown}` : `${shown}${blank}`;
}

function shortened(text: string, width: number, cut: 'end' | 'middle'): string {
  const characters = [...text];
  if (cut === 'end') return `${taken(characters, width).join('')}…`;
  const tail = taken(characters.toReversed(), Math.floor(width / 2)).toReversed();
  return `${taken(characters, Math.ceil(width / 2)).join('')}…${tail.join('')}`;
}

/** The first characters that fit into a width. */
function taken(characters: readonly string[], width: number): string[] {
  let used = 0;
  const fitting = characters.findIndex((character) => {
    used += displayWidth(character);
    return used > width;
  });
  return characters.slice(0, fitting < 0 ? characters.length : fitting);
}

/** Columns that a text takes on a terminal: marks take none, wide East Asian characters and emoji two. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += /\p{M}/u.test(character) ? 0 : isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
  return width;
}

// Unicode's East Asian Width W and F, in the ranges that matter
const isWide = (point: number): boolean =>
  (point >= 0x1100 && point <= 0x115f) ||
  (point >= 0x2e80 && point <= 0xa4cf) ||
  (point >= 0xac00 && point <= 0xd7a3) ||
  (point >= 0xf900 && point <= 0xfaff) ||
  (point >= 0xfe30 && point <= 0xfe6f) ||
  (point >= 0xff00 && point <= 0xff60) ||
  (point >= 0xffe0 && point <= 0xffe6) ||
  (point >= 0x1f300 && point <= 0x1faff) ||
  (point >= 0x20000 && point <= 0x3fffd);
