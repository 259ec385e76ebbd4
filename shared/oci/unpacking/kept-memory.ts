/** Memory of chunks that somebody may look at after they were shown. */
export class KeptMemory {
  readonly #keeps: (memory: ArrayBufferLike) => boolean;
  #kept: ArrayBuffer[] = [];

  /** `keeps`: whether somebody still looks at it */
  constructor(keeps: (memory: ArrayBufferLike) => boolean) {
    this.#keeps = keeps;
  }

  /** Takes the memory of a chunk that was shown; gives whatever nobody looks at any more, of it and of what came before. */
  take(memory: ArrayBuffer): ArrayBuffer[] {
    this.#kept.push(memory);
    const free: ArrayBuffer[] = [];
    this.#kept = this.#kept.filter((each) => {
      if (this.#keeps(each)) return true;
      free.push(each);
      return false;
    });
    return free;
  }
}
