import { NotFound } from '../errors.ts';
import { formatReference } from '../reference.ts';
import type { Descriptor, Digest, ImageReference, ImageSource } from '../types.ts';
import { RegistryClient } from './registry-client.ts';
import type { RegistryOptions } from './registry-transport.ts';

/** An image in a registry. Its tag is resolved once, at the first `root()`; what follows is by digest. */
export interface RegistrySource extends ImageSource {
  readonly reference: ImageReference;
  referrers(digest: Digest, artifactType: string): Promise<readonly Descriptor[]>;
}

/** Opens an image in a registry. Nothing is asked before `root()`. */
export function openRegistry(reference: ImageReference, options: RegistryOptions = {}): RegistrySource {
  const client = new RegistryClient(reference, options);
  let root: Promise<{ descriptor: Descriptor; bytes: Buffer }> | undefined;
  return {
    reference,
    description: formatReference(reference),
    root() {
      root ??= client.manifest(reference.digest ?? reference.tag ?? 'latest').catch((error: unknown) => {
        // a failure is not remembered: the caller may come again later
        root = undefined;
        throw error;
      });
      return root;
    },
    referrers: (digest, artifactType) => client.referrers(digest, artifactType),
    tagged: (tag) =>
      client.manifest(tag).catch((error: unknown) => {
        if (error instanceof NotFound) return undefined;
        throw error;
      }),
    manifest: (descriptor) => client.manifestOf(descriptor),
    blob: (descriptor, blobOptions) => client.blob(descriptor, blobOptions?.signal ?? options.signal),
    found: (descriptor, blobOptions) => client.foundBlob(descriptor, blobOptions?.signal ?? options.signal),
    async close() {
      client.close();
    },
  };
}
