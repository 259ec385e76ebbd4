import { type ElfFile, segmentType, textAt } from './elf-file.ts';
import type { ElfWords } from './elf-words.ts';

/** A library that an executable asks the loader for. */
export interface NeededLibrary {
  /** DT_NEEDED: libc.so.6 */
  readonly name: string;
  /** symbol versions that it must define (verneed): GLIBC_2.34 … */
  readonly versions: readonly string[];
}

/** What an ELF file needs of the image around it, and what it gives to others. */
export interface Linkage {
  /** e_machine of the gABI: 62 x86-64, 183 AArch64 … */
  readonly machine: number;
  /** 'static': nothing is loaded beside it; 'library': it is loaded by others */
  readonly kind: 'static' | 'dynamic' | 'library' | 'object';
  /** PT_INTERP: /lib64/ld-linux-x86-64.so.2 */
  readonly loader?: string;
  readonly soname?: string;
  readonly needed: readonly NeededLibrary[];
  /** symbol versions that it defines (verdef), its own name left out */
  readonly defines: readonly string[];
  /** hex digits of the GNU build id */
  readonly buildId?: string;
}

const tag = { NEEDED: 1, STRTAB: 5, STRSZ: 10, SONAME: 14, VERDEF: 0x6ffffffc, VERNEED: 0x6ffffffe } as const;
const EXECUTABLE = 2;
const SHARED = 3;
const mostTags = 4096;
const mostNeeded = 1024;
const mostVersions = 1024;
/** the largest real tables of strings (of browsers and runtimes that export everything) stay below */
const longestStrings = 64 * 2 ** 20;
/** PATH_MAX: the kernel takes no longer interpreter */
const longestLoader = 4096;
const verdefIsBase = 1;

/** Reads what the headers of an ELF file say of linking (gABI "Dynamic Linking", LSB "Symbol Versioning"). What is broken in it is left out. */
export function linkageOf(elf: ElfFile): Linkage {
  const dynamic = dynamicOf(elf);
  const loader = loaderOf(elf);
  const buildId = buildIdOf(elf);
  const soname = dynamic.soname;
  return {
    machine: elf.machine,
    kind: kindOf(elf, loader, dynamic),
    ...(loader === undefined ? {} : { loader }),
    ...(soname === undefined ? {} : { soname }),
    needed: dynamic.needed,
    defines: dynamic.defines,
    ...(buildId === undefined ? {} : { buildId }),
  };
}

interface Dynamic {
  readonly isThere: boolean;
  readonly soname?: string;
  readonly needed: readonly NeededLibrary[];
  readonly defines: readonly string[];
}

function kindOf(elf: ElfFile, loader: string | undefined, { isThere, soname, needed }: Dynamic): Linkage['kind'] {
  if (elf.type !== EXECUTABLE && elf.type !== SHARED) return 'object';
  if (loader !== undefined) return soname === undefined || elf.type === EXECUTABLE ? 'dynamic' : 'library';
  if (elf.type === EXECUTABLE || !isThere) return 'static';
  return soname !== undefined || needed.length > 0 || !isPie(elf) ? 'library' : 'static';
}

const FLAGS_1 = 0x6ffffffb;
const PIE = 0x0800_0000;

/** A position-independent executable without a loader says so (static-pie); a library never does. */
function isPie(elf: ElfFile): boolean {
  return tagsOf(elf).some(([name, value]) => name === FLAGS_1 && (value & PIE) !== 0);
}

function loaderOf(elf: ElfFile): string | undefined {
  const segment = elf.segments.find(({ type }) => type === segmentType.INTERP);
  if (segment === undefined || segment.size > longestLoader) return undefined;
  const bytes = elf.bytes(segment.offset, segment.size);
  const text = bytes === undefined ? '' : printable(textAt(bytes, 0));
  return text === '' ? undefined : text;
}

function tagsOf(elf: ElfFile): [name: number, value: number][] {
  const segment = elf.segments.find(({ type }) => type === segmentType.DYNAMIC);
  if (segment === undefined) return [];
  const { native, wordBytes } = elf.words;
  const table = elf.bytes(segment.offset, Math.min(segment.size, mostTags * 2 * wordBytes));
  const tags: [number, number][] = [];
  for (let at = 0; table !== undefined && at + 2 * wordBytes <= table.length; at += 2 * wordBytes) {
    const name = native(table, at);
    if (name === 0) break;
    tags.push([name, native(table, at + wordBytes)]);
  }
  return tags;
}

function dynamicOf(elf: ElfFile): Dynamic {
  const tags = tagsOf(elf);
  const value = (name: number): number | undefined => tags.find(([other]) => other === name)?.[1];
  const none: Dynamic = { isThere: tags.length > 0, needed: [], defines: [] };
  const start = elf.offsetOf(value(tag.STRTAB) ?? 0);
  const length = value(tag.STRSZ) ?? 0;
  const strings = start === undefined || length > longestStrings ? undefined : elf.bytesUpTo(start, length);
  if (strings === undefined) return none;
  const text = (at: number): string => printable(textAt(strings, at));
  const versions = neededVersions(elf, value(tag.VERNEED), text);
  const needed = new Map<string, readonly string[]>();
  for (const [name, at] of tags) {
    if (name !== tag.NEEDED || needed.size >= mostNeeded) continue;
    const library = text(at);
    if (library !== '') needed.set(library, versions.get(library) ?? []);
  }
  const sonameAt = value(tag.SONAME);
  const soname = sonameAt === undefined ? '' : text(sonameAt);
  return {
    isThere: true,
    ...(soname === '' ? {} : { soname }),
    needed: [...needed].map(([name, asked]) => ({ name, versions: asked })),
    defines: definedVersions(elf, value(tag.VERDEF), text),
  };
}

/** Steps through a chain of version entries by the distance that each gives to the next one. */
function* chain(
  elf: ElfFile,
  start: number,
  entry: number,
  next: (words: ElfWords, bytes: Buffer) => number,
): Generator<{ readonly bytes: Buffer; readonly offset: number }> {
  let offset = start;
  for (let count = 0; count < mostVersions; count += 1) {
    const bytes = elf.bytes(offset, entry);
    if (bytes === undefined) return;
    yield { bytes, offset };
    const step = next(elf.words, bytes);
    if (step === 0) return;
    offset += step;
  }
}

function neededVersions(
  elf: ElfFile,
  address: number | undefined,
  text: (at: number) => string,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const start = address === undefined ? undefined : elf.offsetOf(address);
  if (start === undefined) return found;
  let left = mostVersions;
  for (const file of chain(elf, start, 16, ({ word }, bytes) => word(bytes, 12))) {
    const versions: string[] = [];
    const from = file.offset + elf.words.word(file.bytes, 8);
    for (const version of chain(elf, from, 16, ({ word }, bytes) => word(bytes, 12))) {
      left -= 1;
      if (left < 0) return found;
      const name = text(elf.words.word(version.bytes, 8));
      if (name !== '' && !versions.includes(name)) versions.push(name);
    }
    found.set(text(elf.words.word(file.bytes, 4)), versions.sort());
  }
  return found;
}

function definedVersions(elf: ElfFile, address: number | undefined, text: (at: number) => string): string[] {
  const start = address === undefined ? undefined : elf.offsetOf(address);
  if (start === undefined) return [];
  const { half, word } = elf.words;
  const found = new Set<string>();
  for (const { bytes, offset } of chain(elf, start, 20, (words, entry) => words.word(entry, 16))) {
    if ((half(bytes, 2) & verdefIsBase) !== 0) continue;
    const first = elf.bytes(offset + word(bytes, 12), 8);
    const name = first === undefined ? '' : text(word(first, 0));
    if (name !== '') found.add(name);
  }
  return [...found].sort();
}

const GNU_BUILD_ID = 3;
const longestNotes = 1 << 16;

/** The build id in the notes that are mapped; stripping keeps them (LSB "Note Sections"). */
function buildIdOf(elf: ElfFile): string | undefined {
  const { word } = elf.words;
  for (const { type, offset, size } of elf.segments) {
    if (type !== segmentType.NOTE) continue;
    const notes = elf.bytes(offset, Math.min(size, longestNotes));
    for (let at = 0; notes !== undefined && at + 12 <= notes.length; ) {
      const nameBytes = word(notes, at);
      const bytes = word(notes, at + 4);
      const start = at + 12 + 4 * Math.ceil(nameBytes / 4);
      if (start + bytes > notes.length) break;
      const isGnu = nameBytes === 4 && notes.toString('latin1', at + 12, at + 15) === 'GNU';
      if (isGnu && word(notes, at + 8) === GNU_BUILD_ID && bytes > 0 && bytes <= 64) {
        return notes.toString('hex', start, start + bytes);
      }
      at = start + 4 * Math.ceil(bytes / 4);
    }
  }
  return undefined;
}

const unprintable = /[^\x20-\x7e]/;

/** Names in tables of strings are hostile: what cannot be shown is shown as a question mark. */
function printable(text: string): string {
  return unprintable.test(text) ? text.replace(/[^\x20-\x7e]/g, '?') : text;
}
