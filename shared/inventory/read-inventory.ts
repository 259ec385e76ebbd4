import { type Descriptor, type Digest, type Image, type ImageSource, isForeignLayer, NotFound } from '#shared/oci';
import { FactsCorrupt } from './errors.ts';
import { extractorsVersionOf } from './extractors-version.ts';
import type { FactsStore, LayerFacts } from './layer-facts.ts';
import { LayerRecorder } from './layer-recorder.ts';
import { defaultLimits, type ReadLimits } from './limits.ts';
import { mergeLayers } from './merge-layers.ts';
import { readProvenance } from './provenance.ts';
import { readLayer } from './read-layer.ts';
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
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
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
 * Throws what the source, `readLayer` and the store throw; layers read until then are kept.
 */
export async function readInventory(input: ReadInventoryInput): Promise<ReadInventory> {
  const { image, signal } = input;
  if (isWindows(image)) return { inventory: unsupported(input), bytesFetched: 0, layersRead: 0, layersReused: 0 };
  const limits = { ...defaultLimits, ...input.limits };
  const wanted = new Map<Digest, Descriptor>(image.manifest.layers.map((layer) => [layer.digest, layer]));
  const known = await knownFacts(input, [...wanted.keys()], extractorsVersionOf(limits));
  const missing = [...wanted.values()].filter(({ digest }) => !known.has(digest)).sort((a, b) => b.size - a.size);

  const progress = {
    bytesFetched: 0,
    bytesToFetch: missing.reduce((sum, { size }) => sum + size, 0),
    layersRead: 0,
    layersReused: known.size,
    layers: wanted.size,
  };
  const tell = (): void => input.onProgress?.({ ...progress });
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const next = async (): Promise<void> => {
    for (let layer = missing.shift(); layer !== undefined; layer = missing.shift()) {
      either.throwIfAborted();
      const { source } = input;
      const found = source.found?.(layer, { signal: either }) ?? source.blob(layer, { signal: either });
      const blob = await found.catch((error: unknown) => {
        if (error instanceof NotFound && isForeignLayer(layer.mediaType)) return undefined;
        throw error;
      });
      if (blob === undefined) {
        // not kept: the registry may get it tomorrow
        known.set(layer.digest, foreignLayer(layer, limits));
        continue;
      }
      const facts = await readLayer(blob, layer, limits, {
        source: source.description,
        signal: either,
        onBytes: (bytes) => {
          progress.bytesFetched += bytes;
          tell();
        },
      });
      known.set(layer.digest, facts);
      await input.facts?.put(facts);
      progress.layersRead += 1;
      tell();
    }
  };
  await bothOrNeither([next(), next()], stop);
  const facts = image.manifest.layers.flatMap(({ digest }) => known.get(digest) ?? []);
  const { bytesFetched, layersRead, layersReused } = progress;
  const provenance = await readProvenance(image, input.source, input.attestations);
  return {
    inventory: {
      ...mergeLayers({ image, facts }),
      extractors: extractorsVersionOf(limits),
      ...(provenance === undefined ? {} : { provenance }),
    },
    bytesFetched,
    layersRead,
    layersReused,
  };
}

/**
 * A layer that lies outside of its registry, by its media type ("foreign", "non-distributable"). The addresses that the manifest names for it are not asked: whoever makes an
 * image could name any. What it holds is not known, and said so.
 */
function foreignLayer({ digest, size }: Descriptor, limits: ReadLimits): LayerFacts {
  const text = `layer ${digest} is kept outside of the registry (a foreign layer) and is not read: what it holds is not known`;
  return {
    ...new LayerRecorder(digest, limits).facts({
      blob: digest,
      size,
      unpackedSize: 0,
      extractors: extractorsVersionOf(limits),
    }),
    state: 'partial',
    reasons: [{ code: 'unsupported-evidence', text }],
  };
}

/** The first failure stops the other reader, and is the one that is told. */
async function bothOrNeither(readers: readonly Promise<void>[], stop: AbortController): Promise<void> {
  let first: { readonly error: unknown } | undefined;
  await Promise.all(
    readers.map((reader) =>
      reader.catch((error: unknown) => {
        first ??= { error };
        stop.abort(error);
      }),
    ),
  );
  if (first !== undefined) throw first.error;
}

async function knownFacts(
  { facts: store }: ReadInventoryInput,
  digests: readonly Digest[],
  extractors: string,
): Promise<Map<Digest, LayerFacts>> {
  const known = new Map<Digest, LayerFacts>();
  if (store === undefined) return known;
  await Promise.all(
    digests.map(async (digest) => {
      const facts = await store.get(digest, extractors).catch((error: unknown) => {
        if (error instanceof FactsCorrupt) return undefined;
        throw error;
      });
      if (facts?.blob === digest && facts.extractors === extractors) known.set(digest, facts);
    }),
  );
  return known;
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
