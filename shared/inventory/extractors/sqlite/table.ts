import { BrokenDatabase } from '../broken-database.ts';
import { SqlitePages, varint } from './pages.ts';

/** One row of a table: its number, and its first columns. Texts and blobs are their bytes; undefined is NULL or a broken number. */
export interface TableRow {
  readonly rowid: number;
  readonly columns: readonly (number | Buffer | undefined)[];
}

/** The rows of one table of an SQLite database, as the write-ahead log beside it leaves them, each with its first `count` columns. Throws BrokenDatabase. */
export function* tableRows(bytes: Buffer, table: string, count: number, log?: Buffer): Generator<TableRow> {
  const pages = new SqlitePages(bytes, log);
  let root: number | undefined;
  for (const { record } of pages.rows(1)) {
    const [type, name, , page] = columnsOf(record, 4);
    if (String(type) === 'table' && String(name) === table && typeof page === 'number') root = page;
  }
  if (root === undefined) throw new BrokenDatabase(`it has no table ${table}`);
  for (const { rowid, record } of pages.rows(root)) yield { rowid, columns: columnsOf(record, count) };
}

/** The first columns of a record: numbers, and texts and blobs as their bytes ("Record Format"). */
function columnsOf(record: Buffer, count: number): (number | Buffer | undefined)[] {
  const head = varint(record, 0, record.length);
  if (head.value > record.length) throw new BrokenDatabase('a row is shorter than its head');
  const values: (number | Buffer | undefined)[] = [];
  let place = head.end;
  let at = head.value;
  while (values.length < count && place < head.value) {
    const serial = varint(record, place, head.value);
    place = serial.end;
    const size = sizeOf(serial.value);
    if (at + size > record.length) throw new BrokenDatabase('a row is shorter than its columns');
    if (serial.value >= 12) values.push(record.subarray(at, at + size));
    else if (serial.value === 8 || serial.value === 9) values.push(serial.value - 8);
    else values.push(serial.value >= 1 && serial.value <= 6 ? record.readIntBE(at, Math.min(size, 6)) : undefined);
    at += size;
  }
  return values;
}

function sizeOf(serial: number): number {
  if (serial >= 12) return Math.floor((serial - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8][serial] ?? 0;
}
