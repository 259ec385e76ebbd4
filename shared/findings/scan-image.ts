import type { AdvisoryBook } from '#shared/advisories';
import { type Inventory, packageSets, readAttachedSbom, readInventory, unreadInventory } from '#shared/inventory';
import {
  type Descriptor,
  type Digest,
  type Image,
  type ImageReference,
  type ImageSource,
  isDamage,
  NotFound,
  type OciError,
  type Platform,
  readImages,
  type SetAside,
  type UnreadableImage,
} from '#shared/oci';
import { type Blobs, type Key, keys, packJson, StoreError, type Table } from '#shared/store';
import type { VexStatement } from '#shared/vex';
import { readAttachedVex } from './attached-vex.ts';
import { layerFactsStore } from './facts-store.ts';
import { readImageHead, writeImageHead } from './image-head.ts';
import { judgeKeys } from './judge-keys.ts';
import { noiseOf } from './noise.ts';
import { writePackageSets } from './package-sets.ts';
import type { ImageHead } from './types.ts';
import { keepUse } from './use-of-packages.ts';

/** What reading and judging an image needs from outside. */
export interface ScanPorts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly book: AdvisoryBook;
  /** opens the registry that holds an image */
  readonly open: (reference: ImageReference) => Promise<ImageSource>;
  readonly now: () => Date;
  /** whether the SBOM that is attached to images of a repository is believed instead of reading their layers; absent: never */
  readonly trustsSbom?: (reference: ImageReference) => Promise<boolean>;
  /** whether VEX documents attached to images of a repository are believed; absent: never */
  readonly trustsVex?: (reference: ImageReference) => Promise<boolean>;
}

/** One platform image that was read and judged, as the event and the story tell it. */
export interface ScannedImage {
  /** says in its coverage if the image is damaged; others of its index are read all the same */
  readonly head: ImageHead;
  readonly inventory: Inventory;
  /** compressed bytes that came over the wire for layers */
  readonly bytesFetched: number;
  readonly layersRead: number;
  readonly layersReused: number;
}

/** What one reference came to. */
export interface ScanResult {
  /** the root digest: the index when there is one */
  readonly root: Digest;
  readonly images: readonly ScannedImage[];
  /** what the index lists and the registry does not have: nothing can run it from there, and it is no part of what the index is worth */
  readonly absent: readonly UnreadableImage[];
  readonly setAside: readonly SetAside[];
}

/**
 * Reads the image that `reference` names, keeps its inventory, package sets and judgements, and writes its head last. Safe to
 * repeat, to run twice at once, and to be cut anywhere: readers see the head only when everything below it is there.
 * `pushedAt` (ISO) is when its registry says that it was pushed. A damaged image of an index gets a head that says so. Throws what shared/oci and
 * shared/inventory throw (NotAnImage, DigestMismatch, NotFound …) when nothing can be read; nothing is believed then.
 */
export async function scanImage(
  ports: ScanPorts,
  reference: ImageReference,
  options: { readonly pushedAt?: string } = {},
): Promise<ScanResult> {
  const readAt = ports.now().toISOString();
  const source = await ports.open(reference);
  try {
    const { root, images, unreadable, setAside, attestations } = await readImages(source);
    const absent = unreadable.filter((each) => each.absent);
    const damaged: Damaged[] = unreadable.filter((each) => !each.absent);
    const scanned: ScannedImage[] = [];
    const trusted = (await ports.trustsSbom?.(reference)) === true;
    const believed = (await ports.trustsVex?.(reference)) === true;
    for (const image of images) {
      try {
        scanned.push(
          await keepImage(ports, image, source, {
            readAt,
            trusted,
            believed,
            attestations: attestations.get(image.digest),
          }),
        );
      } catch (error) {
        if (!isDamage(error)) throw error;
        damaged.push({ digest: image.digest, platform: image.platform, image, error });
      }
    }
    const [first] = damaged;
    if (scanned.length === 0 && first !== undefined) throw first.error;
    for (const each of damaged) scanned.push(await keepDamaged(ports, each, readAt));
    await keepPlace(
      ports.table,
      (await meansIt(ports, reference, root.digest)) ? reference : withoutTag(reference),
      root.digest,
      { images: scanned.map((each) => each.head.digest), absent: absent.map((each) => each.digest) },
      { readAt, pushedAt: options.pushedAt ?? readAt },
    );
    return { root: root.digest, images: scanned, absent, setAside };
  } finally {
    await source.close();
  }
}

async function keepImage(
  ports: ScanPorts,
  image: Image,
  source: ImageSource,
  {
    readAt,
    trusted,
    believed,
    attestations,
  }: {
    readonly readAt: string;
    readonly trusted: boolean;
    /** whether VEX attached to it counts */
    readonly believed: boolean;
    readonly attestations: readonly Descriptor[] | undefined;
  },
): Promise<ScannedImage> {
  const billed = trusted ? await readAttachedSbom(image, source) : undefined;
  const read =
    billed === undefined
      ? await readInventory({
          image,
          source,
          attestations,
          facts: layerFactsStore(ports.table, ports.blobs, ports.now),
        })
      : { inventory: billed, bytesFetched: 0, layersRead: 0, layersReused: 0 };
  const blob = `inventories/${image.digest.replace(':', '/')}`;
  const vex = believed ? await keepAttachedVex(ports.blobs, await readAttachedVex(image, source), blob) : undefined;
  const head = await keepInventory(ports, read.inventory, blob, {
    ...(vex === undefined ? {} : { vex }),
    readAt,
    platform: platformText(image.platform),
    bytes: image.manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
    ...(image.config.created === undefined ? {} : { created: image.config.created }),
  });
  return { head, ...read };
}

/** What an attached document says, beside the inventory. */
async function keepAttachedVex(
  blobs: Blobs,
  statements: readonly VexStatement[],
  beside: string,
): Promise<string | undefined> {
  if (statements.length === 0) return undefined;
  const blob = `${beside}-vex`;
  await blobs.put(blob, packJson(statements));
  return blob;
}

/** An image of an index that is damaged: in its manifest or config, or in a layer when there is an `image`. */
interface Damaged {
  readonly digest: Digest;
  readonly platform?: Platform;
  readonly image?: Image;
  readonly error: OciError;
}

/** A head that says that the image cannot be read: whoever runs the index may run just this one. It never replaces what could be read. */
async function keepDamaged(
  ports: ScanPorts,
  { digest, platform, image, error }: Damaged,
  readAt: string,
): Promise<ScannedImage> {
  const layers = image?.manifest.layers ?? [];
  const inventory = unreadInventory(
    { digest, layers, ...(image === undefined ? {} : { config: image.config }) },
    { code: 'unreadable-image', text: error.message },
  );
  // its own place: the inventory of an earlier, good read stays
  const head = await keepInventory(ports, inventory, `inventories/unreadable/${digest.replace(':', '/')}`, {
    readAt,
    platform: platform === undefined ? 'unknown' : platformText(platform),
    bytes: layers.reduce((sum, layer) => sum + layer.size, 0),
  });
  return { head, inventory, bytesFetched: 0, layersRead: 0, layersReused: 0 };
}

const platformText = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, variant].filter(Boolean).join('/');

/** Blobs, then children, then judgements, then the head: the order of writing that readers rely on. */
async function keepInventory(
  ports: ScanPorts,
  inventory: Inventory,
  blob: string,
  facts: Pick<ImageHead, 'readAt' | 'platform' | 'bytes' | 'created' | 'vex'>,
): Promise<ImageHead> {
  const digest = inventory.image;
  await ports.blobs.put(blob, packJson(inventory));
  const hidden = await keepHidden(ports.blobs, inventory, blob);
  const inUse = await keepUse(ports.blobs, inventory, blob);
  const sets = packageSets(inventory);
  await writePackageSets(ports.table, ports.blobs, sets, digest, ports.now());
  await judgeKeys(
    ports,
    sets.flatMap((set) => set.keys),
  );
  return writeImageHead(ports.table, {
    digest,
    sets: sets.map((set) => set.id),
    coverage: inventory.coverage,
    ...(inventory.distribution === undefined ? {} : { distribution: inventory.distribution }),
    inventory: blob,
    ...(hidden === undefined ? {} : { hidden }),
    ...(inUse === undefined ? {} : { inUse }),
    extractors: inventory.extractors,
    packages: inventory.packages.length,
    layers: inventory.layers.map((layer) => layer.digest),
    diffIds: inventory.config.diffIds,
    ...facts,
  });
}

/** What is noise lies beside the inventory: reading findings needs no more of it than this. */
async function keepHidden(blobs: Blobs, inventory: Inventory, beside: string): Promise<string | undefined> {
  const noise = noiseOf(inventory);
  if (noise === undefined) return undefined;
  const blob = `${beside}-hidden`;
  await blobs.put(blob, packJson(noise));
  return blob;
}

/**
 * Whether the tag of a reference means what was read. A push event names tag and digest, and may come late or twice, when the tag has moved on: what the
 * registry says now counts, and the event of the later push brings the rest.
 */
async function meansIt(ports: ScanPorts, reference: ImageReference, root: Digest): Promise<boolean> {
  if (reference.tag === undefined || reference.digest === undefined) return true;
  const { digest: _, ...byTag } = reference;
  const source = await ports.open(byTag);
  try {
    return (await source.root()).descriptor.digest === root;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  } finally {
    await source.close();
  }
}

const withoutTag = ({ tag: _, ...reference }: ImageReference): ImageReference => reference;

/** Where the image lies: repository, tag and index edges. A tag is ordered by when its read began. What is absent is of its index when it comes. */
async function keepPlace(
  table: Table,
  reference: ImageReference,
  root: Digest,
  { images, absent }: { readonly images: readonly Digest[]; readonly absent: readonly Digest[] },
  { readAt, pushedAt }: { readonly readAt: string; readonly pushedAt: string },
): Promise<void> {
  const { registry, repository, tag } = reference;
  const edges = [...images, ...absent]
    .filter((digest) => digest !== root)
    .flatMap((child) => [
      { ...keys.indexChild(root, child), child, readAt },
      { ...keys.childIndex(child, root), index: root, readAt },
    ]);
  const all = [...new Set([root, ...images])];
  const places = all.map((digest) => ({
    ...keys.imageRepository(digest, registry, repository),
    registry,
    repository,
    readAt,
  }));
  const known = { ...keys.knownRepository(registry, repository), registry, repository };
  await table.batchWrite([...edges, ...places, known]);
  for (const digest of all)
    await keepPushed(table, keys.repositoryImage(registry, repository, digest), digest, { readAt, pushedAt });
  if (tag === undefined) return;
  await table.put(
    { ...keys.repositoryTag(registry, repository, tag), tag, digest: root, readAt },
    { olderThan: { attribute: 'readAt', than: readAt } },
  );
}

/**
 * Since when an image lies in a repository: the earliest time that anything has said. Which of two images is the newer must not depend on which of them was
 * read again last. Every read writes it, so that whoever means to take it away by what it said before is refused; that it was told is to be said anew.
 */
async function keepPushed(
  table: Table,
  key: Key,
  digest: Digest,
  { readAt, pushedAt }: { readonly readAt: string; readonly pushedAt: string },
): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const known = await table.get(key, { consistent: true });
    const since = typeof known?.pushedAt === 'string' && known.pushedAt < pushedAt ? known.pushedAt : pushedAt;
    const before = known?.readAt;
    // a read that began later has said all of this, but for an earlier time
    const read = typeof before === 'string' && before > readAt ? before : readAt;
    const condition =
      known === undefined
        ? ({ absent: true } as const)
        : typeof before === 'string'
          ? ({ equals: { attribute: 'readAt', value: before } } as const)
          : undefined;
    if ((await table.put({ ...key, digest, pushedAt: since, readAt: read }, condition)) === 'written') return;
  }
  throw new StoreError('unavailable', `the place of ${digest}`, 'it is being rewritten all the time; try again');
}

/** True when the image was read by the extractors of today; then a repeated push needs no second read. */
export async function isRead(table: Table, digest: Digest, extractors: string): Promise<boolean> {
  const head = await readImageHead(table, digest, { consistent: true });
  return head?.extractors === extractors;
}
