import { bytesUpTo, type FileBytes } from '../elf/index.ts';
import { LittleNumbers } from './numbers.ts';
import type { ProgramFile, ProgramPart } from './program-file.ts';

interface Section extends ProgramPart {
  readonly name: string;
  readonly isWritable: boolean;
}

const mostSections = 96;
const canBeWritten = 0x8000_0000;

/** A Windows program or library, 32 or 64 bits (Microsoft, "PE Format"). */
export class PeFile implements ProgramFile {
  readonly format = 'pe';
  readonly isLittle = true;
  readonly wordBytes: 4 | 8;
  readonly #bytes: FileBytes;
  readonly #base: number;
  readonly #directories: readonly number[];
  readonly #sections: readonly Section[];

  /** Throws nothing: `open` has looked at the headers. */
  private constructor(bytes: FileBytes, header: number) {
    const numbers = new LittleNumbers(bytes);
    const optional = header + 24;
    const isWide = numbers.u16(optional) === 0x20b;
    const table = optional + (isWide ? 112 : 96);
    const count = Math.min(numbers.u32(table - 4) ?? 0, 16);
    this.#bytes = bytes;
    this.wordBytes = isWide ? 8 : 4;
    this.#base = (isWide ? numbers.u64(optional + 24) : numbers.u32(optional + 28)) ?? 0;
    this.#directories = Array.from({ length: count }, (_, index) => numbers.u32(table + 8 * index) ?? 0);
    const sections = optional + (numbers.u16(header + 20) ?? 0);
    this.#sections = sectionsOf(numbers, sections, numbers.u16(header + 6) ?? 0, this.#base);
  }

  /** Reads the headers; undefined for what is no such file. */
  static open(bytes: FileBytes): PeFile | undefined {
    const numbers = new LittleNumbers(bytes);
    if (numbers.u16(0) !== 0x5a4d) return undefined;
    const header = numbers.u32(0x3c);
    if (header === undefined || numbers.u32(header) !== 0x0000_4550) return undefined;
    const kind = numbers.u16(header + 24);
    return kind === 0x20b || kind === 0x10b ? new PeFile(bytes, header) : undefined;
  }

  get size(): number {
    return this.#bytes.size;
  }

  get hasSections(): boolean {
    return this.#sections.length > 0;
  }

  get writable(): readonly ProgramPart[] {
    return this.#sections.filter(({ isWritable }) => isWritable);
  }

  bytes(offset: number, length: number): Buffer | undefined {
    return this.#bytes.at(offset, length);
  }

  bytesUpTo(offset: number, length: number): Buffer | undefined {
    return bytesUpTo(this.#bytes, offset, length);
  }

  offsetOf(address: number): number | undefined {
    return this.offsetOfRelative(address - this.#base);
  }

  /** The same of an address that counts from where the program is loaded, as its headers write them. */
  offsetOfRelative(address: number): number | undefined {
    const from = address + this.#base;
    const section = this.#sections.find((one) => from >= one.address && from - one.address < one.size);
    return section === undefined ? undefined : from - section.address + section.offset;
  }

  /** The relative address of a data directory ("Optional Header Data Directories"); 0: it has none. */
  directory(index: number): number {
    return this.#directories[index] ?? 0;
  }

  sectionNamed(name: string): ProgramPart | undefined {
    return this.#sections.find((section) => section.name === name);
  }
}

function sectionsOf(numbers: LittleNumbers, start: number, count: number, base: number): Section[] {
  const sections: Section[] = [];
  for (let index = 0; index < Math.min(count, mostSections); index += 1) {
    const at = start + 40 * index;
    const [name, address, size, offset, flags] = [
      numbers.name(at, 8),
      numbers.u32(at + 12),
      numbers.u32(at + 16),
      numbers.u32(at + 20),
      numbers.u32(at + 36),
    ];
    if (name === undefined || address === undefined || size === undefined || offset === undefined) break;
    sections.push({ name, address: base + address, size, offset, isWritable: ((flags ?? 0) & canBeWritten) !== 0 });
  }
  return sections;
}
