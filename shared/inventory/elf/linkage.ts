import { type ElfFile, longestName, segmentType, textAt } from './elf-file.ts';

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

const tag = {
  NEEDED: 1,
  STRTAB: 5,
  STRSZ: 10,
  SONAME: 14,
  FLAGS_1: 0x6ffffffb,
  VERDEF: 0x6ffffffc,
  VERNEED: 0x6ffffffe,
} as const;
const asked: ReadonlySet<number> = new Set(Object.values(tag));
const EXECUTABLE = 2;
const SHARED = 3;
const mostTags = 4096;
const mostNeeded = 1024;
const mostVersions = 1024;
/** the largest real tables of strings (of browsers and runtimes that export everything) stay below */
const longestStrings = 64 * 2 ** 20;
/** longer ones lie in several chunks: joining them would copy megabytes for a few names */
const longestJoined = 1 << 16;
/** PATH_MAX: the kernel takes no longer interpreter */
const longestLoader = 4096;
const verdefIsBase = 1;

/** Reads what the headers of an ELF file say of linking (gABI "Dynamic Linking", LSB "Symbol Versioning"). What is broken in it is left out. */
export function linkageOf(elf: ElfFile): Linkage {
  const dynamic = dynamicOf(elf, tagsOf(elf));
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
  /** a position-independent executable says so; a library never does */
  readonly isPie: boolean;
  readonly soname?: string;
  readonly needed: readonly NeededLibrary[];
  readonly defines: readonly string[];
}

function kindOf(elf: ElfFile, loader: string | undefined, dynamic: Dynamic): Linkage['kind'] {
  const { isThere, isPie, soname, needed } = dynamic;
  if (elf.type !== EXECUTABLE && elf.type !== SHARED) return 'object';
  if (loader !== undefined) return soname === undefined || elf.type === EXECUTABLE ? 'dynamic' : 'library';
  if (elf.type === EXECUTABLE || !isThere) return 'static';
  return soname !== undefined || needed.length > 0 || !isPie ? 'library' : 'static';
}

const PIE = 0x0800_0000;

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
    if (asked.has(name)) tags.push([name, native(table, at + wordBytes)]);
  }
  return tags;
}

function dynamicOf(elf: ElfFile, tags: readonly [name: number, value: number][]): Dynamic {
  const value = (name: number): number | undefined => tags.find(([other]) => other === name)?.[1];
  const isPie = ((value(tag.FLAGS_1) ?? 0) & PIE) !== 0;
  const none: Dynamic = { isThere: tags.length > 0, isPie, needed: [], defines: [] };
  const textOf = stringsAt(elf, value(tag.STRTAB) ?? 0, value(tag.STRSZ) ?? 0);
  if (textOf === undefined) return none;
  const text = (at: number): string => printable(textOf(at));
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
    isPie,
    ...(soname === '' ? {} : { soname }),
    needed: [...needed].map(([name, asked]) => ({ name, versions: asked })),
    defines: definedVersions(elf, value(tag.VERDEF), text),
  };
}

/** Texts by their places in the table of strings at an address; undefined when it is not there, or its ends are not held. */
function stringsAt(elf: ElfFile, address: number, length: number): ((at: number) => string) | undefined {
  const start = elf.offsetOf(address);
  if (start === undefined || length > longestStrings) return undefined;
  if (length <= longestJoined) {
    const strings = elf.bytesUpTo(start, length);
    return strings === undefined ? undefined : (at) => textAt(strings, at);
  }
  const end = Math.min(start + length, elf.size);
  if (elf.bytes(start, 1) === undefined || elf.bytes(end - 1, 1) === undefined) return undefined;
  return (at) => {
    const bytes = elf.bytes(start + at, Math.min(longestName, end - start - at));
    return bytes === undefined ? '' : textAt(bytes, 0);
  };
}

/** entries of versions stand together, and as many as are read have less: what lies in two chunks is copied */
const longestVersions = 1 << 16;
const fewVersions = 1 << 12;

/** The table of versions at an address, as far as it may reach; undefined when it is not there. */
function versionTable(elf: ElfFile, address: number | undefined): Buffer | undefined {
  const start = address === undefined ? undefined : elf.offsetOf(address);
  // of a large file perhaps only the first of them are held
  return start === undefined ? undefined : (elf.bytesUpTo(start, longestVersions) ?? elf.bytesUpTo(start, fewVersions));
}

/** Verneed: for each library the versions asked of it. Entries are chained by the distance to the next one; nothing is followed for ever. */
function neededVersions(
  elf: ElfFile,
  address: number | undefined,
  text: (at: number) => string,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const table = versionTable(elf, address);
  if (table === undefined) return found;
  const { word } = elf.words;
  let left = mostVersions;
  for (let file = 0, next = 1; next !== 0 && file + 16 <= table.length && left > 0; file += next) {
    const versions: string[] = [];
    let step = 1;
    for (let at = file + word(table, file + 8); step !== 0 && at + 16 <= table.length && left > 0; at += step) {
      const name = text(word(table, at + 8));
      if (name !== '' && !versions.includes(name)) versions.push(name);
      step = word(table, at + 12);
      left -= 1;
    }
    found.set(text(word(table, file + 4)), versions.sort());
    next = word(table, file + 12);
    left -= 1;
  }
  return found;
}

/** Verdef: the versions that a library defines, without the entry for the library itself. */
function definedVersions(elf: ElfFile, address: number | undefined, text: (at: number) => string): string[] {
  const table = versionTable(elf, address);
  if (table === undefined) return [];
  const { half, word } = elf.words;
  const found = new Set<string>();
  let left = mostVersions;
  for (let at = 0, next = 1; next !== 0 && at + 20 <= table.length && left > 0; at += next) {
    const first = at + word(table, at + 12);
    if ((half(table, at + 2) & verdefIsBase) === 0 && first + 4 <= table.length) {
      const name = text(word(table, first));
      if (name !== '') found.add(name);
    }
    next = word(table, at + 16);
    left -= 1;
  }
  return [...found].sort();
}

const GNU_BUILD_ID = 3;
/** 'GNU', the owner of the note */
const GNU = 0x474e5500;
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
      const isBuildId = nameBytes === 4 && word(notes, at + 8) === GNU_BUILD_ID && notes.readUInt32BE(at + 12) === GNU;
      if (isBuildId && bytes > 0 && bytes <= 64) {
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
