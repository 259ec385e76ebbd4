import { headerBytes, isHeader, type PathsPlace, placeOfPaths } from './table-header.ts';

const ones = Buffer.from([0xff, 0xff, 0xff]);

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
  #place: PathsPlace | undefined;
  #paths: Buffer = Buffer.alloc(0);

  constructor({ isLittle, wordBytes }: { readonly isLittle: boolean; readonly wordBytes: 4 | 8 }) {
    this.#isLittle = isLittle;
    this.#wordBytes = wordBytes;
    // all of the first words share three bytes, and what follows them is known: the longer it is the faster it is found
    this.#needle = isLittle ? Buffer.concat([ones, Buffer.from([0, 0])]) : ones;
  }

  /** The program's next bytes, good during the call only. */
  data(chunk: Buffer): void {
    if (this.#place === undefined) this.#search(chunk);
    if (this.#place !== undefined) this.#keep(this.#place, chunk);
    this.#seen += chunk.length;
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

  /** Looks through bytes that begin at `start` in the file for a whole header. */
  #find(view: Buffer, start: number): void {
    const shift = this.#isLittle ? 1 : 0;
    for (let at = view.indexOf(this.#needle); at >= 0; at = view.indexOf(this.#needle, at + 1)) {
      const head = view.subarray(Math.max(0, at - shift), at - shift + headerBytes);
      if (at < shift || head.length < headerBytes || (start + at - shift) % 4 !== 0) continue;
      if (!isHeader(head, this.#isLittle, this.#wordBytes)) continue;
      const place = placeOfPaths(head, this.#isLittle, this.#wordBytes);
      // a header that says impossible things is none: the program's data may look like one
      if (place === undefined || place.from < headerBytes || place.from === place.to) continue;
      const table = start + at - shift;
      this.#place = { from: table + place.from, to: table + place.to };
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
