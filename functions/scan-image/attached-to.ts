import { childrenOf, readImageHead, type ScanPorts } from '#shared/findings';
import { attestedByTag, type Digest, type ImageReference, NotFound, parseManifest } from '#shared/oci';

/**
 * The image that a pushed attachment is of, if it is one that was read before and whose attached VEX is believed: it is looked at again then, from what is known of its layers. One
 * that was not read yet takes its attachments along when it is.
 */
export async function attachedTo(
  ports: Pick<ScanPorts, 'table' | 'open' | 'trustsVex'>,
  pushed: ImageReference,
): Promise<Digest | undefined> {
  if ((await ports.trustsVex?.(pushed)) !== true) return undefined;
  const subject = pushed.tag === undefined ? await subjectOf(ports, pushed) : attestedByTag(pushed.tag);
  if (subject === undefined) return undefined;
  const isKnown =
    (await readImageHead(ports.table, subject, { consistent: true })) !== undefined ||
    (await childrenOf(ports.table, subject)).length > 0;
  return isKnown ? subject : undefined;
}

/** What a manifest says that it refers to (image-spec 1.1, `subject`). One that is gone again refers to nothing. */
async function subjectOf({ open }: Pick<ScanPorts, 'open'>, pushed: ImageReference): Promise<Digest | undefined> {
  const source = await open(pushed);
  try {
    const { descriptor, bytes } = await source.root();
    const parsed = parseManifest(bytes, descriptor.mediaType, source.description);
    return parsed.kind === 'image' ? parsed.manifest.subject?.digest : undefined;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  } finally {
    await source.close();
  }
}
