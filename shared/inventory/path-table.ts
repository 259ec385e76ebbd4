import { hash } from 'node:crypto';
import { folderOf } from './path.ts';

/** What a layer says of a path. Several may hold: a folder removed and made anew is WHITEOUT and FOLDER. */
export const mark = {
  /** only known as the folder of something; the layer does not make it itself */
  IMPLIED: 1,
  FOLDER: 2,
  /** anything but a folder: file, link, device */
  OTHER: 4,
  /** removed from the layers below */
  WHITEOUT: 8,
  /** its content in the layers below is removed */
  OPAQUE: 16,
  /** a folder that is listed after something was written into it */
  LATE: 32,
} as const;

/** A 64-bit hash of a path as two halves. */
export interface PathHash {
  readonly high: number;
  readonly low: number;
}

/**
 * The first 64 bits of SHA-256 of a path, or of its UTF-8. A cheaper hash would do for honest images; a crafted collision would hide a
 * package from us that the container still has, so it has to be a hash that nobody can aim (0.5 µs each).
 */
export function pathHash(path: string | Uint8Array): PathHash {
  const bits = hash('sha256', path, 'binary');
  return { high: word(bits, 0), low: word(bits, 4) };
}

function word(bits: string, at: number): number {
  return (
    ((bits.charCodeAt(at) << 24) |
      (bits.charCodeAt(at + 1) << 16) |
      (bits.charCodeAt(at + 2) << 8) |
      bits.charCodeAt(at + 3)) >>>
    0
  );
}

/**
 * Every path of a layer as a hash with marks: 9 bytes each, no text, so that 3 million files stay below 100 MB. With a folder,
 * all folders above it are in the table too.
 */
export class PathTable {
  #hashes: Uint32Array;
  #marks: Uint8Array;
  #slots: Uint32Array | undefined;
  #size: number;

  private constructor(hashes: Uint32Array, marks: Uint8Array, size: number) {
    this.#hashes = hashes;
    this.#marks = marks;
    this.#size = size;
  }

  /** An empty table. */
  static empty(): PathTable {
    return new PathTable(new Uint32Array(2 * 1024), new Uint8Array(1024), 0);
  }

  /** A table from what `hashes()` and `marks()` gave. The arrays are used as they are. */
  static from(hashes: Uint32Array, marks: Uint8Array): PathTable {
    return new PathTable(hashes, marks, marks.length);
  }

  get size(): number {
    return this.#size;
  }

  /** high and low half of each hash in turn, in the order of arrival */
  hashes(): Uint32Array {
    return this.#hashes.subarray(0, 2 * this.#size);
  }

  /** marks of each path, in the same order */
  marks(): Uint8Array {
    return this.#marks.subarray(0, this.#size);
  }

  /** Adds marks to a path whose folder was noted before. Returns the marks that it had. */
  add(path: string, marks: number): number {
    const index = this.#place(pathHash(path));
    const before = this.#marks[index] ?? 0;
    this.#marks[index] = before | marks;
    return before;
  }

  /** Notes a folder that something lies in, once for all of it, and the folders above it: they are IMPLIED. */
  addFolder(path: string): void {
    let folder = path;
    for (;;) {
      const index = this.#place(pathHash(folder));
      const before = this.#marks[index] ?? 0;
      this.#marks[index] = before | mark.IMPLIED;
      if (before !== 0 || folder === '') return;
      folder = folderOf(folder);
    }
  }

  /** The marks of a path, 0 when the layer does not know it. */
  of(path: string): number {
    return this.ofHash(pathHash(path));
  }

  /** The same for a hash that is at hand. */
  ofHash(at: PathHash): number {
    const slots = this.#slots ?? this.#index();
    const mask = slots.length - 1;
    for (let slot = at.low & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] ?? 0;
      if (entry === 0) return 0;
      if (this.#hashes[2 * (entry - 1)] === at.high && this.#hashes[2 * entry - 1] === at.low) {
        return this.#marks[entry - 1] ?? 0;
      }
    }
  }

  #place(at: PathHash): number {
    let slots = this.#slots ?? this.#index();
    if ((this.#size + 1) * 3 > slots.length * 2) slots = this.#index(slots.length * 2);
    const mask = slots.length - 1;
    let slot = at.low & mask;
    for (; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] ?? 0;
      if (entry === 0) break;
      if (this.#hashes[2 * (entry - 1)] === at.high && this.#hashes[2 * entry - 1] === at.low) return entry - 1;
    }
    if (this.#size === this.#marks.length) this.#grow();
    const index = this.#size;
    this.#hashes[2 * index] = at.high;
    this.#hashes[2 * index + 1] = at.low;
    this.#marks[index] = 0;
    this.#size += 1;
    slots[slot] = index + 1;
    return index;
  }

  #grow(): void {
    const room = Math.max(1024, Math.ceil(this.#marks.length * 1.6));
    const hashes = new Uint32Array(2 * room);
    hashes.set(this.#hashes);
    const marks = new Uint8Array(room);
    marks.set(this.#marks);
    this.#hashes = hashes;
    this.#marks = marks;
  }

  #index(atLeast = 2048): Uint32Array {
    let room = atLeast;
    while (room * 2 < (this.#size + 1) * 3) room *= 2;
    this.#slots = undefined;
    const slots = new Uint32Array(room);
    const mask = room - 1;
    for (let index = 0; index < this.#size; index += 1) {
      let slot = (this.#hashes[2 * index + 1] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
    return slots;
  }
}
