import type { TarSink } from '#shared/oci';

/**
 * Holds one file, or its first `size` bytes. What comes in one piece is never copied: its memory is then not its own, and only good during the call.
 */
export class CaptureSink implements TarSink {
  readonly #size: number;
  readonly #done: (bytes: Buffer, isOwn: boolean) => void;
  #held: Buffer | undefined;
  #seen = 0;

  constructor(size: number, done: (bytes: Buffer, isOwn: boolean) => void) {
    this.#size = size;
    this.#done = done;
  }

  data(chunk: Buffer): void {
    if (this.#seen === 0 && chunk.length >= this.#size) this.#done(chunk.subarray(0, this.#size), false);
    else if (this.#seen < this.#size) {
      this.#held ??= Buffer.allocUnsafeSlow(this.#size);
      chunk.copy(this.#held, this.#seen);
    }
    this.#seen += chunk.length;
  }

  end(): void {
    if (this.#held !== undefined) this.#done(this.#held, true);
    this.#held = undefined;
  }
}
