import type { ProgramFile, ProgramPart } from '../../program-files/index.ts';
import { firstBytes, headerBytes, isHeader, isOfOldForm, longestPaths, placeOfPaths } from './table-header.ts';

/** ELF, position-independent ELF, Mach-O */
const sections = ['.gopclntab', '.data.rel.ro.gopclntab', '__gopclntab'] as const;
/** where the table lies without a section of its own: Windows, and what other linkers put together */
const around = ['.rdata', '.data.rel.ro', '.text'] as const;
/** the largest known program has 40,000 */
const mostFiles = 200_000;
const longestPath = 4096;
const longestPart = 64 * 2 ** 20;
/** what is looked through at once: a part as a whole would have to be put together from the chunks that it came in */
const windowBytes = 1 << 16;
/** bytes behind a window that a place in it may need */
const windowSeam = 8;
/** places that may be a table, where none has a section of its own: a file that is made of them is given up */
const mostPlaces = 100_000;

/**
 * The source files that a Go program was compiled from, as its table of functions names them (pclntab, for stack traces): it stays in stripped programs and
 * in those whose build information was taken out. Undefined when there is no such table, it is broken, or not held.
 */
export function sourceFilesOf(file: ProgramFile): Iterable<string> | undefined {
  const start = tableIn(file);
  if (start === undefined) return undefined;
  return new SourceFiles(file, start).paths();
}

function tableIn(file: ProgramFile): number | undefined {
  for (const name of sections) {
    const own = file.sectionNamed(name);
    if (own !== undefined && isTable(file, own.offset)) return own.offset;
  }
  for (const name of around) {
    const part = file.sectionNamed(name);
    const found = part === undefined ? undefined : searched(file, part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first place that looks like the beginning of a table. */
function searched(file: ProgramFile, { offset, size }: ProgramPart): number | undefined {
  const end = Math.min(offset + Math.min(size, longestPart), file.size);
  if (!isHeld(file, offset, end)) return undefined;
  const needle = firstBytes(file.isLittle);
  const shift = file.isLittle ? 1 : 0;
  let places = 0;
  for (let base = offset; base < end; base += windowBytes) {
    const view = file.bytes(base, Math.min(windowBytes + windowSeam, end - base));
    if (view === undefined) return undefined;
    for (let at = view.indexOf(needle); at >= 0 && at < windowBytes; at = view.indexOf(needle, at + 1)) {
      if (places === mostPlaces) return undefined;
      places += 1;
      const start = base + at - shift;
      if (start < offset || (start - offset) % 4 !== 0 || view[at - shift + 4] !== 0 || view[at - shift + 5] !== 0)
        continue;
      if (isTable(file, start)) return start;
    }
  }
  return undefined;
}

/** Whether all bytes from `start` to before `end` are there. */
function isHeld(file: ProgramFile, start: number, end: number): boolean {
  for (let at = start; at < end; at += windowBytes) {
    if (file.bytes(at, Math.min(windowBytes, end - at)) === undefined) return false;
  }
  return true;
}

function isTable(file: ProgramFile, at: number): boolean {
  const head = file.bytes(at, 8);
  return head !== undefined && isHeader(head, file.isLittle, file.wordBytes);
}

/** One table, by the layout that its first word says. */
class SourceFiles {
  readonly #file: ProgramFile;
  readonly #start: number;

  constructor(file: ProgramFile, start: number) {
    this.#file = file;
    this.#start = start;
  }

  paths(): Iterable<string> | undefined {
    const { isLittle, wordBytes } = this.#file;
    const head = this.#file.bytesUpTo(this.#start, headerBytes);
    if (head === undefined) return undefined;
    if (isOfOldForm(head, isLittle)) return this.#listed();
    const place = placeOfPaths(head, isLittle, wordBytes);
    if (place === undefined) return undefined;
    const { from, to } = place;
    const bytes = this.#file.bytes(this.#start + from, to - from);
    return bytes === undefined ? undefined : endedByZero(bytes);
  }

  /** Before Go 1.16: a list of places behind the functions, each of them one path. */
  #listed(): Iterable<string> | undefined {
    const functions = this.#word(0);
    if (functions === undefined || functions > 10 * mostFiles) return undefined;
    const list = this.#u32(8 + (2 + 2 * functions) * this.#file.wordBytes);
    const count = list === undefined ? undefined : this.#u32(list);
    if (list === undefined || count === undefined || count > mostFiles) return undefined;
    const paths: string[] = [];
    let size = 0;
    for (let index = 1; index < count; index += 1) {
      const place = this.#u32(list + 4 * index);
      const bytes = place === undefined ? undefined : this.#file.bytesUpTo(this.#start + place, longestPath);
      const end = bytes?.indexOf(0) ?? -1;
      size += Math.max(end, 0);
      // places may lead to the same bytes again and again
      if (bytes === undefined || end < 0 || size > longestPaths) return undefined;
      paths.push(bytes.toString('utf8', 0, end));
    }
    return paths;
  }

  /** The word behind the header with this number. */
  #word(index: number): number | undefined {
    const { wordBytes, isLittle } = this.#file;
    const at = 8 + index * wordBytes;
    if (wordBytes === 4) return this.#u32(at);
    const [low, high] = isLittle ? [this.#u32(at), this.#u32(at + 4)] : [this.#u32(at + 4), this.#u32(at)];
    return low === undefined || high !== 0 ? undefined : low;
  }

  #u32(at: number): number | undefined {
    const bytes = this.#file.bytes(this.#start + at, 4);
    return this.#file.isLittle ? bytes?.readUInt32LE(0) : bytes?.readUInt32BE(0);
  }
}

/** Texts that end with a zero each; what is too long for a path is passed over. */
export function* endedByZero(bytes: Buffer): Iterable<string> {
  let count = 0;
  for (let start = 0; start < bytes.length && count < mostFiles; count += 1) {
    const end = bytes.indexOf(0, start);
    if (end < 0) return;
    if (end > start && end - start <= longestPath) yield bytes.toString('utf8', start, end);
    start = end + 1;
  }
}
