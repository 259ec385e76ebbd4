import { Readable } from 'node:stream';
import { NotFound } from './errors.ts';
import type { Descriptor, Digest, ImageSource } from './types.ts';
import { verified, verifyBytes } from './verified.ts';

/**
 * An image source over blobs in memory. Bytes are checked like those of any other source, so a test may put
 * wrong bytes under a digest.
 */
export function memorySource(
  blobs: ReadonlyMap<Digest, Buffer>,
  root: Descriptor,
  description = 'an image in memory',
): ImageSource {
  const find = (digest: Digest): Buffer => {
    const bytes = blobs.get(digest);
    if (bytes === undefined)
      throw new NotFound(description, `${digest} is not there`, 'Build the image with all of its blobs.');
    return bytes;
  };
  return {
    description,
    async root() {
      return { descriptor: root, bytes: verifyBytes(find(root.digest), root, description) };
    },
    async manifest(descriptor) {
      return verifyBytes(find(descriptor.digest), descriptor, description);
    },
    async blob(descriptor, options) {
      options?.signal?.throwIfAborted();
      const bytes = find(descriptor.digest);
      return verified(Readable.from(slices(bytes), { objectMode: false }), descriptor, description);
    },
    async close() {},
  };
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1 << 18) yield bytes.subarray(at, at + (1 << 18));
}
