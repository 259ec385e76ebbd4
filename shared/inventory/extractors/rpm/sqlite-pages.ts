import { BrokenDatabase, PagesOnce } from './broken-database.ts';

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

/** The pages of one database file. Every page is read once at most, over all walks. Throws BrokenDatabase, here and below. */
export class SqlitePages {
  readonly #bytes: Buffer;
  readonly #pageSize: number;
  /** bytes of a page that hold content */
  readonly #usable: number;
  readonly #once: PagesOnce;

  constructor(bytes: Buffer) {
    const written = bytes.readUInt16BE(16);
    const pageSize = written === 1 ? 65_536 : written;
    if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0)
      throw new BrokenDatabase(`a page size of ${written} bytes`);
    const usable = pageSize - (bytes[20] ?? 0);
    if (usable < 480) throw new BrokenDatabase(`only ${usable} bytes of a page are used`);
    this.#bytes = bytes;
    this.#pageSize = pageSize;
    this.#usable = usable;
    this.#once = new PagesOnce(Math.floor(bytes.length / pageSize) + 1);
    // pages count from 1
    this.#once.take(0);
  }

  /** The rows of the table whose b-tree begins at a page, in their order. */
  *rows(root: number): Generator<SqliteRow> {
    const todo = [root];
    for (let page = todo.pop(); page !== undefined; page = todo.pop()) {
      const start = this.#start(page);
      const head = page === 1 ? start + fileHeader : start;
      const end = start + this.#usable;
      const cells = this.#bytes.readUInt16BE(head + 3);
      const type = this.#bytes[head];
      if (type !== kind.leaf && type !== kind.interior) throw new BrokenDatabase(`page ${page} is of no table`);
      const table = head + (type === kind.leaf ? 8 : 12);
      if (table + 2 * cells > end) throw new BrokenDatabase(`page ${page} has ${cells} cells`);
      if (type === kind.interior) {
        const below: number[] = [];
        for (let index = 0; index < cells; index += 1)
          below.push(this.#u32(start + this.#bytes.readUInt16BE(table + 2 * index), end));
        below.push(this.#bytes.readUInt32BE(head + 8));
        for (const child of below.toReversed()) todo.push(child);
        continue;
      }
      for (let index = 0; index < cells; index += 1)
        yield this.#cell(start + this.#bytes.readUInt16BE(table + 2 * index), end);
    }
  }

  #start(page: number): number {
    if (page === 0) throw new BrokenDatabase('a pointer to no page');
    this.#once.take(page);
    return (page - 1) * this.#pageSize;
  }

  #u32(at: number, end: number): number {
    if (at + 4 > end) throw new BrokenDatabase(`a cell lies outside of its page, at byte ${at}`);
    return this.#bytes.readUInt32BE(at);
  }

  #cell(at: number, end: number): SqliteRow {
    const size = varint(this.#bytes, at, end);
    const rowid = varint(this.#bytes, size.end, end);
    const length = size.value;
    if (length > this.#bytes.length) throw new BrokenDatabase(`a row of ${length} bytes`);
    const local = this.#local(length);
    if (rowid.end + local > end) throw new BrokenDatabase(`a cell lies outside of its page, at byte ${at}`);
    const first = this.#bytes.subarray(rowid.end, rowid.end + local);
    if (local === length) return { rowid: rowid.value, record: first };
    return { rowid: rowid.value, record: this.#joined(first, length, this.#u32(rowid.end + local, end)) };
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
    for (let page = overflow; got < length; page = this.#bytes.readUInt32BE((page - 1) * this.#pageSize)) {
      const start = this.#start(page);
      const take = Math.min(length - got, this.#usable - 4);
      parts.push(this.#bytes.subarray(start + 4, start + 4 + take));
      got += take;
    }
    return Buffer.concat(parts, got);
  }
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
