import { BrokenDatabase, PagesOnce } from '../broken-database.ts';
import { committedPages } from './write-ahead-log.ts';

// The SQLite file format (sqlite.org/fileformat2.html), as much of it as a walk over one table needs. A hostile file must not meet a whole SQLite.
const fileHeader = 100;
const kind = { interior: 5, leaf: 13 } as const;

/** One row of a table: its number, and the record with its overflow pages joined. */
export interface SqliteRow {
  readonly rowid: number;
  readonly record: Buffer;
}

/** True when the bytes begin as an SQLite 3 database. */
export function isSqlite(bytes: Buffer): boolean {
  return bytes.length >= 512 && bytes.toString('latin1', 0, 16) === 'SQLite format 3\0';
}

/** The pages of one database file, and of the log beside it. Every page is read once at most, over all walks. Throws BrokenDatabase, here and below. */
export class SqlitePages {
  readonly #bytes: Buffer;
  readonly #pageSize: number;
  /** bytes of a page that hold content */
  readonly #usable: number;
  readonly #newer: ReadonlyMap<number, Buffer>;
  readonly #once: PagesOnce;

  constructor(bytes: Buffer, log: Buffer = Buffer.alloc(0)) {
    const written = bytes.readUInt16BE(16);
    const pageSize = written === 1 ? 65_536 : written;
    if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0)
      throw new BrokenDatabase(`a page size of ${written} bytes`);
    const usable = pageSize - (bytes[20] ?? 0);
    if (usable < 480) throw new BrokenDatabase(`only ${usable} bytes of a page are used`);
    this.#bytes = bytes;
    this.#pageSize = pageSize;
    this.#usable = usable;
    this.#newer = committedPages(log, pageSize);
    // a log grows a database by one page for each of its frames at most; pages count from 1
    this.#once = new PagesOnce(Math.floor((bytes.length + log.length) / pageSize) + 1);
    this.#once.take(0);
  }

  /** The rows of the table whose b-tree begins at a page, in their order. */
  *rows(root: number): Generator<SqliteRow> {
    const todo = [root];
    for (let number = todo.pop(); number !== undefined; number = todo.pop()) {
      const page = this.#page(number);
      const head = number === 1 ? fileHeader : 0;
      const cells = page.readUInt16BE(head + 3);
      const type = page[head];
      if (type !== kind.leaf && type !== kind.interior) throw new BrokenDatabase(`page ${number} is of no table`);
      const table = head + (type === kind.leaf ? 8 : 12);
      if (table + 2 * cells > page.length) throw new BrokenDatabase(`page ${number} has ${cells} cells`);
      const places = Array.from({ length: cells }, (_, index) => page.readUInt16BE(table + 2 * index));
      if (type === kind.leaf) {
        for (const place of places) yield this.#row(page, place);
        continue;
      }
      // the last child first, as the stack gives back the first one first
      todo.push(page.readUInt32BE(head + 8));
      for (const place of places.toReversed()) todo.push(pointer(page, place));
    }
  }

  #page(number: number): Buffer {
    if (number === 0) throw new BrokenDatabase('a pointer to no page');
    this.#once.take(number);
    const start = (number - 1) * this.#pageSize;
    const page = this.#newer.get(number) ?? this.#bytes.subarray(start, start + this.#pageSize);
    if (page.length < this.#pageSize) throw new BrokenDatabase(`it is cut off: page ${number} is not there`);
    return page.subarray(0, this.#usable);
  }

  #row(page: Buffer, at: number): SqliteRow {
    const size = varint(page, at, page.length);
    const rowid = varint(page, size.end, page.length);
    const length = size.value;
    // a row lies on pages of its own
    if (length > this.#bytes.length + this.#newer.size * this.#pageSize)
      throw new BrokenDatabase(`a row of ${length} bytes`);
    const local = this.#local(length);
    if (rowid.end + local > page.length) throw new BrokenDatabase(`a cell lies outside of its page, at byte ${at}`);
    const first = page.subarray(rowid.end, rowid.end + local);
    if (local === length) return { rowid: rowid.value, record: first };
    return { rowid: rowid.value, record: this.#joined(first, length, pointer(page, rowid.end + local)) };
  }

  /** How much of a row stays on its leaf: "Cell Payload Overflow Pages". */
  #local(length: number): number {
    const most = this.#usable - 35;
    if (length <= most) return length;
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23;
    const fitting = least + ((length - least) % (this.#usable - 4));
    return fitting <= most ? fitting : least;
  }

  #joined(first: Buffer, length: number, overflow: number): Buffer {
    const parts = [first];
    let got = first.length;
    for (let number = overflow; got < length; ) {
      const page = this.#page(number);
      const part = page.subarray(4, 4 + length - got);
      parts.push(part);
      got += part.length;
      number = page.readUInt32BE(0);
    }
    return Buffer.concat(parts, got);
  }
}

function pointer(page: Buffer, at: number): number {
  if (at + 4 > page.length) throw new BrokenDatabase(`a cell lies outside of its page, at byte ${at}`);
  return page.readUInt32BE(at);
}

/** A number of one to nine bytes, seven bits in each, high bits first; beyond 2^53 no honest database goes. */
export function varint(bytes: Buffer, at: number, end: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = 0; index < 9; index += 1) {
    const byte = at + index < end ? bytes[at + index] : undefined;
    if (byte === undefined) throw new BrokenDatabase(`a number runs out of its page, at byte ${at}`);
    if (index === 8) return { value: value * 256 + byte, end: at + 9 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  throw new BrokenDatabase(`a number without end, at byte ${at}`);
}
