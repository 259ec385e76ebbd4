import { createHash } from 'node:crypto';
import { normalName } from './ecosystem.ts';
import { BrokenShard } from './errors.ts';
import { openApart } from './shard-apart.ts';
import { magic, type ShardHead, shardLimits, unsqueeze } from './shard-form.ts';
import type { MatchRecord, Shard } from './types.ts';

// Parsed blocks that stay: a scan asks for the same few hundred names of a base again and again.
const warmBytes = 8 << 20;
const warmNames = 16_384;

/** An opened shard that can also show what lies there of a package: equal blocks say the same. */
export interface OpenedShard extends Shard {
  block(packageName: string): Buffer | undefined;
  /** the records of a package as JSON: to look for ids costs a fraction of reading them */
  text(packageName: string): Buffer | undefined;
}

/**
 * Opens a shard: checks its hash, reads its index, inflates a package's block only when it is asked for.
 *
 * @param expected sha256 (hex) that the manifest names; without it the bytes are believed to be what they are
 * @throws BrokenShard
 */
export function openShard(bytes: Buffer, expected?: string): OpenedShard {
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (expected !== undefined && hash !== expected) throw new BrokenShard(expected, `the bytes have the hash ${hash}`);
  const { head, index, apartIndex, blocks } = parts(bytes, hash);
  const { starts, offsets } = readIndex(index, blocks.length, hash);
  const apart = unlessDamaged(hash, () => openApart(apartIndex, blocks.subarray(offsets.at(-1) ?? 0)));
  const apartOf = (name: string) => unlessDamaged(head.name, () => apart.lookup(Buffer.from(name)));
  const warm = new Map<number, { readonly records: readonly MatchRecord[]; readonly size: number }>();
  let warmSize = 0;

  const nameAt = (at: number): Buffer => {
    const start = starts[at] ?? 0;
    return index.subarray(start + 2, start + 2 + index.readUInt16LE(start));
  };

  const search = (name: Buffer): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const start = (starts[middle] ?? 0) + 2;
      const order = index.compare(name, 0, name.length, start, start + index.readUInt16LE(start - 2));
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  };

  const places = new Map<string, number>();
  const find = (name: string): number => {
    const known = places.get(name);
    if (known !== undefined) return known;
    const at = search(Buffer.from(name));
    if (places.size >= warmNames) places.clear();
    places.set(name, at);
    return at;
  };

  const read = (at: number): readonly MatchRecord[] => {
    const known = warm.get(at);
    if (known !== undefined) {
      warm.delete(at);
      warm.set(at, known);
      return known.records;
    }
    const { records, size } = readBlock(blocks.subarray(offsets[at], offsets[at + 1]), head.name);
    warm.set(at, { records, size });
    warmSize += size;
    for (const [oldest, entry] of warm) {
      if (warmSize <= warmBytes) break;
      warm.delete(oldest);
      warmSize -= entry.size;
    }
    return records;
  };

  return {
    name: head.name,
    hash,
    asOf: head.asOf,
    lookup(packageName) {
      const name = normalName(head.name, packageName);
      const at = find(name);
      return at < 0 ? (apartOf(name) ?? []) : read(at);
    },
    block(packageName) {
      const at = find(packageName);
      return at < 0 ? jsonOf(apartOf(packageName)) : blocks.subarray(offsets[at], offsets[at + 1]);
    },
    text(packageName) {
      const at = find(packageName);
      if (at < 0) return jsonOf(apartOf(packageName));
      return unlessDamaged(head.name, () =>
        unsqueeze(blocks.subarray(offsets[at], offsets[at + 1]), shardLimits.block),
      );
    },
    *names() {
      for (let at = 0; at < starts.length; at += 1) yield nameAt(at).toString();
      const others = apart.names()[Symbol.iterator]();
      for (;;) {
        const next = unlessDamaged(head.name, () => others.next());
        if (next.done === true) return;
        yield next.value;
      }
    },
  };
}

const jsonOf = (records: readonly MatchRecord[] | undefined): Buffer | undefined =>
  records === undefined ? undefined : Buffer.from(JSON.stringify(records));

function unlessDamaged<T>(shard: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new BrokenShard(shard, 'a block cannot be read');
  }
}

function readBlock(block: Buffer, shard: string): { readonly records: readonly MatchRecord[]; readonly size: number } {
  try {
    const text = unsqueeze(block, shardLimits.block);
    const records: unknown = JSON.parse(text.toString());
    if (!Array.isArray(records)) throw new TypeError('no list');
    return { records: records as MatchRecord[], size: text.length };
  } catch {
    throw new BrokenShard(shard, 'a block cannot be read');
  }
}

function parts(
  bytes: Buffer,
  hash: string,
): { readonly head: ShardHead; readonly index: Buffer; readonly apartIndex: Buffer; readonly blocks: Buffer } {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new BrokenShard(hash, 'not a shard of this version');
  try {
    const headEnd = magic.length + 4 + bytes.readUInt32LE(magic.length);
    const indexEnd = headEnd + 4 + bytes.readUInt32LE(headEnd);
    const apartEnd = indexEnd + 4 + bytes.readUInt32LE(indexEnd);
    if (apartEnd > bytes.length) throw new RangeError('cut');
    return {
      head: readHead(unsqueeze(bytes.subarray(magic.length + 4, headEnd), shardLimits.head)),
      index: unsqueeze(bytes.subarray(headEnd + 4, indexEnd), shardLimits.index),
      apartIndex: unsqueeze(bytes.subarray(indexEnd + 4, apartEnd), shardLimits.index),
      blocks: bytes.subarray(apartEnd),
    };
  } catch {
    throw new BrokenShard(hash, 'its head or index cannot be read');
  }
}

function readHead(bytes: Buffer): ShardHead {
  const head: unknown = JSON.parse(bytes.toString());
  if (typeof head !== 'object' || head === null || !('name' in head) || !('asOf' in head))
    throw new TypeError('no head');
  if (typeof head.name !== 'string' || typeof head.asOf !== 'string') throw new TypeError('no head');
  return { name: head.name, asOf: head.asOf };
}

/** Where each entry of the index starts, and where each block starts (one more: the end of the last). */
function readIndex(
  index: Buffer,
  blockBytes: number,
  hash: string,
): { readonly starts: Uint32Array; readonly offsets: Uint32Array } {
  const starts: number[] = [];
  const offsets: number[] = [0];
  let block = 0;
  for (let at = 0; at < index.length; ) {
    if (at + 2 > index.length) throw new BrokenShard(hash, 'its index is cut');
    const end = at + 6 + index.readUInt16LE(at);
    if (end > index.length) throw new BrokenShard(hash, 'its index is cut');
    starts.push(at);
    block += index.readUInt32LE(end - 4);
    offsets.push(block);
    at = end;
  }
  if (block > blockBytes) throw new BrokenShard(hash, 'its blocks are cut');
  return { starts: Uint32Array.from(starts), offsets: Uint32Array.from(offsets) };
}
