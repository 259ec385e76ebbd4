import { parseManifest } from './manifest.ts';
import type { Digest, ImageSource } from './types.ts';

/** The media type of a DSSE envelope, as layers of attestations have it. */
export const dsseMediaType = 'application/vnd.dsse.envelope.v1+json';

/** The tag under which cosign keeps the attestations of an image where a registry knows no referrers: `sha256-<hex>.att`. */
export const attestationTag = (digest: Digest): string => `${digest.replace(':', '-')}.att`;

/** The image that such a tag is about; undefined for any other tag. */
export function attestedByTag(tag: string): Digest | undefined {
  const hex = /^sha256-([0-9a-f]{64})\.att$/.exec(tag)?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
}

/**
 * The envelopes under the tag of an image's attestations: the layers of one manifest, of which those that say another predicate than `predicate` are left out. Nothing but the tag says
 * which image they are of, so that their own subjects have to. Empty where there is no such tag. Throws what the source throws.
 */
export async function readTaggedAttestations(
  image: { readonly digest: Digest },
  source: ImageSource,
  { predicate, most, mostBytes }: { readonly predicate: string; readonly most: number; readonly mostBytes: number },
): Promise<readonly Buffer[]> {
  const found = await source.tagged?.(attestationTag(image.digest));
  if (found === undefined) return [];
  const parsed = parseManifest(found.bytes, found.descriptor.mediaType, source.description);
  if (parsed.kind !== 'image') return [];
  const wanted = parsed.manifest.layers.filter(
    ({ mediaType, size, annotations }) =>
      mediaType === dsseMediaType &&
      size <= mostBytes &&
      (annotations?.predicateType === undefined || annotations.predicateType.startsWith(predicate)),
  );
  const documents: Buffer[] = [];
  for (const layer of wanted.slice(0, most))
    documents.push(Buffer.concat((await (await source.blob(layer)).toArray()) as Buffer[]));
  return documents;
}
