import type { FileBytes } from '../elf/index.ts';

/** Little-endian numbers and texts at places of a file that may lie outside of it: then undefined. */
export class LittleNumbers {
  readonly #bytes: FileBytes;

  constructor(bytes: FileBytes) {
    this.#bytes = bytes;
  }

  u16(at: number): number | undefined {
    return this.#bytes.at(at, 2)?.readUInt16LE(0);
  }

  u32(at: number): number | undefined {
    return this.#bytes.at(at, 4)?.readUInt32LE(0);
  }

  /** 64 bits; what is beyond 2^53 lies outside of every file */
  u64(at: number): number | undefined {
    const [low, high] = [this.u32(at), this.u32(at + 4)];
    if (low === undefined || high === undefined) return undefined;
    return high < 0x20_0000 ? high * 0x1_0000_0000 + low : Number.POSITIVE_INFINITY;
  }

  /** latin1 up to a zero or `length` */
  name(at: number, length: number): string | undefined {
    const bytes = this.#bytes.at(at, length);
    if (bytes === undefined) return undefined;
    const end = bytes.indexOf(0);
    return bytes.toString('latin1', 0, end < 0 ? length : end);
  }
}
