import { type FileBytes, fits, type Range, windowsOf, withoutCode } from './elf/index.ts';

interface Piece {
  /** where in the file it begins */
  readonly start: number;
  readonly bytes: Buffer;
}

/**
 * Keeps a file while it passes, as the very chunks that it came in: copying them would cost more than hashing. All but its code if it has at most
 * `most` bytes, else the windows in which ELF files keep what is looked for: half of `most` from the start, the rest as its header says.
 * Who made the chunks must not use their memory again while `keeps` says so.
 */
export class HeldFile implements FileBytes {
  #most = 0;
  #windows: readonly Range[] = [];
  #pieces: Piece[] = [];
  readonly #memory = new Set<ArrayBufferLike>();
  /** end of the first window while the others are not known */
  #planAt: number | undefined;
  #seen = 0;
  size = 0;

  /** Starts with the next file, whose code is not kept; views of the last one are no longer good. */
  start(size: number, most: number, code: readonly Range[] = []): void {
    this.release();
    this.size = size;
    this.#most = most;
    this.#seen = 0;
    const first = size <= most ? size : Math.floor(most / 2);
    this.#windows = withoutCode(code, first);
    this.#planAt = first < size ? first : undefined;
  }

  /** Takes the file's next bytes. */
  take(chunk: Buffer): void {
    const start = this.#seen;
    this.#seen += chunk.length;
    if (this.#planAt === undefined || this.#seen < this.#planAt) {
      this.#keep(start, chunk);
      return;
    }
    const first = this.#planAt - start;
    this.#keep(start, chunk.subarray(0, first));
    this.#plan(this.#planAt);
    this.#keep(start + first, chunk.subarray(first));
  }

  at(offset: number, length: number): Buffer | undefined {
    if (!fits(offset, length, this.size)) return undefined;
    const parts: Buffer[] = [];
    let next = offset;
    const end = offset + length;
    for (let index = this.#pieceAt(offset); next < end || parts.length === 0; index += 1) {
      const piece = this.#pieces[index];
      if (piece === undefined || piece.start > next) return undefined;
      const part = piece.bytes.subarray(next - piece.start, end - piece.start);
      if (part.length < Math.min(1, end - next)) return undefined;
      parts.push(part);
      next += part.length;
    }
    const [only] = parts;
    return parts.length === 1 ? only : Buffer.concat(parts, length);
  }

  /** Whether views into this memory are held. */
  keeps(memory: ArrayBufferLike): boolean {
    return this.#memory.has(memory);
  }

  /** Lets everything go. */
  release(): void {
    this.#pieces = [];
    this.#windows = [];
    this.#memory.clear();
  }

  #keep(from: number, chunk: Buffer): void {
    for (const window of this.#windows) {
      const start = Math.max(window.start, from);
      const end = Math.min(window.end, from + chunk.length);
      if (start >= end) continue;
      this.#pieces.push({ start, bytes: chunk.subarray(start - from, end - from) });
      this.#memory.add(chunk.buffer);
    }
  }

  #plan(held: number): void {
    this.#planAt = undefined;
    const head: FileBytes = {
      size: this.size,
      at: (offset, length) => (fits(offset, length, held) ? this.at(offset, length) : undefined),
    };
    this.#windows = windowsOf(head, held, this.#most - held);
  }

  /** Index of the last piece that does not begin after `offset`. */
  #pieceAt(offset: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#pieces[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
