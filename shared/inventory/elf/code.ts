import { ElfFile, segmentType, writable } from './elf-file.ts';
import { BadElf } from './elf-words.ts';
import { wholeFile } from './file-bytes.ts';
import type { Range } from './windows.ts';

/** the flag of a segment that may run */
const executable = 1;
/** bytes at both ends of the code that are looked at with what lies beside them */
const margin = 4096;

/**
 * The parts of a file that hold code and nothing else, in order of the file. Linkers that keep data apart from code (GNU ld since 2.31, Go's, LLVM's) put what may only be read
 * into a segment of its own; where none lies behind the code, texts and tables may lie in it.
 */
export function codeOf({ segments }: Pick<ElfFile, 'segments'>): Range[] {
  const loaded = segments.filter(({ type, size }) => type === segmentType.LOAD && size > 0);
  const isReadOnly = (flags: number): boolean => (flags & (executable | writable)) === 0;
  const data = Math.max(0, ...loaded.filter(({ flags }) => isReadOnly(flags)).map(({ offset }) => offset));
  return loaded
    .filter(({ flags }) => (flags & (executable | writable)) === executable)
    .map(({ offset, size }) => ({ start: offset + margin, end: offset + size - margin }))
    .filter(({ start, end }) => start < end && end + margin <= data)
    .sort((a, b) => a.start - b.start);
}

/** The same by the first bytes of a file, as far as they tell; none of what is no ELF file. */
export function codeIn(head: Buffer): Range[] {
  try {
    return codeOf(new ElfFile(wholeFile(head)));
  } catch (error) {
    if (error instanceof BadElf) return [];
    throw error;
  }
}

/** What of the first `size` bytes of a file is no code, in order. */
export function withoutCode(code: readonly Range[], size: number): Range[] {
  const parts: Range[] = [];
  let start = 0;
  for (const range of code) {
    if (range.start >= size) break;
    if (range.start > start) parts.push({ start, end: range.start });
    start = Math.max(start, range.end);
  }
  if (start < size) parts.push({ start, end: size });
  return parts;
}
