import type { TarSink } from '#shared/oci';

/**
 * Holds one file, or its first `size` bytes. What comes in one piece is never copied: its memory is then not its own, and only good during the call.
 */
export class CaptureSink implements TarSink {
  readonly enough: number;
  readonly #done: (bytes: Buffer, isOwn: boolean) => void;
  #held: Buffer | undefined;
  #seen = 0;

  constructor(size: number, done: (bytes: Buffer, isOwn: boolean) => void) {
    this.enough = size;
    this.#done = done;
  }

  data(chunk: Buffer): void {
    if (this.#seen === 0 && chunk.length >= this.enough) this.#done(chunk.subarray(0, this.enough), false);
    else if (this.#seen < this.enough) {
      this.#held ??= Buffer.allocUnsafeSlow(this.enough);
      chunk.copy(this.#held, this.#seen);
    }
    this.#seen += chunk.length;
  }

  end(): void {
    if (this.#held !== undefined) this.#done(this.#held, true);
    this.#held = undefined;
  }
}

/** One that hands everything on to two. */
export const both = (first: TarSink, second: TarSink): TarSink => ({
  data(chunk) {
    first.data(chunk);
    second.data(chunk);
  },
  end() {
    first.end();
    second.end();
  },
});
