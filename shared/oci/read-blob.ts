import { TooLarge } from './errors.ts';
import type { Descriptor, ImageSource } from './types.ts';

/**
 * Reads a small blob whole, checked against its digest. Throws TooLarge before a byte is asked for, and what the source
 * throws.
 */
export async function readBlob(
  source: ImageSource,
  descriptor: Descriptor,
  limit: number,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Buffer> {
  if (descriptor.size > limit) throw new TooLarge(`${source.description}, ${descriptor.digest}`, 'the blob', limit);
  const chunks: Buffer[] = [];
  for await (const chunk of await source.blob(descriptor, options)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
