const headerSize = 32;
const frameHead = 24;

/**
 * The pages that an SQLite write-ahead log has for its database (sqlite.org/fileformat2.html, "WAL Format"): number of the page, counted from 1, and its
 * newest bytes. Only finished transactions count: frames up to the last that says how large the database is after a commit. A log that was
 * started over keeps old frames under an old salt; they count for nothing. Empty for what is no log.
 */
export function committedPages(log: Buffer, pageSize?: number): ReadonlyMap<number, Buffer> {
  const committed = new Map<number, Buffer>();
  if (log.length < headerSize || (log.readUInt32BE(0) & 0xfffffffe) !== 0x377f0682) return committed;
  const size = log.readUInt32BE(8);
  if (size < 512 || size > 65_536 || (pageSize !== undefined && size !== pageSize)) return committed;
  let open: (readonly [page: number, bytes: Buffer])[] = [];
  for (let at = headerSize; at + frameHead + size <= log.length; at += frameHead + size) {
    const isOfThisLog = log.compare(log, 16, 24, at + 8, at + 16) === 0;
    if (!isOfThisLog) break;
    open.push([log.readUInt32BE(at), log.subarray(at + frameHead, at + frameHead + size)]);
    if (log.readUInt32BE(at + 4) === 0) continue;
    for (const [page, bytes] of open) committed.set(page, bytes);
    open = [];
  }
  return committed;
}
