/** first words of a table of functions by the Go that wrote it (runtime/symtab, internal/abi) */
const layouts: ReadonlyMap<number, 'go12' | 'go116' | 'go118'> = new Map([
  [0xffff_fffb, 'go12'],
  [0xffff_fffa, 'go116'],
  [0xffff_fff0, 'go118'],
  [0xffff_fff1, 'go118'],
]);
/** the paths of the largest known program have 3 MiB */
export const longestPaths = 16 * 2 ** 20;
/** the longest header: eight bytes and eight words */
export const headerBytes = 72;

/** Where the paths of source files are, as distances from the beginning of the table: `from` inclusive, `to` exclusive. */
export interface PathsPlace {
  readonly from: number;
  readonly to: number;
}

/** What all tables of functions have in common: three bytes of ones, on the side that the byte order says, and as far as they stand together the zeros behind them. */
export const firstBytes = (isLittle: boolean): Buffer =>
  Buffer.from(isLittle ? [0xff, 0xff, 0xff, 0, 0] : [0xff, 0xff, 0xff]);

/** Whether a table of functions may begin here: magic, two zeros, the smallest instruction, the bytes of an address. */
export function isHeader(head: Buffer, isLittle: boolean, wordBytes: number): boolean {
  return (
    head.length >= 8 &&
    layouts.has(wordAt(head, 0, isLittle)) &&
    head[4] === 0 &&
    head[5] === 0 &&
    [1, 2, 4].includes(head[6] ?? 0) &&
    head[7] === wordBytes
  );
}

/** Whether paths are listed one by one, as before Go 1.16. */
export const isOfOldForm = (head: Buffer, isLittle: boolean): boolean =>
  layouts.get(wordAt(head, 0, isLittle)) === 'go12';

/** The place of the paths, which are one part of the table since Go 1.16; undefined in older tables, and where the header says what cannot be. */
export function placeOfPaths(head: Buffer, isLittle: boolean, wordBytes: number): PathsPlace | undefined {
  if (head.length < 8 || isOfOldForm(head, isLittle)) return undefined;
  // numbers of functions and of files, since 1.18 where the code starts, then the places of the parts: names of functions, units, paths …
  const skipped = layouts.get(wordAt(head, 0, isLittle)) === 'go118' ? 3 : 2;
  const word = (index: number): number | undefined => {
    const at = 8 + index * wordBytes;
    if (at + wordBytes > head.length) return undefined;
    if (wordBytes === 4) return wordAt(head, at, isLittle);
    return wordAt(head, isLittle ? at + 4 : at, isLittle) === 0
      ? wordAt(head, isLittle ? at : at + 4, isLittle)
      : undefined;
  };
  const from = word(skipped + 2);
  const to = word(skipped + 3);
  return from === undefined || to === undefined || to < from || to - from > longestPaths ? undefined : { from, to };
}

const wordAt = (bytes: Buffer, at: number, isLittle: boolean): number =>
  isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
