import { BadTar, type Descriptor, type Digest, isEncryptedLayer, isForeignLayer, NotFound } from '#shared/oci';
import { FactsCorrupt } from './errors.ts';
import { extractorsVersionOf } from './extractors-version.ts';
import type { HashedExecutables } from './hashed-executables.ts';
import { JoinedWork } from './joined-work.ts';
import { LaidLayers } from './laid-layers.ts';
import type { ExecutableFact, LayerFacts } from './layer-facts.ts';
import { LayerRecorder } from './layer-recorder.ts';
import type { ReadLimits } from './limits.ts';
import { linkedNames } from './linked-names.ts';
import type { ReadInventory, ReadInventoryInput } from './read-inventory.ts';
import { type ReadLayerOptions, readLayer } from './read-layer.ts';

type PassOptions = ReadLayerOptions & { readonly signal: AbortSignal };

/** The layers of one image: what is known of them, and what has to be read for that. */
export class ImageLayers {
  readonly #input: ReadInventoryInput;
  readonly #limits: ReadLimits;
  readonly #known = new Map<Digest, LayerFacts>();
  #laid: LaidLayers;
  readonly #keeping: JoinedWork;
  /** layers of the image, each once */
  readonly #layers: number;
  readonly #reused = new Set<Digest>();
  #bytesFetched = 0;
  #bytesToFetch = 0;
  #layersRead = 0;

  constructor(input: ReadInventoryInput, limits: ReadLimits) {
    this.#input = input;
    this.#limits = limits;
    this.#laid = new LaidLayers(input.image);
    this.#layers = new Set(input.image.manifest.layers.map(({ digest }) => digest)).size;
    this.#keeping = new JoinedWork(input.signal);
  }

  /** The layers that one of these executables is from. */
  with(executables: ReadonlySet<ExecutableFact>): Descriptor[] {
    return this.#input.image.manifest.layers.filter(({ digest }) =>
      this.#known.get(digest)?.executables.some((each) => executables.has(each)),
    );
  }

  /** What it took so far. */
  get cost(): Pick<ReadInventory, 'bytesFetched' | 'layersRead' | 'layersReused'> {
    return { bytesFetched: this.#bytesFetched, layersRead: this.#layersRead, layersReused: this.#reused.size };
  }

  /**
   * Learns what layers hold, with these hashes at least: from the store, or by reading them, largest first, two at once. Gives all layers that are known by then. Throws what
   * the source, `readLayer` and the store throw. What was read until then is being kept, see `kept`.
   */
  async learn(layers: readonly Descriptor[], hashed: HashedExecutables): Promise<LaidLayers> {
    const wanted = [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
    for (const { digest } of wanted) this.#known.delete(digest);
    this.#laid = new LaidLayers(this.#input.image);
    for (const facts of this.#known.values()) this.#laid.take(facts);
    const missing: Descriptor[] = [];
    await Promise.all(wanted.map(async (layer) => (await this.#remember(layer, hashed)) || missing.push(layer)));
    missing.sort((a, b) => b.size - a.size || (a.digest < b.digest ? -1 : 1));
    this.#bytesToFetch += missing.reduce((sum, { size }) => sum + size, 0);
    const reading = new JoinedWork(this.#keeping.signal);
    const next = async (besides: number): Promise<void> => {
      for (let layer = missing.shift(); layer !== undefined; layer = missing.shift()) {
        reading.signal.throwIfAborted();
        await this.#read(layer, { hashed, signal: reading.signal, besides });
      }
      this.#input.onNothingLeft?.();
    };
    reading.add(next(0));
    reading.add(next(1));
    await reading.end();
    return this.#laid;
  }

  /** Waits until the store has what was read. Throws what the store throws. */
  kept(): Promise<void> {
    return this.#keeping.end();
  }

  #know(facts: LayerFacts): void {
    this.#known.set(facts.blob, facts);
    this.#laid.take(facts);
  }

  /** Whether the store knows the layer; facts with all hashes do for everybody. */
  async #remember({ digest }: Descriptor, hashed: HashedExecutables): Promise<boolean> {
    for (const each of new Set<HashedExecutables>(['all', hashed])) {
      const extractors = extractorsVersionOf(this.#limits, each);
      const facts = await this.#input.facts?.get(digest, extractors).catch((error: unknown) => {
        if (error instanceof FactsCorrupt) return undefined;
        throw error;
      });
      if (facts?.blob !== digest || facts.extractors !== extractors) continue;
      this.#know(facts);
      this.#reused.add(digest);
      return true;
    }
    return false;
  }

  async #read(layer: Descriptor, options: PassOptions): Promise<void> {
    const { facts: store } = this.#input;
    const first = await this.#pass(layer, options);
    if (typeof first === 'string') {
      // not kept: the registry may get it tomorrow
      this.#know(unreadLayer(layer, this.#limits, first));
      return;
    }
    const facts = await this.#underOtherNames(first, layer, options);
    this.#know(facts);
    if (store !== undefined) this.#keeping.add(store.put(facts));
    this.#layersRead += 1;
    // it was known with fewer hashes
    this.#reused.delete(layer.digest);
    this.#tell();
  }

  /** What is evidence by the name of a hard link alone is read by reading its layer once more; few layers have such links. */
  async #underOtherNames(first: LayerFacts, layer: Descriptor, options: PassOptions): Promise<LayerFacts> {
    const linked = linkedNames(first);
    if (linked.size === 0) return first;
    this.#bytesToFetch += layer.size;
    const second = await this.#pass(layer, { ...options, linked });
    return typeof second === 'string' ? first : second;
  }

  /** Reads a layer, or says why it cannot be. */
  async #pass(layer: Descriptor, options: PassOptions): Promise<LayerFacts | string> {
    const { source } = this.#input;
    const { signal } = options;
    const found = source.found?.(layer, { signal }) ?? source.blob(layer, { signal });
    const blob = await found.catch((error: unknown) => {
      if (error instanceof NotFound && isForeignLayer(layer.mediaType)) return undefined;
      throw error;
    });
    if (blob === undefined) return 'is kept outside of the registry (a foreign layer)';
    try {
      return await readLayer(blob, layer, this.#limits, {
        ...options,
        source: source.description,
        onBytes: (bytes) => {
          this.#bytesFetched += bytes;
          this.#tell();
        },
      });
    } catch (error) {
      // a layer that only says so and can be read is read: runtimes do it too
      if (error instanceof BadTar && isEncryptedLayer(layer.mediaType)) return 'is encrypted';
      throw error;
    }
  }

  #tell(): void {
    this.#input.onProgress?.({
      ...this.cost,
      bytesToFetch: this.#bytesToFetch,
      layers: this.#layers,
    });
  }
}

/**
 * A layer of which nothing can be known but why: it is encrypted, or it lies outside of its registry by its media type ("foreign", "non-distributable"). The addresses that the
 * manifest names for it are not asked: whoever makes an image could name any. What it holds is not known, and said so.
 */
function unreadLayer({ digest, size }: Descriptor, limits: ReadLimits, why: string): LayerFacts {
  const text = `layer ${digest} ${why} and is not read: what it holds is not known`;
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
