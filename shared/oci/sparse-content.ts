import { BadTar } from './errors.ts';
import { BLOCK, number } from './tar-header.ts';
import type { TarSink } from './tar-types.ts';

/** Where the stored bytes of a sparse file belong in it: offset and number of bytes, in turn. */
export type SparseMap = readonly number[];

/** What headers say of a sparse file: its size with its holes, and its map unless that stands before the content. */
export interface SparseForm {
  readonly size: number;
  readonly map: SparseMap | undefined;
}

const zeros = Buffer.alloc(1 << 16);
const newline = 0x0a;
/** as many as fit into the mebibyte that Go's archive/tar reads of a map */
const mostLines = 1 << 19;
/** offset and number of bytes, as old GNU headers write them */
const pieceBytes = 24;
const fieldBytes = 12;

/** The pieces that stand in a header of old GNU tar from `at` on, `most` of them; an empty one is the last. Throws BadTar. */
export function gnuPieces(block: Buffer, at: number, most: number, offset: number): number[] {
  const pieces: number[] = [];
  for (let piece = at; piece < at + most * pieceBytes && block[piece] !== 0; piece += pieceBytes)
    for (const field of [piece, piece + fieldBytes])
      pieces.push(number(block, field, fieldBytes, 'sparse map', offset));
  return pieces;
}

/**
 * Hands a sparse file on as it is when it is unpacked, its holes filled with zeros. Where its `map` is not known from its headers, it stands as decimal lines before the content
 * and is padded to whole blocks (GNU tar manual, "Storing Sparse Files": format 1.0). Throws BadTar (from `data` and `end`) for a map that does not fit its content, which
 * Go's archive/tar refuses too.
 */
export class SparseContent implements TarSink {
  readonly #sink: TarSink;
  readonly #size: number;
  readonly #offset: number;
  #map: SparseMap | undefined;
  /** of a map that is being read: its lines so far, the digits of the current one, and its bytes */
  readonly #lines: number[] = [];
  #digits = '';
  #mapBytes = 0;
  #next = 0;
  #at = 0;
  /** bytes that the current piece is still to get */
  #missing = 0;
  /** bytes of holes that are still to come, if the map is true; its own bytes are counted when they came */
  #holes: number;

  /** `stored` is how many bytes the archive has of it, `offset` where they stand, for messages. */
  constructor(sink: TarSink, { size, map }: SparseForm, stored: number, offset: number) {
    this.#sink = sink;
    this.#size = size;
    this.#map = map;
    this.#offset = offset;
    this.#holes = size - stored;
  }

  data(chunk: Buffer): void {
    for (let at = this.#map === undefined ? this.#readMap(chunk) : 0; at < chunk.length; ) {
      if (this.#missing === 0) this.#open();
      const bytes = chunk.subarray(at, at + this.#missing);
      if (bytes.length === 0) continue;
      this.#sink.data(bytes);
      this.#at += bytes.length;
      this.#missing -= bytes.length;
      at += bytes.length;
    }
  }

  end(): void {
    const { length } = this.#map ?? this.#broken('ends in its map');
    while (this.#missing === 0 && this.#next < length) this.#open();
    if (this.#missing > 0) this.#broken('has fewer bytes than its map says');
    this.#fill(this.#size);
    this.#sink.end();
  }

  /** Goes on to the next piece. */
  #open(): void {
    const [start, bytes] = this.#map?.slice(this.#next, this.#next + 2) ?? [];
    if (start === undefined || bytes === undefined) this.#broken('has more bytes than its map says');
    if (start < this.#at || bytes < 0 || start + bytes > this.#size) this.#broken('has a map that leads out of it');
    this.#next += 2;
    this.#fill(start);
    this.#missing = bytes;
  }

  /** A header alone can claim any number of bytes, holes and stored ones: no more are filled than the stored ones leave. */
  #fill(until: number): void {
    const bytes = Math.max(0, until - this.#at);
    if (bytes > 0 && bytes > this.#holes) this.#broken('has fewer bytes than its map says');
    this.#holes -= bytes;
    while (this.#at < until) {
      const hole = zeros.subarray(0, until - this.#at);
      this.#sink.data(hole);
      this.#at += hole.length;
    }
  }

  /** Takes what the chunk has of the map; returns where the content begins. */
  #readMap(chunk: Buffer): number {
    for (let at = 0; at < chunk.length; at++) {
      this.#mapBytes += 1;
      if (!this.#isMapWhole) this.#mapByte(chunk[at] as number);
      if (!this.#isMapWhole || this.#mapBytes % BLOCK !== 0) continue;
      this.#map = this.#lines.slice(1);
      this.#holes += this.#mapBytes;
      return at + 1;
    }
    return chunk.length;
  }

  get #isMapWhole(): boolean {
    const [pieces] = this.#lines;
    return pieces !== undefined && this.#lines.length > 2 * pieces;
  }

  #mapByte(byte: number): void {
    if (byte !== newline) {
      this.#digits += String.fromCharCode(byte);
      if (this.#digits.length > 16) this.#broken('has a map of other than numbers');
      return;
    }
    if (!/^[0-9]+$/.test(this.#digits)) this.#broken('has a map of other than numbers');
    this.#lines.push(Number(this.#digits));
    this.#digits = '';
    if (this.#lines.length > mostLines) this.#broken('has a map of more pieces than are read');
  }

  #broken(what: string): never {
    throw new BadTar(this.#offset, `a sparse file ${what}`);
  }
}
