import type { ProgramFile } from '../program-files/program-file.ts';
import { BadElf, type ElfWords, wordsOf } from './elf-words.ts';
import { bytesUpTo, type FileBytes } from './file-bytes.ts';

/** A part of the file that is mapped to run (gABI, "Program Header"). */
export interface ElfSegment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  /** bytes in the file */
  readonly size: number;
}

/** A named part of the file (gABI, "Sections"). Stripping may remove all of them. */
export interface ElfSection {
  /** '' when the table of names is not held */
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Segment types, by their names in the gABI; RELRO is GNU's: what is written once, while loading. */
export const segmentType = { LOAD: 1, DYNAMIC: 2, INTERP: 3, NOTE: 4, RELRO: 0x6474e552 } as const;
/** the flag of a segment that may be written */
export const writable = 2;

const NOBITS = 8;
const mostSegments = 4096;
const mostSections = 65_536;
export const longestName = 256;

/**
 * An ELF file, 32 or 64 bits, either byte order, whole or in parts (gABI 4.1 and the LSB). Constructing it reads the headers only; what
 * they claim is bounded by the file's size, and nothing is looped over without a limit.
 */
export class ElfFile implements ProgramFile {
  readonly format = 'elf';
  readonly words: ElfWords;
  /** e_type: 1 relocatable, 2 executable, 3 shared object (position-independent executables too), 4 core */
  readonly type: number;
  /** e_machine: 62 x86-64, 183 AArch64 … */
  readonly machine: number;
  readonly segments: readonly ElfSegment[];
  readonly #bytes: FileBytes;
  readonly #head: Buffer;
  #sections: readonly ElfSection[] | undefined;

  /** Throws BadElf when the file has no ELF header, or a table of segments that lies outside of it. */
  constructor(bytes: FileBytes) {
    const identification = bytes.at(0, 16);
    if (identification === undefined || identification.readUInt32BE(0) !== 0x7f454c46) throw new BadElf('no ELF file');
    this.words = wordsOf(identification[4], identification[5]);
    const head = bytes.at(0, this.words.is64 ? 64 : 52);
    if (head === undefined) throw new BadElf('an ELF file that ends in its header');
    this.#bytes = bytes;
    this.#head = Buffer.from(head);
    this.type = this.words.half(head, 16);
    this.machine = this.words.half(head, 18);
    this.segments = this.#segments();
  }

  get size(): number {
    return this.#bytes.size;
  }

  get isLittle(): boolean {
    return this.words.isLittle;
  }

  get wordBytes(): 4 | 8 {
    return this.words.wordBytes;
  }

  get hasSections(): boolean {
    if (this.#sections !== undefined) return this.#sections.length > 0;
    // asked of every file, and their names and places hardly ever are
    const table = this.#sectionBytes();
    return table !== undefined && table.length >= this.#sectionEntry;
  }

  /** The segments that are loaded and may be written. */
  get writable(): readonly ElfSegment[] {
    return this.segments.filter(({ type, flags }) => type === segmentType.LOAD && (flags & writable) !== 0);
  }

  /** Bytes by their place in the file; undefined outside of it, and for parts of a large file that are not held. */
  bytes(offset: number, length: number): Buffer | undefined {
    return this.#bytes.at(offset, length);
  }

  /** As many bytes from `offset` on as there are within the file and `length`; for texts whose end has to be looked for. */
  bytesUpTo(offset: number, length: number): Buffer | undefined {
    return bytesUpTo(this.#bytes, offset, length);
  }

  /** Where in the file the byte is that will be mapped at `address`. */
  offsetOf(address: number): number | undefined {
    for (const { type, address: start, offset, size } of this.segments) {
      if (type === segmentType.LOAD && address >= start && address - start < size) return offset + (address - start);
    }
    return undefined;
  }

  /** All sections; none when there is no table of them, it lies outside of the file, or it is not held. */
  get sections(): readonly ElfSection[] {
    this.#sections ??= this.#readSections();
    return this.#sections;
  }

  /** The content of a section, undefined when there is none of that name or it is not held. */
  section(name: string): Buffer | undefined {
    const found = this.sectionNamed(name);
    return found === undefined || found.type === NOBITS ? undefined : this.bytes(found.offset, found.size);
  }

  /** Where a section is; undefined when there is none of that name, or the names are not held. */
  sectionNamed(name: string): ElfSection | undefined {
    // nearly all files have none of what is asked for: their names as one text say so ten times faster than a list of them
    if (this.#sections === undefined && !this.#sectionNames()?.includes(`${name}\0`)) return undefined;
    return this.sections.find((section) => section.name === name);
  }

  /** Where the table of sections and their names are: what a reader of parts has to hold. */
  get sectionTable(): { readonly offset: number; readonly size: number; readonly names: number } {
    const { is64, native, half } = this.words;
    const head = this.#head;
    const offset = native(head, is64 ? 40 : 32);
    const entry = half(head, is64 ? 58 : 46);
    const count = half(head, is64 ? 60 : 48);
    return { offset, size: entry * count, names: half(head, is64 ? 62 : 50) };
  }

  #segments(): ElfSegment[] {
    const { is64, native, half, word } = this.words;
    const head = this.#head;
    const offset = native(head, is64 ? 32 : 28);
    const entry = half(head, is64 ? 54 : 42);
    const count = half(head, is64 ? 56 : 44);
    if (count === 0 || offset === 0) return [];
    if (entry < (is64 ? 56 : 32)) throw new BadElf('an ELF file whose segments are too small');
    if (count > mostSegments) throw new BadElf(`an ELF file with ${count} segments`);
    const table = this.bytes(offset, entry * count);
    if (table === undefined) throw new BadElf('an ELF file whose table of segments lies outside of it');
    return Array.from({ length: count }, (_, index) => {
      const at = index * entry;
      return {
        type: word(table, at),
        flags: word(table, at + (is64 ? 4 : 24)),
        offset: native(table, at + (is64 ? 8 : 4)),
        address: native(table, at + (is64 ? 16 : 8)),
        size: native(table, at + (is64 ? 32 : 16)),
      };
    });
  }

  #sectionNames(): Buffer | undefined {
    const { is64, native, half } = this.words;
    const { offset, size, names } = this.sectionTable;
    const entry = half(this.#head, is64 ? 58 : 46);
    if (offset === 0 || entry < (is64 ? 64 : 40) || (names + 1) * entry > size) return undefined;
    const own = this.bytes(offset + names * entry, entry);
    return own === undefined ? undefined : this.bytes(native(own, is64 ? 24 : 16), native(own, is64 ? 32 : 20));
  }

  /** bytes of each entry in the table of sections */
  get #sectionEntry(): number {
    return this.words.half(this.#head, this.words.is64 ? 58 : 46);
  }

  /** The table of sections; undefined when there is none, or it is not held. */
  #sectionBytes(): Buffer | undefined {
    const { offset, size } = this.sectionTable;
    return offset === 0 || this.#sectionEntry < (this.words.is64 ? 64 : 40) ? undefined : this.bytes(offset, size);
  }

  #readSections(): ElfSection[] {
    const { is64, native, word } = this.words;
    const entry = this.#sectionEntry;
    const table = this.#sectionBytes();
    if (table === undefined) return [];
    const count = Math.min(mostSections, Math.floor(table.length / entry));
    const texts = this.#sectionNames();
    const sections: ElfSection[] = [];
    for (let at = 0; at < count * entry; at += entry) {
      sections.push({
        name: texts === undefined ? '' : textAt(texts, word(table, at)),
        type: word(table, at + 4),
        address: native(table, at + (is64 ? 16 : 12)),
        offset: native(table, at + (is64 ? 24 : 16)),
        size: native(table, at + (is64 ? 32 : 20)),
      });
    }
    return sections;
  }
}

/** A NUL-ended text inside of a table of strings, cut to 256 bytes; '' outside of it. */
export function textAt(strings: Buffer, at: number): string {
  const most = Math.min(strings.length, at + longestName);
  let end = at;
  while (end < most && strings[end] !== 0) end += 1;
  return end > at ? strings.toString('latin1', at, end) : '';
}
