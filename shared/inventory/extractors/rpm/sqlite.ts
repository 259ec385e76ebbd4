import { BrokenDatabase } from '../broken-database.ts';
import { tableRows } from '../sqlite/table.ts';

/**
 * The header blobs of rpm's `rpmdb.sqlite`: column `blob` of table `Packages(hnum, blob)`, in the order of the rows, as
 * the write-ahead log beside it leaves them. Throws BrokenDatabase.
 */
export function* sqliteBlobs(bytes: Buffer, log?: Buffer): Generator<Buffer> {
  for (const { rowid, columns } of tableRows(bytes, 'Packages', 2, log)) {
    const [, blob] = columns;
    if (!Buffer.isBuffer(blob)) throw new BrokenDatabase(`row ${rowid} of its table Packages holds no header`);
    yield blob;
  }
}
