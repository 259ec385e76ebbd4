import type { Digest, Image } from '#shared/oci';
import { LayersMissing } from './errors.ts';
import type { LayerFacts } from './layer-facts.ts';
import { MergedFiles } from './merged-files.ts';

/**
 * The layers of an image laid on each other while they come, in whatever order: each as soon as all below it are there. While others are still being read
 * that costs nothing; at the end everything would wait for it.
 */
export class LaidLayers {
  readonly image: Image;
  readonly merged = new MergedFiles();
  readonly #known = new Map<Digest, LayerFacts>();
  readonly #laid: LayerFacts[] = [];

  constructor(image: Image) {
    this.image = image;
  }

  /** Takes the facts of a layer; they hold wherever the manifest names it. */
  take(facts: LayerFacts): void {
    this.#known.set(facts.blob, facts);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.merged.add(next, this.#laid.length);
      this.#laid.push(next);
    }
  }

  /** The facts of all layers of the manifest, base first. Throws LayersMissing. */
  facts(): readonly LayerFacts[] {
    const { digest, manifest } = this.image;
    const [laid, layers] = [this.#laid.length, manifest.layers.length];
    if (laid < layers) throw new LayersMissing(digest, `facts of ${laid} of ${layers} layers`);
    return this.#laid;
  }

  #next(): LayerFacts | undefined {
    const layer = this.image.manifest.layers[this.#laid.length];
    return layer === undefined ? undefined : this.#known.get(layer.digest);
  }
}
