import { ElfFile, segmentType, writable } from './elf-file.ts';
import { BadElf } from './elf-words.ts';
import { type FileBytes, fits } from './file-bytes.ts';

/** A range of a file: `start` inclusive, `end` exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** the names of sections stand right before their table in what linkers write */
const beforeTable = 1 << 16;
const mostOfOne = 1 << 20;

/**
 * Which parts of an ELF file that is too large to hold are held, decided by its first bytes: notes, the tables of the loader and of the
 * sections, what follows the last segment, and the beginnings of what may be written, where Go keeps its build information. At most `budget` bytes, in order of the file,
 * all after `head.size` … what lies before is held already. None when the first bytes are no readable ELF header.
 */
export function windowsOf(head: FileBytes, from: number, budget: number): Range[] {
  let elf: ElfFile;
  try {
    elf = new ElfFile(head);
  } catch (error) {
    if (error instanceof BadElf) return [];
    throw error;
  }
  const wanted: Range[] = [];
  const want = (start: number, length: number): void => {
    if (fits(start, 0, head.size)) wanted.push({ start, end: Math.min(start + length, head.size) });
  };
  for (const { type, offset, size } of elf.segments) {
    if (type === segmentType.NOTE || type === segmentType.INTERP || type === segmentType.DYNAMIC)
      want(offset, Math.min(size, mostOfOne));
  }
  const table = elf.sectionTable;
  const before = Math.min(beforeTable, Math.floor(budget / 4), table.offset);
  want(table.offset - before, before + table.size);
  const { sections } = elf;
  const names = sections[table.names];
  if (names !== undefined) want(names.offset, Math.min(names.size, mostOfOne));
  // linkers put small sections that are not mapped (.comment, .dep-v0) right behind those that are
  const mapped = elf.segments.filter(({ type }) => type === segmentType.LOAD).map(({ offset, size }) => offset + size);
  want(Math.max(0, ...mapped), Math.min(mostOfOne, Math.floor(budget / 4)));
  for (const { type, flags, offset, size } of elf.segments) {
    if (type === segmentType.LOAD && (flags & writable) !== 0) want(offset, Math.min(size, Math.floor(budget / 4)));
    // megabytes of pointers may come first, which are written once, in position-independent programs
    if (type === segmentType.RELRO) want(offset + size, Math.floor(budget / 4));
  }
  return joined(within(wanted, from, budget));
}

/** The first of the wanted ranges that fit into the budget, without what is held already. */
function within(wanted: readonly Range[], from: number, budget: number): Range[] {
  let left = budget;
  return wanted.flatMap(({ start, end }) => {
    const first = Math.max(start, from);
    const length = Math.min(end - first, left);
    if (length <= 0) return [];
    left -= length;
    return [{ start: first, end: first + length }];
  });
}

function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && range.start <= last.end)
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    else result.push(range);
  }
  return result;
}
