/** Hands `bytes` filled bytes of `memory` on and returns the memory to fill next: the same if it is free again. */
export type Deliver = (memory: Uint8Array<ArrayBuffer>, bytes: number) => Uint8Array<ArrayBuffer>;

/** Gathers what is unpacked in large pieces of memory and hands each on when it is full. */
export class ChunkWriter {
  #memory: Uint8Array<ArrayBuffer>;
  #filled = 0;
  /** bytes written so far */
  total = 0;
  readonly #deliver: Deliver;

  constructor(memory: Uint8Array<ArrayBuffer>, deliver: Deliver) {
    this.#memory = memory;
    this.#deliver = deliver;
  }

  /** where to write, from `filled` on; another one after `wrote` */
  get memory(): Uint8Array<ArrayBuffer> {
    return this.#memory;
  }

  get filled(): number {
    return this.#filled;
  }

  /** bytes that may be written; never zero */
  get room(): number {
    return this.#memory.length - this.#filled;
  }

  /** Says that `bytes` more were written into the memory. */
  wrote(bytes: number): void {
    this.#filled += bytes;
    this.total += bytes;
    if (this.#filled === this.#memory.length) this.flush();
  }

  /** Writes bytes that lie elsewhere. */
  copy(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.room);
      this.#memory.set(part, this.#filled);
      at += part.length;
      this.wrote(part.length);
    }
  }

  /** Hands on what is there. */
  flush(): void {
    const bytes = this.#filled;
    if (bytes === 0) return;
    this.#filled = 0;
    this.#memory = this.#deliver(this.#memory, bytes);
  }
}
