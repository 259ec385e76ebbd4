import { BrokenDatabase } from '../broken-database.ts';

// An rpm header without its magic, as databases hold it (rpm docs, "Package header"): number of entries, length of the data, the entries
// (tag, type, offset, count), the data. Big-endian whatever the machine.
const mostEntries = 0xffff;
const entrySize = 16;
const kind = { int16: 3, int32: 4, text: 6, texts: 8, translated: 9 } as const;

/** Numbers of the tags that are read (rpmtag.h). */
export const tag = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  license: 1014,
  packager: 1015,
  arch: 1022,
  oldFileNames: 1027,
  fileModes: 1030,
  sourceRpm: 1044,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
  modularityLabel: 5096,
} as const;

const wanted: ReadonlySet<number> = new Set(Object.values(tag));

interface Entry {
  readonly type: number;
  /** in the blob */
  readonly at: number;
  readonly count: number;
}

/** One package's header. What a tag says is decoded when it is asked for; counts that the data cannot hold are refused. */
export class RpmHeader {
  readonly #blob: Buffer;
  readonly #entries = new Map<number, Entry>();

  /** Throws BrokenDatabase when the blob is no header. */
  constructor(blob: Buffer) {
    if (blob.length < 8) throw new BrokenDatabase(`a header of ${blob.length} bytes`);
    const entries = blob.readUInt32BE(0);
    const data = 8 + entries * entrySize;
    if (entries === 0 || entries > mostEntries || data + blob.readUInt32BE(4) > blob.length)
      throw new BrokenDatabase(`a header that promises ${entries} entries`);
    this.#blob = blob;
    for (let index = 0; index < entries; index += 1) {
      const at = 8 + index * entrySize;
      const number = blob.readUInt32BE(at);
      // of two entries the later counts: what was added at installation stands last
      if (wanted.has(number))
        this.#entries.set(number, {
          type: blob.readUInt32BE(at + 4),
          at: data + blob.readUInt32BE(at + 8),
          count: blob.readUInt32BE(at + 12),
        });
    }
  }

  /** The text of a tag; undefined when it is absent, empty, or longer than `longest` bytes. */
  text(number: number, longest = 1024): string | undefined {
    const entry = this.#entries.get(number);
    if (
      entry === undefined ||
      (entry.type !== kind.text && entry.type !== kind.texts && entry.type !== kind.translated)
    )
      return undefined;
    const end = this.#blob.indexOf(0, entry.at);
    if (end < 0 || end === entry.at || end - entry.at > longest) return undefined;
    return this.#blob.toString('utf8', entry.at, end);
  }

  /** The texts of a tag, one by one; ends early when the data does. */
  *texts(number: number): Generator<string> {
    const entry = this.#entries.get(number);
    if (entry?.type !== kind.texts) return;
    let at = entry.at;
    for (let index = 0; index < entry.count; index += 1) {
      const end = this.#blob.indexOf(0, at);
      if (end < 0) return;
      yield this.#blob.toString('utf8', at, end);
      at = end + 1;
    }
  }

  /** Number `index` of a tag of 16 or 32 bit integers. */
  number(tagNumber: number, index = 0): number | undefined {
    const entry = this.#entries.get(tagNumber);
    if (entry === undefined || index >= entry.count) return undefined;
    const size = entry.type === kind.int32 ? 4 : entry.type === kind.int16 ? 2 : undefined;
    if (size === undefined || entry.at + (index + 1) * size > this.#blob.length) return undefined;
    return this.#blob.readUIntBE(entry.at + index * size, size);
  }
}
