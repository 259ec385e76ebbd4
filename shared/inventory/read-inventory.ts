import type { Descriptor, Image, ImageSource } from '#shared/oci';
import { extractorsVersionOf } from './extractors-version.ts';
import type { HashedExecutables } from './hashed-executables.ts';
import { ImageLayers } from './image-layers.ts';
import type { FactsStore } from './layer-facts.ts';
import { defaultLimits, type ReadLimits } from './limits.ts';
import { inventoryOfLayers } from './merge-layers.ts';
import { readProvenance } from './provenance.ts';
import type { Inventory } from './types.ts';
import { unreadInventory } from './unread-inventory.ts';

/** How far reading an image has come. */
export interface ReadProgress {
  /** compressed bytes of layers that came so far */
  readonly bytesFetched: number;
  /** compressed bytes that have to come; known layers do not count */
  readonly bytesToFetch: number;
  readonly layersRead: number;
  readonly layersReused: number;
  readonly layers: number;
}

/** What reading an image needs. */
export interface ReadInventoryInput {
  readonly image: Image;
  readonly source: ImageSource;
  /** attestations of the image that its index lists */
  readonly attestations?: readonly Descriptor[] | undefined;
  /** facts of layers that were read before; without it every layer is read */
  readonly facts?: FactsStore;
  readonly limits?: Partial<ReadLimits>;
  /** default: all */
  readonly hashed?: HashedExecutables;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
  /** called for each of the two that read layers at once, as soon as nothing is left for it to read */
  readonly onNothingLeft?: () => void;
}

/** An inventory, and what it took. */
export interface ReadInventory {
  readonly inventory: Inventory;
  /** compressed bytes of layers that came from the source */
  readonly bytesFetched: number;
  readonly layersRead: number;
  readonly layersReused: number;
}

/**
 * Reads an image into its inventory: layers that are known are taken from `facts`, the others are read, largest first, two at once, and kept.
 * Facts are known by the digest of the layer's own bytes; what the config claims of its layers changes nothing (design decision 5).
 *
 * Without the hashes of all executables the same is known of them otherwise: where only hashes tell whether a layer wrote again what was there (chmod -R), the layers
 * concerned are read once more.
 *
 * Throws what the source, `readLayer` and the store throw; layers read until then are kept.
 */
export async function readInventory(input: ReadInventoryInput): Promise<ReadInventory> {
  const { image, hashed = 'all' } = input;
  if (isWindows(image)) return { inventory: unsupported(input), bytesFetched: 0, layersRead: 0, layersReused: 0 };
  const limits = { ...defaultLimits, ...input.limits };
  const layers = new ImageLayers(input, limits);
  try {
    let laid = await layers.learn(image.manifest.layers, hashed);
    const { inDoubt } = laid.merged;
    if (inDoubt.size > 0) laid = await layers.learn(layers.with(inDoubt), 'all');
    const provenance = await readProvenance(image, input.source, input.attestations);
    const inventory = {
      ...inventoryOfLayers(laid),
      extractors: extractorsVersionOf(limits, hashed),
      ...(provenance === undefined ? {} : { provenance }),
    };
    // the store takes its time, which is not waited for until here
    await layers.kept();
    return { inventory, ...layers.cost };
  } catch (error) {
    // what is wrong with the image goes before what is wrong with the store
    await layers.kept().catch(() => {});
    throw error;
  }
}

function isWindows({ config, platform }: Image): boolean {
  return config.os.toLowerCase() === 'windows' || platform.os.toLowerCase() === 'windows';
}

function unsupported({ image, limits }: ReadInventoryInput): Inventory {
  return unreadInventory(
    { digest: image.digest, config: image.config, layers: image.manifest.layers },
    { code: 'unsupported-image', text: 'a Windows image; Drydock reads Linux images' },
    { ...defaultLimits, ...limits },
  );
}
