import { plainText } from './plain-text.ts';

/** A column: its head, how it may be cut, and how its cells are painted after they are measured. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** may be shortened to so many characters when the terminal is narrow */
  readonly least?: number;
  /** left out first when it is too narrow even then; higher goes first */
  readonly spare?: number;
  readonly align?: 'left' | 'right';
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
    paintHead(line(laid.map(({ column, width: own }) => padTo(column.head, own, column.align)))),
    ...rows.map((row, index) =>
      line(
        laid.map(({ column, cells, width: own }) => {
          const padded = padTo(cells[index] ?? '', own, column.align);
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
    const least = total(now.map((each) => ({ ...each, width: Math.min(each.width, each.column.least ?? each.width) })));
    if (least <= width || spare === undefined) break;
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

function padTo(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const own = displayWidth(text);
  const cut = own <= width ? text : `${shorten(text, width - 1)}…`;
  const blank = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return align === 'right' ? `${blank}${cut}` : `${cut}${blank}`;
}

function shorten(text: string, width: number): string {
  let taken = '';
  let used = 0;
  for (const character of text) {
    used += displayWidth(character);
    if (used > width) break;
    taken += character;
  }
  return taken;
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
