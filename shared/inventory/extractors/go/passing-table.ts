import { firstBytes, headerBytes, isHeader, type PathsPlace, placeOfPaths } from './table-header.ts';

/** bytes that are gone through word by word, once there was a place in front of them that a header may begin with */
const stepBytes = 4096;
/** a program has one header, and hardly anything else that begins like it; who has more is made to be searched for long */
const mostCandidates = 10_000;

/**
 * Looks for a Go program's table of functions while the program passes, and keeps the paths of source files in it: of a program that is too large to be held they lie in
 * the middle, behind the code, where only the table itself says. Tables of Go before 1.16, whose paths lie all over them, are not kept.
 */
export class PassingTable {
  readonly #isLittle: boolean;
  readonly #wordBytes: number;
  readonly #needle: Buffer;
  /** the last bytes that passed, in which a header may begin */
  #held: Buffer = Buffer.alloc(0);
  #seen = 0;
  #candidates = 0;
  #place: PathsPlace | undefined;
  #paths: Buffer = Buffer.alloc(0);

  constructor({ isLittle, wordBytes }: { readonly isLittle: boolean; readonly wordBytes: 4 | 8 }) {
    this.#isLittle = isLittle;
    this.#wordBytes = wordBytes;
    this.#needle = firstBytes(isLittle);
  }

  /** The program's next bytes, good during the call only. */
  data(chunk: Buffer): void {
    if (this.#place === undefined && this.#candidates <= mostCandidates) this.#search(chunk);
    if (this.#place !== undefined) this.#keep(this.#place, chunk);
    this.#seen += chunk.length;
  }

  /** So many bytes are left out, in which no table is. */
  skip(bytes: number): void {
    this.#held = Buffer.alloc(0);
    this.#seen += bytes;
  }

  /** The paths, each ended by a zero, when all of them have passed. */
  get paths(): Buffer | undefined {
    return this.#place !== undefined && this.#seen >= this.#place.to ? this.#paths : undefined;
  }

  #search(chunk: Buffer): void {
    const before = this.#held;
    const seam = Buffer.concat([before, chunk.subarray(0, headerBytes)]);
    this.#find(seam, this.#seen - before.length);
    if (this.#place === undefined && chunk.length > headerBytes) this.#find(chunk, this.#seen);
    const last = chunk.length < headerBytes ? Buffer.concat([before, chunk]) : chunk;
    this.#held = Buffer.from(last.subarray(-headerBytes));
  }

  /** Looks through bytes that begin at `start` in the file for a whole header; a search that stopped at each place like one could be made to stop everywhere. */
  #find(view: Buffer, start: number): void {
    const shift = this.#isLittle ? 1 : 0;
    for (let from = 0; from < view.length && this.#place === undefined; ) {
      const hit = view.indexOf(this.#needle, from);
      if (hit < 0) return;
      const word = Math.max(0, hit - shift);
      const first = word + ((4 - ((start + word) % 4)) % 4);
      from = first + stepBytes;
      this.#step(view, start, first, Math.min(from, view.length - headerBytes + 1));
    }
  }

  /** Looks at the whole words in `view` from `first` to before `end`. */
  #step(view: Buffer, start: number, first: number, end: number): void {
    for (let at = first; at < end; at += 4) {
      // what all headers have, whatever the order of their bytes
      if (view[at + 1] !== 0xff || view[at + 2] !== 0xff || view[at + 4] !== 0 || view[at + 5] !== 0) continue;
      if (view[at + 7] !== this.#wordBytes) continue;
      this.#candidates += 1;
      if (this.#candidates > mostCandidates) return;
      const head = view.subarray(at, at + headerBytes);
      if (!isHeader(head, this.#isLittle, this.#wordBytes)) continue;
      const place = placeOfPaths(head, this.#isLittle, this.#wordBytes);
      // a header that says impossible things is none: the program's data may look like one
      if (place === undefined || place.from < headerBytes || place.from === place.to) continue;
      this.#place = { from: start + at + place.from, to: start + at + place.to };
      this.#paths = Buffer.alloc(place.to - place.from);
      return;
    }
  }

  #keep({ from, to }: PathsPlace, chunk: Buffer): void {
    const first = Math.max(from, this.#seen);
    const end = Math.min(to, this.#seen + chunk.length);
    if (first < end) chunk.copy(this.#paths, first - from, first - this.#seen, end - this.#seen);
  }
}
