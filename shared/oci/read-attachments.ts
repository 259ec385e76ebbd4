import { NotFound } from './errors.ts';
import { parseManifest } from './manifest.ts';
import type { Descriptor, Digest, ImageSource } from './types.ts';

/**
 * The documents of one type that refer to an image (image-spec 1.1: manifests with `subject` and one layer of that type), as many as may be read, each within its
 * bound. What is listed and gone since, or is of another image, is left out. Throws what the source throws, DigestMismatch among it.
 */
export async function readAttachments(
  image: { readonly digest: Digest },
  source: ImageSource,
  { type, most, mostBytes }: { readonly type: string; readonly most: number; readonly mostBytes: number },
): Promise<readonly Buffer[]> {
  const documents: Buffer[] = [];
  const referrers = (await source.referrers?.(image.digest, type)) ?? [];
  for (const referrer of referrers.slice(0, most)) {
    const bytes = await documentOf(referrer, type, image.digest, source, mostBytes);
    if (bytes !== undefined) documents.push(bytes);
  }
  return documents;
}

async function documentOf(
  referrer: Descriptor,
  type: string,
  digest: Digest,
  source: ImageSource,
  mostBytes: number,
): Promise<Buffer | undefined> {
  try {
    const parsed = parseManifest(await source.manifest(referrer), referrer.mediaType, source.description);
    if (parsed.kind !== 'image' || parsed.manifest.subject?.digest !== digest) return undefined;
    const [layer, ...others] = parsed.manifest.layers;
    if (layer === undefined || others.length > 0 || layer.mediaType !== type || layer.size > mostBytes)
      return undefined;
    return Buffer.concat((await (await source.blob(layer)).toArray()) as Buffer[]);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
