import { createHash } from 'node:crypto';
import { gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { cveKey, cveOfKey } from './cve-list/cve-key.ts';
import { BrokenShard, FeedRefused } from './errors.ts';
import type { EpssScore } from './types.ts';

// The table: magic, count (u32), then for each CVE in order its key (u32) and its score (u32), little-endian; zstd around it all.
// A key is the year since 1999 in 7 bits and the number in 25; a score is 17 bits of 1/100,000 and 15 bits of the percentile.
const magic = Buffer.from('DRYDOCK-EPSS-1\n\0', 'latin1');
const headBytes = magic.length + 4;
const rowBytes = 8;
const percentileSteps = 0x7fff;

const textLimit = 256 << 20;
const tableLimit = 64 << 20;
const lineLimit = 200;

/** FIRST's scores of one day, as they are kept: a table under its hash. */
export interface EpssTable {
  /** when the scores were computed, ISO, as the file says */
  readonly asOf: string;
  readonly entries: number;
  /** rows that could not be read */
  readonly broken: number;
  readonly bytes: Buffer;
  /** sha256 of the bytes, hex */
  readonly hash: string;
}

/** An opened table: the score of a CVE, and all of them. */
export interface OpenedEpss {
  lookup(cve: string): EpssScore | undefined;
  scores(): Iterable<readonly [cve: string, score: number]>;
}

/**
 * Reads FIRST's file of scores, gzip or plain: a comment with the model's version and the date, a line of names, then `cve,epss,percentile` rows.
 * Rows that cannot be read are counted and skipped. Source: first.org/epss/data_stats.
 *
 * @throws FeedRefused when it is no such file, cut, empty, or more than one row in a hundred cannot be read
 */
export function parseEpss(bytes: Uint8Array, about: string): EpssTable {
  const { text, whole } = unpack(bytes, about);
  const head = lineAt(text, 0);
  const asOf = /(?:^#|,)score_date:(\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2}))?)/.exec(head.line)?.[1];
  const names = lineAt(text, head.next);
  if (asOf === undefined || names.line !== 'cve,epss,percentile')
    throw new FeedRefused(about, 'broken', 'it is not a file of EPSS scores');
  if (!whole && text[text.length - 1] !== 0x0a) throw new FeedRefused(about, 'broken', 'its last line is cut');
  const rows = new Map<number, number>();
  let broken = 0;
  for (let at = names.next; at < text.length; ) {
    const { line, next } = lineAt(text, at);
    at = next;
    if (line === '') continue;
    const row = readRow(line);
    if (row === undefined) broken += 1;
    else rows.set(row[0], row[1]);
  }
  if (rows.size === 0) throw new FeedRefused(about, 'empty', 'it scores no vulnerability');
  if (broken * 100 > rows.size) throw new FeedRefused(about, 'broken', `${broken} rows cannot be read`);
  const table = pack(rows);
  return {
    asOf: isoTime(asOf),
    entries: rows.size,
    broken,
    bytes: table,
    hash: createHash('sha256').update(table).digest('hex'),
  };
}

/** Opens a kept table. Throws BrokenShard when its bytes are not what the hash says. */
export function openEpss(bytes: Buffer, hash: string): OpenedEpss {
  if (createHash('sha256').update(bytes).digest('hex') !== hash)
    throw new BrokenShard(`epss/${hash}`, 'the scores are not what their hash says');
  const unpacked = inflate(bytes, hash);
  const count = countIn(unpacked);
  const keyAt = (row: number): number => unpacked.readUInt32LE(headBytes + row * rowBytes);
  const valueAt = (row: number): number => unpacked.readUInt32LE(headBytes + row * rowBytes + 4);
  return {
    lookup(cve) {
      const key = cveKey(cve);
      if (key === undefined) return undefined;
      let low = 0;
      let high = count - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const found = keyAt(middle);
        if (found === key) return scoreOf(valueAt(middle));
        if (found < key) low = middle + 1;
        else high = middle - 1;
      }
      return undefined;
    },
    *scores() {
      for (let row = 0; row < count; row += 1) yield [cveOfKey(keyAt(row)), scoreOf(valueAt(row)).score];
    },
  };
}

/** The CVEs whose score came to a threshold, or fell below it, between two tables; undefined is one that knows nothing. Sorted. */
export function epssCrossings(
  before: OpenedEpss | undefined,
  after: OpenedEpss | undefined,
  threshold: number,
): { readonly reached: readonly string[]; readonly fell: readonly string[] } {
  const over = (table: OpenedEpss | undefined): Set<string> =>
    new Set([...(table?.scores() ?? [])].flatMap(([cve, score]) => (score >= threshold ? [cve] : [])));
  const [old, fresh] = [over(before), over(after)];
  return {
    reached: [...fresh].filter((cve) => !old.has(cve)).sort(),
    fell: [...old].filter((cve) => !fresh.has(cve)).sort(),
  };
}

const isoTime = (time: string): string =>
  Number.isNaN(Date.parse(time)) ? `${time.slice(0, 10)}T00:00:00.000Z` : new Date(time).toISOString();

/** `whole`: the checksum of gzip proves its end, so a last line that nothing ends is none that was cut. */
function unpack(bytes: Uint8Array, about: string): { readonly text: Buffer; readonly whole: boolean } {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b)
    return { text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), whole: false };
  try {
    return { text: gunzipSync(bytes, { maxOutputLength: textLimit }), whole: true };
  } catch (cause) {
    throw new FeedRefused(about, 'broken', 'its gzip cannot be read to the end', { cause });
  }
}

function lineAt(text: Buffer, at: number): { readonly line: string; readonly next: number } {
  const found = text.indexOf(0x0a, at);
  const end = found < 0 ? text.length : found;
  const line = text.toString('latin1', at, Math.min(end, at + lineLimit)).replace(/\r$/, '');
  return { line, next: end + 1 };
}

/** FIRST writes what is below 0.0001 as `7e-05`. */
function readRow(line: string): readonly [key: number, value: number] | undefined {
  const [, cve, epss, percentile] =
    /^(CVE-\d{4}-\d{4,9}),(\d(?:\.\d+)?(?:e-\d+)?),(\d(?:\.\d+)?(?:e-\d+)?)$/i.exec(line) ?? [];
  const key = cve === undefined ? undefined : cveKey(cve);
  const [score, rank] = [Number(epss), Number(percentile)];
  if (key === undefined || !(score <= 1) || !(rank <= 1)) return undefined;
  return [key, ((Math.round(score * 1e5) << 15) | Math.round(rank * percentileSteps)) >>> 0];
}

const scoreOf = (value: number): EpssScore => ({
  score: (value >>> 15) / 1e5,
  percentile: Math.round(((value & percentileSteps) / percentileSteps) * 1e4) / 1e4,
});

function pack(rows: ReadonlyMap<number, number>): Buffer {
  const sorted = [...rows].sort(([a], [b]) => a - b);
  const unpacked = Buffer.alloc(headBytes + sorted.length * rowBytes);
  magic.copy(unpacked);
  unpacked.writeUInt32LE(sorted.length, magic.length);
  for (const [row, [key, value]] of sorted.entries()) {
    unpacked.writeUInt32LE(key, headBytes + row * rowBytes);
    unpacked.writeUInt32LE(value, headBytes + row * rowBytes + 4);
  }
  return zstdCompressSync(unpacked);
}

const countIn = (unpacked: Buffer): number => unpacked.readUInt32LE(magic.length);

function inflate(bytes: Buffer, hash: string): Buffer {
  try {
    const unpacked = zstdDecompressSync(bytes, { maxOutputLength: tableLimit });
    const count = unpacked.subarray(0, magic.length).equals(magic) ? countIn(unpacked) : -1;
    if (unpacked.length !== headBytes + count * rowBytes) throw new RangeError('not a table');
    return unpacked;
  } catch {
    throw new BrokenShard(`epss/${hash}`, 'the scores cannot be read by this version');
  }
}
