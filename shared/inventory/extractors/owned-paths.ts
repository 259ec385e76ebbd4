import { cleanPath } from '../path.ts';
import { pathHash } from '../path-table.ts';

const slash = 47;
const dot = 46;

/** Paths of an owner as hashes, high and low half in turn: 8 bytes each instead of the text. */
export function ownedPaths(paths: Iterable<string>): Uint32Array {
  const hashes = new OwnedPaths();
  for (const path of paths) hashes.add(path);
  return hashes.all();
}

/** Collects what `ownedPaths` returns, of texts or straight from the bytes of a list. */
export class OwnedPaths {
  #halves = new Uint32Array(32);
  #length = 0;

  add(path: string): void {
    const clean = cleanPath(path);
    if (clean !== '') this.#put(clean);
  }

  /** The same for a path that lies as valid UTF-8 in a list: most are hashed where they are, without becoming a text. */
  addBytes(bytes: Buffer, start: number, end: number): void {
    let from = start;
    let to = end;
    while (from < to && bytes[from] === slash) from += 1;
    while (to > from && bytes[to - 1] === slash) to -= 1;
    if (from === to) return;
    // cleanPath decides of what it would look at more closely
    let before = slash;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] ?? 0;
      if (before === slash && (byte === slash || byte === dot)) {
        this.add(bytes.toString('utf8', start, end));
        return;
      }
      before = byte;
    }
    // no Buffer: making one costs twice as much, and there are 100,000 of them
    this.#put(new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from));
  }

  /** All that was added, in its order. */
  all(): Uint32Array {
    return this.#halves.slice(0, this.#length);
  }

  #put(clean: string | Uint8Array): void {
    if (this.#length === this.#halves.length) {
      const more = new Uint32Array(2 * this.#length);
      more.set(this.#halves);
      this.#halves = more;
    }
    const { high, low } = pathHash(clean);
    this.#halves[this.#length] = high;
    this.#halves[this.#length + 1] = low;
    this.#length += 2;
  }
}
