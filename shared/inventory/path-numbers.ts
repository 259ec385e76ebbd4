import type { PathHash } from './path-table.ts';

/** words of a slot: high half, low half, and one more than the number; 0 where nothing is */
const slotWords = 3;

/** A number for each of some paths, which are known by their hashes. A Map takes several times as long to take in fifty thousand: it makes an object of every key. */
export class PathNumbers {
  readonly #slots: Uint32Array;
  readonly #mask: number;

  /** @param most so many paths get a number at most: there must always be a free slot */
  constructor(most: number) {
    let room = 2;
    while (room < 1.5 * most + 1) room *= 2;
    this.#slots = new Uint32Array(slotWords * room);
    this.#mask = room - 1;
  }

  /** The number of a path; undefined when it has none. */
  get({ high, low }: PathHash): number | undefined {
    const number = this.#slots[this.#find(high, low) + 2] ?? 0;
    return number === 0 ? undefined : number - 1;
  }

  /** Gives paths (high and low half of each hash in turn) a number, a natural one below 2^32 - 1; one that they have is replaced unless `keep`. */
  setAll(hashes: Uint32Array, number: number, keep: boolean): void {
    const slots = this.#slots;
    for (let next = 0; next + 1 < hashes.length; next += 2) {
      const high = hashes[next] ?? 0;
      const low = hashes[next + 1] ?? 0;
      const at = this.#find(high, low);
      if (keep && slots[at + 2] !== 0) continue;
      slots[at] = high;
      slots[at + 1] = low;
      slots[at + 2] = number + 1;
    }
  }

  /** Where the slot of a path is, or would be. */
  #find(high: number, low: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = slotWords * slot;
      if (slots[at + 2] === 0 || (slots[at] === high && slots[at + 1] === low)) return at;
    }
  }
}
