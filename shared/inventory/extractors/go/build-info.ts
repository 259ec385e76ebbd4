import { UnreadableEvidence } from '../../errors.ts';
import type { ProgramFile } from '../../program-files/index.ts';

/** What the Go linker puts into every program (debug/buildinfo), as two texts. */
export interface BuildInfo {
  /** `go1.22.3`, with whatever the toolchain's maker appended */
  readonly goVersion: string;
  /** lines of `path`, `mod`, `dep`, `=>` and `build`; '' for programs built without modules */
  readonly modules: string;
}

/** stands at an address that is a multiple of 16, in a section of its own or somewhere in what may be written */
const mark = Buffer.from('\xff Go buildinf:', 'latin1');
/** ELF and Mach-O; Windows programs have none of its own */
const sections = ['.go.buildinfo', '__go_buildinfo'] as const;
const alignment = 16;
const headerBytes = 32;
/** looked through at once */
const step = 2 ** 20;
/** thousands of modules; the largest known programs have 100 KiB */
const longestText = 4 * 2 ** 20;
const longestVersion = 256;
/** the sentinels around the text of modules */
const fence = 16;

const isBigEndian = 1;
const isInline = 2;

/**
 * The build information of a Go program: texts in place since Go 1.18, pointers to them before (debug/buildinfo, src/cmd/link). Undefined
 * for a file that has none. Throws UnreadableEvidence when there is a mark and nothing readable behind it.
 */
export function buildInfoOf(file: ProgramFile, isGo: boolean): BuildInfo | undefined {
  for (const name of sections) {
    const own = file.sectionNamed(name);
    if (own === undefined) continue;
    const start =
      file.bytes(own.offset, mark.length) ?? unreadable('it is too large, and its build information is not held');
    if (start.equals(mark)) return infoAt(file, own.offset);
  }
  // most files are no Go, and say so by the names of their sections: looking through what they write would be in vain
  if (!isGo && file.hasSections && file.format !== 'pe') return undefined;
  for (const { offset, address, size } of file.writable) {
    for (let from = 0; from < size; from += step) {
      const bytes = file.bytesUpTo(offset + from, Math.min(size - from, step + headerBytes));
      if (bytes === undefined) break;
      for (let at = bytes.indexOf(mark); at >= 0 && at < step; at = bytes.indexOf(mark, at + 1)) {
        // a program that reads build information has the mark among its own data too
        if ((address + from + at) % alignment === 0) return infoAt(file, offset + from + at);
      }
    }
  }
  return undefined;
}

function infoAt(file: ProgramFile, offset: number): BuildInfo {
  const header = file.bytes(offset, headerBytes) ?? unreadable('its build information is cut');
  const flags = header[15] ?? 0;
  if ((flags & isInline) !== 0) {
    const version = textAt(file, offset + headerBytes, longestVersion);
    const modules = textAt(file, version.end, longestText);
    return { goVersion: version.bytes.toString('utf8'), modules: unfenced(modules.bytes) };
  }
  const pointers = new Pointers(file, header[14] ?? 0, (flags & isBigEndian) !== 0);
  return {
    goVersion: pointers.text(offset + fence, longestVersion).toString('utf8'),
    modules: unfenced(pointers.text(offset + fence + pointers.size, longestText)),
  };
}

/** A text after its length, which is a varint (encoding/binary). */
function textAt(file: ProgramFile, offset: number, longest: number): { readonly bytes: Buffer; readonly end: number } {
  const head = file.bytesUpTo(offset, 5) ?? Buffer.alloc(0);
  let length = 0;
  for (const [index, byte] of head.entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index);
    if ((byte & 0x80) !== 0) continue;
    const start = offset + index + 1;
    const bytes = length <= longest ? file.bytes(start, length) : undefined;
    return { bytes: bytes ?? unreadable('its build information says an impossible length'), end: start + length };
  }
  return unreadable('its build information says no length');
}

/** Texts by pointers to Go string headers: address and length of the bytes. */
class Pointers {
  readonly size: number;
  readonly #file: ProgramFile;
  readonly #isBig: boolean;

  constructor(file: ProgramFile, size: number, isBig: boolean) {
    if (size !== 4 && size !== 8) unreadable(`its build information has pointers of ${size} bytes`);
    this.#file = file;
    this.size = size;
    this.#isBig = isBig;
  }

  /** The text whose header the pointer at `offset` points to; empty for a null pointer. */
  text(offset: number, longest: number): Buffer {
    const header = this.#number(offset);
    if (header === 0) return Buffer.alloc(0);
    const place = this.#file.offsetOf(header) ?? unreadable('its build information points outside of the file');
    const length = this.#number(place + this.size);
    if (length === 0) return Buffer.alloc(0);
    if (length > longest) unreadable('its build information says an impossible length');
    const start =
      this.#file.offsetOf(this.#number(place)) ?? unreadable('its build information points outside of the file');
    return this.#file.bytes(start, length) ?? this.#notHeld();
  }

  #number(offset: number): number {
    const bytes = this.#file.bytes(offset, this.size) ?? this.#notHeld();
    const word = (at: number): number => (this.#isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
    if (this.size === 4) return word(0);
    return this.#isBig ? word(0) * 2 ** 32 + word(4) : word(4) * 2 ** 32 + word(0);
  }

  #notHeld(): never {
    return unreadable('it is too large for the build information of Go before 1.18, which lies all over the file');
  }
}

/** The text between the two sentinels that the linker sets around it (runtime/debug, modinfo). */
function unfenced(bytes: Buffer): string {
  if (bytes.length < 2 * fence + 1 || bytes[bytes.length - fence - 1] !== 10) return '';
  return bytes.toString('utf8', fence, bytes.length - fence);
}

function unreadable(text: string): never {
  throw new UnreadableEvidence('a Go program', `this Go program cannot be read: ${text}`);
}
