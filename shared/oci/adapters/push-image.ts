import { NotFound } from '../errors.ts';
import { parseManifest } from '../manifest.ts';
import { isForeignLayer } from '../media-types.ts';
import type { Descriptor, Digest, ImageReference, ImageSource } from '../types.ts';
import { RegistryClient } from './registry-client.ts';
import type { RegistryOptions } from './registry-transport.ts';

const AT_ONCE = 3;
const DEEPEST_INDEX = 8;

/** What a push did. */
export interface PushResult {
  readonly digest: Digest;
  /** bytes of blobs and manifests that were sent */
  readonly pushedBytes: number;
  /** bytes of blobs that were there already, or were mounted from another repository */
  readonly reusedBytes: number;
}

/** How an image is pushed. */
export interface PushOptions extends RegistryOptions {
  /** a repository of the target's registry that probably has the layers */
  readonly mountFrom?: string;
  /** called after each blob, for progress */
  readonly onBlob?: (descriptor: Descriptor, outcome: 'there' | 'mounted' | 'pushed') => void;
}

/**
 * Copies an image, or a whole index with everything in it, from any source to a registry. Blobs are verified on their
 * way; what is there is not sent again; a manifest is put after all that it refers to, and the root last, under the
 * target's tag (or its digest). Throws what the source and the registry throw; nothing is tagged then.
 */
export async function pushImage(
  source: ImageSource,
  target: ImageReference,
  options: PushOptions = {},
): Promise<PushResult> {
  const client = new RegistryClient(target, options);
  try {
    const push = new Push(source, client, { ...mountOf(source, target), ...options });
    const root = await source.root();
    await push.image(root.descriptor, root.bytes, 0, target.tag ?? root.descriptor.digest);
    return { digest: root.descriptor.digest, pushedBytes: push.pushedBytes, reusedBytes: push.reusedBytes };
  } finally {
    client.close();
  }
}

class Push {
  pushedBytes = 0;
  reusedBytes = 0;
  readonly #source: ImageSource;
  readonly #client: RegistryClient;
  readonly #options: PushOptions;
  readonly #done = new Set<Digest>();

  constructor(source: ImageSource, client: RegistryClient, options: PushOptions) {
    this.#source = source;
    this.#client = client;
    this.#options = options;
  }

  async image(descriptor: Descriptor, bytes: Buffer, depth: number, reference: string): Promise<void> {
    const parsed = parseManifest(bytes, descriptor.mediaType, `${this.#source.description}, ${descriptor.digest}`);
    if (parsed.kind === 'image') {
      await this.#blobs([parsed.manifest.config, ...parsed.manifest.layers]);
    } else if (depth < DEEPEST_INDEX) {
      for (const child of parsed.index.manifests) await this.#child(child, depth + 1);
    }
    const mediaType = descriptor.mediaType === '' ? mediaTypeOf(parsed) : descriptor.mediaType;
    await this.#client.putManifest(reference, mediaType, bytes, this.#options.signal);
    this.pushedBytes += bytes.length;
  }

  async #child(child: Descriptor, depth: number): Promise<void> {
    if (this.#done.has(child.digest)) return;
    this.#done.add(child.digest);
    if (await this.#client.hasManifest(child.digest)) {
      this.reusedBytes += child.size;
      return;
    }
    await this.image(child, await this.#source.manifest(child), depth, child.digest);
  }

  async #blobs(blobs: readonly Descriptor[]): Promise<void> {
    const queue = blobs.filter((blob) => {
      const fresh = !this.#done.has(blob.digest);
      this.#done.add(blob.digest);
      return fresh;
    });
    const worker = async () => {
      for (let blob = queue.shift(); blob !== undefined; blob = queue.shift()) await this.#blob(blob);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async #blob(blob: Descriptor): Promise<void> {
    const { signal, mountFrom } = this.#options;
    const given = signal === undefined ? {} : { signal };
    try {
      const outcome = await this.#client.pushBlob(blob, () => this.#source.blob(blob, given), {
        ...given,
        ...(mountFrom === undefined ? {} : { mountFrom }),
      });
      if (outcome === 'pushed') this.pushedBytes += blob.size;
      else this.reusedBytes += blob.size;
      this.#options.onBlob?.(blob, outcome);
    } catch (error) {
      // foreign layers lie elsewhere by design, and a registry does not ask for them
      if (!(error instanceof NotFound && isForeignLayer(blob.mediaType))) throw error;
    }
  }
}

function mediaTypeOf(parsed: ReturnType<typeof parseManifest>): string {
  return parsed.kind === 'image' ? parsed.manifest.mediaType : parsed.index.mediaType;
}

/** A source in the target's own registry is where its layers can be mounted from. */
function mountOf(source: ImageSource, target: ImageReference): { readonly mountFrom?: string } {
  const from = (source as Partial<{ reference: ImageReference }>).reference;
  return from?.registry === target.registry ? { mountFrom: from.repository } : {};
}
