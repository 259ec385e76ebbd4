import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Blobs, type Item, keys, packJson, type Table } from '#shared/store';
import type { BuiltShard } from './build-shard.ts';
import { BrokenShard } from './errors.ts';
import type { FeedFreshness } from './freshness.ts';
import { jsonIn } from './kept-json.ts';
import { type OpenedShard, openShard } from './open-shard.ts';
import type { ShardEntry, ShardManifest } from './types.ts';

/** Where advisories are published: blobs under their content hash, and one row that points to the newest manifest. */
export interface PublishPorts {
  readonly blobs: Blobs;
  readonly table: Table;
}

const entrySchema = z
  .object({
    hash: z.string(),
    bytes: z.number(),
    records: z.number(),
    asOf: z.string(),
    source: z.string(),
    givenUpAt: z.string().optional(),
  })
  .transform(
    ({ givenUpAt, ...entry }): ShardEntry => ({ ...entry, ...(givenUpAt === undefined ? {} : { givenUpAt }) }),
  );

const catalogueSchema = z.object({ hash: z.string(), entries: z.number(), asOf: z.string(), source: z.string() });

const manifestSchema = z.object({
  schemaVersion: z.literal(1),
  generation: z.number().int().positive(),
  matcher: z.string(),
  builtAt: z.string(),
  shards: z.record(z.string(), entrySchema),
  previous: z.string().optional(),
  kev: catalogueSchema.optional(),
  epss: catalogueSchema.optional(),
  cves: catalogueSchema.optional(),
  endOfLife: catalogueSchema.optional(),
  withdrawn: z.object({ hash: z.string(), entries: z.number() }).optional(),
});

/** The pointer row: generation and manifest change together; the rest says what was looked at since. */
export interface Pointer {
  readonly generation: number;
  /** blob key of the manifest */
  readonly manifest: string;
  /** stamps of the sources as they were last read, by `source ecosystem` */
  readonly stamps: Readonly<Record<string, string>>;
  readonly checkedAt: string;
  /** how fresh each feed is, by ecosystem or name of the catalogue */
  readonly feeds: Readonly<Record<string, FeedFreshness>>;
}

const feedsSchema = z.record(
  z.string(),
  z
    .object({
      source: z.string(),
      okAt: z.string().optional(),
      changedAt: z.string().optional(),
      failing: z
        .object({
          since: z.string(),
          reason: z.enum(['empty', 'broken', 'smaller', 'older', 'unavailable']),
          text: z.string(),
          reasonSince: z.string(),
        })
        .optional(),
    })
    .transform(
      ({ source, okAt, changedAt, failing }): FeedFreshness => ({
        source,
        ...(okAt === undefined ? {} : { okAt }),
        ...(changedAt === undefined ? {} : { changedAt }),
        ...(failing === undefined ? {} : { failing }),
      }),
    ),
);

const manifestLimit = 64 << 20;
const shardKey = (hash: string): string => `shards/${hash}`;

/** Reads the pointer row; undefined: nothing was published yet. */
export async function readPointer(
  table: Table,
  options: { readonly consistent: boolean },
): Promise<Pointer | undefined> {
  const item = await table.get(keys.generation(), options);
  if (item === undefined) return undefined;
  const { generation, manifest, stamps, checkedAt, feeds } = item;
  if (typeof generation !== 'number' || typeof manifest !== 'string')
    throw new BrokenShard('pointer', 'the row that names the newest advisories cannot be read');
  return {
    generation,
    manifest,
    stamps: isStamps(stamps) ? stamps : {},
    checkedAt: typeof checkedAt === 'string' ? checkedAt : '',
    feeds: feedsSchema.safeParse(feeds).data ?? {},
  };
}

/** How fresh each feed is, by ecosystem or name of the catalogue; none before the first publication. */
export const readFeeds = async (table: Table): Promise<Pointer['feeds']> =>
  (await readPointer(table, { consistent: true }))?.feeds ?? {};

/** The item of a pointer. */
export const pointerItem = (pointer: Pointer): Item => ({ ...keys.generation(), ...pointer });

const isStamps = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && Object.values(value).every((stamp) => typeof stamp === 'string');

/** Keeps a manifest under its content hash and returns the blob's key. */
export async function writeManifest(blobs: Blobs, manifest: ShardManifest): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
  const key = `manifests/${manifest.generation}-${hash}`;
  await blobs.put(key, packJson(manifest));
  return key;
}

/** Reads a manifest back and checks it against the hash in its key. Throws BrokenShard. */
export async function readManifest(blobs: Blobs, key: string): Promise<ShardManifest> {
  const bytes = await blobs.get(key);
  if (bytes === undefined) throw new BrokenShard(key, 'the manifest is gone');
  const value = jsonIn(bytes, manifestLimit);
  if (
    value === undefined ||
    createHash('sha256').update(JSON.stringify(value)).digest('hex') !== key.slice(key.lastIndexOf('-') + 1)
  )
    throw new BrokenShard(key, 'the manifest is not what its hash says');
  const read = manifestSchema.safeParse(value);
  if (!read.success) throw new BrokenShard(key, 'the manifest cannot be read by this version');
  const { previous, kev, epss, cves, endOfLife, withdrawn, ...rest } = read.data;
  return {
    ...rest,
    ...(previous === undefined ? {} : { previous }),
    ...(kev === undefined ? {} : { kev }),
    ...(epss === undefined ? {} : { epss }),
    ...(cves === undefined ? {} : { cves }),
    ...(endOfLife === undefined ? {} : { endOfLife }),
    ...(withdrawn === undefined ? {} : { withdrawn }),
  };
}

/** Keeps a shard under its hash. It is written though the same may be there: an old one that nothing names may be taken away at any time. */
export async function writeShard(blobs: Blobs, shard: BuiltShard): Promise<void> {
  await blobs.put(shardKey(shard.hash), shard.bytes);
}

/** Reads a shard and checks its hash; undefined when it is gone. Throws BrokenShard when its bytes are others. */
export async function readShard(blobs: Blobs, hash: string): Promise<OpenedShard | undefined> {
  const bytes = await blobs.get(shardKey(hash));
  return bytes === undefined ? undefined : openShard(bytes, hash);
}

/** Takes a shard out of one machine's cache; what a store keeps is the sweep's to collect. */
export const forgetShard = (blobs: Blobs, hash: string): Promise<void> => blobs.delete(shardKey(hash));

/** What a manifest names besides shards: the members of it, which are the folders of their blobs too. */
const catalogueKinds = ['kev', 'epss', 'cves', 'endOfLife', 'withdrawn'] as const;

/** Whether a blob is of the kinds that are published. */
export const isPublishedKind = (key: string): boolean =>
  ['shards', 'manifests', ...catalogueKinds].some((kind) => key.startsWith(`${kind}/`));

/**
 * Every blob that belongs to the newest publication, or to the one up to which changes were told; undefined before the first one. What a later publication
 * names is among these or written anew.
 */
export async function publishedBlobs(ports: PublishPorts): Promise<ReadonlySet<string> | undefined> {
  const pointer = await readPointer(ports.table, { consistent: true });
  if (pointer === undefined) return undefined;
  const named = new Set<string>();
  const told = Number((await ports.table.get(keys.toldGeneration(), { consistent: true }))?.generation ?? 0);
  for (let key: string | undefined = pointer.manifest; key !== undefined; ) {
    named.add(key);
    const manifest: ShardManifest | undefined = await readManifest(ports.blobs, key).catch((error: unknown) => {
      if (error instanceof BrokenShard && key !== pointer.manifest) return undefined;
      throw error;
    });
    if (manifest === undefined) break;
    for (const { hash } of Object.values(manifest.shards)) named.add(shardKey(hash));
    for (const kind of catalogueKinds) {
      const entry = manifest[kind];
      if (entry !== undefined) named.add(`${kind}/${entry.hash}`);
    }
    key = manifest.generation > told ? manifest.previous : undefined;
  }
  return named;
}
