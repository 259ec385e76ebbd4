const headerSize = 32;
const frameHead = 24;

/**
 * True when an SQLite write-ahead log holds a finished transaction (sqlite.org/fileformat2.html, "WAL Format"): a frame that carries the log's own salt
 * and the size of the database after a commit. A log that was started over keeps old frames under an old salt; they count for nothing.
 */
export function hasChanges(log: Buffer): boolean {
  if (log.length < headerSize || (log.readUInt32BE(0) & 0xfffffffe) !== 0x377f0682) return false;
  const pageSize = log.readUInt32BE(8);
  if (pageSize < 512 || pageSize > 65_536) return false;
  for (let at = headerSize; at + frameHead + pageSize <= log.length; at += frameHead + pageSize) {
    const sameSalt = log.compare(log, 16, 24, at + 8, at + 16) === 0;
    if (!sameSalt) return false;
    if (log.readUInt32BE(at + 4) !== 0) return true;
  }
  return false;
}
