import { readAttachedSbom, readInventory, unreadInventory } from '#shared/inventory';
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
} from '#shared/oci';
import type { Table } from '#shared/store';
import { notAfter } from '#shared/vex';
import { readAttachedVex } from './attached-vex.ts';
import { layerFactsStore } from './facts-store.ts';
import { readImageHead } from './image-head.ts';
import { keepAttachedVex, keepInventory } from './keep-inventory.ts';
import { keepPlace } from './keep-place.ts';
import type { ScannedImage, ScanPorts, ScanResult } from './scan-types.ts';

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
            root: root.digest,
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
    root,
    trusted,
    believed,
    attestations,
  }: {
    /** of the index when there is one */
    readonly root: Digest;
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
  const vex = believed
    ? await keepAttachedVex(ports.blobs, notAfter(await readAttachedVex([image.digest, root], source), readAt), blob)
    : undefined;
  const head = await keepInventory(ports, read.inventory, blob, {
    ...(vex === undefined ? {} : { vex }),
    readAt,
    platform: platformText(image.platform),
    bytes: image.manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
    ...(image.config.created === undefined ? {} : { created: image.config.created }),
  });
  return { head, ...read };
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

/** True when the image was read by the extractors of today; then a repeated push needs no second read. */
export async function isRead(table: Table, digest: Digest, extractors: string): Promise<boolean> {
  const head = await readImageHead(table, digest, { consistent: true });
  return head?.extractors === extractors;
}
