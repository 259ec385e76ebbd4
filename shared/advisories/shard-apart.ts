import { shardLimits, squeeze, unsqueeze } from './shard-form.ts';
import type { MatchRecord } from './types.ts';

// Packages that are nothing but malware lie apart from those that have flaws: of npm's 218,000 records 213,000 say no more than that, and hardly any image holds one
// of them. Their names are not in the index that every function reads, and many of them share a block; the index of these has for each the first of its names (u16
// length, name), the length of the block (u32), how many names are in it (u8), and a mark of two bytes for each of these, so that what is not there opens no block.

/** A package name and its records as JSON. */
export interface NamedRecords {
  readonly key: Buffer;
  readonly json: string;
}

const together = 64;
const warmBlocks = 64;

/** Packs packages that are in byte order. */
export function packApart(sorted: readonly NamedRecords[]): {
  readonly index: Buffer;
  readonly blocks: readonly Buffer[];
} {
  const index: Buffer[] = [];
  const blocks: Buffer[] = [];
  for (let from = 0; from < sorted.length; from += together) {
    const some = sorted.slice(from, from + together);
    const first = some[0]?.key ?? Buffer.alloc(0);
    const members = some.map(({ key, json }) => `[${JSON.stringify(key.toString())},${json}]`);
    const block = squeeze(Buffer.from(`[${members.join(',')}]`));
    const entry = Buffer.alloc(2 + first.length + 5 + 2 * some.length);
    entry.writeUInt16LE(first.length, 0);
    first.copy(entry, 2);
    entry.writeUInt32LE(block.length, 2 + first.length);
    entry.writeUInt8(some.length, 6 + first.length);
    for (const [at, { key }] of some.entries()) entry.writeUInt16LE(markOf(key), 7 + first.length + 2 * at);
    index.push(entry);
    blocks.push(block);
  }
  return { index: Buffer.concat(index), blocks };
}

/** The packages that lie apart in a shard. */
export interface ApartPackages {
  lookup(name: Buffer): readonly MatchRecord[] | undefined;
  /** in byte order */
  names(): Iterable<string>;
}

interface Place {
  readonly first: Buffer;
  readonly marks: Buffer;
  readonly from: number;
  readonly to: number;
}

/** Opens them. Throws RangeError or TypeError for what is none, zlib's error and SyntaxError for blocks that are damaged. */
export function openApart(index: Buffer, blocks: Buffer): ApartPackages {
  const places = readPlaces(index, blocks.length);
  const warm = new Map<Place, ReadonlyMap<string, readonly MatchRecord[]>>();
  const open = (place: Place): ReadonlyMap<string, readonly MatchRecord[]> => {
    const known = warm.get(place);
    const opened = known ?? membersOf(unsqueeze(blocks.subarray(place.from, place.to), shardLimits.block));
    warm.delete(place);
    warm.set(place, opened);
    if (warm.size > warmBlocks) for (const oldest of [...warm.keys()].slice(0, 1)) warm.delete(oldest);
    return opened;
  };
  const placeOf = (name: Buffer): Place | undefined => {
    let [low, high] = [0, places.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (Buffer.compare(places[middle]?.first ?? name, name) <= 0) low = middle + 1;
      else high = middle - 1;
    }
    return places[high];
  };
  return {
    lookup(name) {
      const place = placeOf(name);
      return place !== undefined && hasMark(place.marks, markOf(name)) ? open(place).get(name.toString()) : undefined;
    },
    *names() {
      for (const place of places) yield* open(place).keys();
    },
  };
}

function readPlaces(index: Buffer, blockBytes: number): readonly Place[] {
  const places: Place[] = [];
  let from = 0;
  for (let at = 0; at < index.length; ) {
    const named = at + 2 + index.readUInt16LE(at);
    const to = from + index.readUInt32LE(named);
    const end = named + 5 + 2 * index.readUInt8(named + 4);
    if (end > index.length) throw new RangeError('its index is cut');
    places.push({ first: index.subarray(at + 2, named), marks: index.subarray(named + 5, end), from, to });
    from = to;
    at = end;
  }
  if (from !== blockBytes) throw new RangeError('its blocks are cut');
  return places;
}

function membersOf(text: Buffer): ReadonlyMap<string, readonly MatchRecord[]> {
  const members: unknown = JSON.parse(text.toString());
  if (!Array.isArray(members)) throw new TypeError('no list');
  return new Map(
    (members as readonly unknown[]).map((member) => {
      const [name, records] = Array.isArray(member) ? (member as readonly unknown[]) : [];
      if (typeof name !== 'string' || !Array.isArray(records)) throw new TypeError('no package');
      return [name, records as readonly MatchRecord[]] as const;
    }),
  );
}

/** FNV-1a of the name, folded to 16 bits. */
function markOf(name: Buffer): number {
  let hash = 0x811c9dc5;
  for (const byte of name) hash = Math.imul(hash ^ byte, 0x01000193);
  return ((hash >>> 16) ^ hash) & 0xffff;
}

function hasMark(marks: Buffer, mark: number): boolean {
  for (let at = 0; at + 1 < marks.length; at += 2) if (marks.readUInt16LE(at) === mark) return true;
  return false;
}
