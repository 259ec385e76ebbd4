import { bytesUpTo, type FileBytes, fits } from '../elf/index.ts';
import { LittleNumbers } from './numbers.ts';
import type { ProgramFile, ProgramPart } from './program-file.ts';

interface Section extends ProgramPart {
  readonly name: string;
}

interface Segment extends ProgramPart {
  readonly isWritable: boolean;
  readonly sections: readonly Section[];
}

const magic32 = 0xfeed_face;
const magic64 = 0xfeed_facf;
const fatMagic = 0xcafe_babe;
/** of a file with programs for several processors; Java classes begin with the same magic, and their version is larger */
const mostSlices = 20;
const segment32 = 0x1;
const segment64 = 0x19;
const canBeWritten = 2;
const mostCommands = 512;
const mostSections = 64;

/** Whether these first bytes are of a Mach-O file: little-endian, as all of today's are, or several in one. */
export function isMachO(head: Buffer): boolean {
  if (head.length < 8) return false;
  const magic = head.readUInt32LE(0);
  if (magic === magic32 || magic === magic64) return true;
  const slices = head.readUInt32BE(4);
  return head.readUInt32BE(0) === fatMagic && slices > 0 && slices <= mostSlices;
}

/**
 * A program or library of macOS, 32 or 64 bits (Apple, "Mach-O File Format Reference"; mach-o/loader.h). Of a file for several processors
 * it is the first one: all are built of the same sources.
 */
export class MachFile implements ProgramFile {
  readonly format = 'mach-o';
  readonly isLittle = true;
  readonly wordBytes: 4 | 8;
  readonly #bytes: FileBytes;
  readonly #segments: readonly Segment[];

  private constructor(bytes: FileBytes, is64: boolean) {
    this.#bytes = bytes;
    this.wordBytes = is64 ? 8 : 4;
    this.#segments = segmentsOf(new LittleNumbers(bytes), is64);
  }

  /** Reads the load commands; undefined for what is no such file. */
  static open(bytes: FileBytes): MachFile | undefined {
    const head = bytes.at(0, Math.min(32, bytes.size));
    if (head === undefined || !isMachO(head)) return undefined;
    if (head.readUInt32BE(0) === fatMagic) {
      const slice = head.length < 32 ? undefined : sliceOf(bytes, head.readUInt32BE(16), head.readUInt32BE(20));
      return slice?.at(0, 4)?.readUInt32BE(0) === fatMagic || slice === undefined ? undefined : MachFile.open(slice);
    }
    return new MachFile(bytes, head.readUInt32LE(0) === magic64);
  }

  get size(): number {
    return this.#bytes.size;
  }

  get hasSections(): boolean {
    return this.#segments.some(({ sections }) => sections.length > 0);
  }

  get writable(): readonly ProgramPart[] {
    return this.#segments.filter(({ isWritable }) => isWritable);
  }

  bytes(offset: number, length: number): Buffer | undefined {
    return this.#bytes.at(offset, length);
  }

  bytesUpTo(offset: number, length: number): Buffer | undefined {
    return bytesUpTo(this.#bytes, offset, length);
  }

  offsetOf(address: number): number | undefined {
    const segment = this.#segments.find((one) => address >= one.address && address - one.address < one.size);
    return segment === undefined ? undefined : address - segment.address + segment.offset;
  }

  sectionNamed(name: string): ProgramPart | undefined {
    for (const { sections } of this.#segments) {
      const found = sections.find((section) => section.name === name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** The part of a file that one processor's program is. */
function sliceOf(bytes: FileBytes, start: number, size: number): FileBytes | undefined {
  if (!fits(start, size, bytes.size)) return undefined;
  return { size, at: (offset, length) => (fits(offset, length, size) ? bytes.at(start + offset, length) : undefined) };
}

function segmentsOf(numbers: LittleNumbers, is64: boolean): Segment[] {
  const segments: Segment[] = [];
  const count = Math.min(numbers.u32(16) ?? 0, mostCommands);
  let at = is64 ? 32 : 28;
  for (let index = 0; index < count; index += 1) {
    const [command, length] = [numbers.u32(at), numbers.u32(at + 4)];
    if (command === undefined || length === undefined || length < 8) break;
    if (command === (is64 ? segment64 : segment32)) segments.push(segmentAt(numbers, at, is64));
    at += length;
  }
  return segments;
}

function segmentAt(numbers: LittleNumbers, at: number, is64: boolean): Segment {
  const native = (place: number): number => (is64 ? numbers.u64(place) : numbers.u32(place)) ?? 0;
  const word = is64 ? 8 : 4;
  const protection = numbers.u32(at + 28 + 4 * word) ?? 0;
  const count = Math.min(numbers.u32(at + 32 + 4 * word) ?? 0, mostSections);
  const first = at + (is64 ? 72 : 56);
  return {
    address: native(at + 24),
    offset: native(at + 24 + 2 * word),
    size: native(at + 24 + 3 * word),
    isWritable: (protection & canBeWritten) !== 0,
    sections: Array.from({ length: count }, (_, index) => {
      const place = first + index * (is64 ? 80 : 68);
      return {
        name: numbers.name(place, 16) ?? '',
        address: native(place + 32),
        size: native(place + 32 + word),
        offset: numbers.u32(place + 32 + 2 * word) ?? 0,
      };
    }),
  };
}
