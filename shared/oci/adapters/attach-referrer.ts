import { Readable } from 'node:stream';
import { buildArtifact } from '../build.ts';
import { NotFound } from '../errors.ts';
import { parseManifest } from '../manifest.ts';
import { OCI_INDEX } from '../media-types.ts';
import type { Descriptor, Digest, ImageReference } from '../types.ts';
import { RegistryClient } from './registry-client.ts';
import type { RegistryOptions } from './registry-transport.ts';

/** A document that belongs to an image. */
export interface Attachment {
  /** what it is, and the type of its bytes: application/vnd.cyclonedx+json */
  readonly artifactType: string;
  readonly bytes: Buffer;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The manifest that refers to the image, and whether it was there before. */
export interface Attached {
  readonly digest: Digest;
  readonly outcome: 'attached' | 'there';
}

/**
 * Attaches a document to an image in its repository (image-spec 1.1: a manifest with `subject`; distribution-spec 1.1, referrers). The same document is the same manifest,
 * and is not sent twice. Where the registry keeps no list of referrers, the tag that stands for one is kept (`sha256-<hex>`). Nothing of the image itself changes. Throws
 * NotFound when the image is not there, and what the registry throws.
 */
export async function attachReferrer(
  image: Pick<ImageReference, 'registry' | 'repository'> & { readonly digest: Digest },
  attachment: Attachment,
  options: RegistryOptions = {},
): Promise<Attached> {
  const client = new RegistryClient(image, options);
  try {
    const { descriptor: subject } = await client.manifest(image.digest, options.signal);
    const { artifactType, bytes, annotations } = attachment;
    const artifact = buildArtifact({
      artifactType,
      layers: [{ mediaType: artifactType, bytes }],
      subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      ...(annotations === undefined ? {} : { annotations }),
    });
    const { digest } = artifact.descriptor;
    const known = await client.referrers(image.digest, artifactType);
    if (known.some((each) => each.digest === digest)) return { digest, outcome: 'there' };
    await pushArtifact(client, artifact, attachment, subject, options.signal);
    return { digest, outcome: 'attached' };
  } finally {
    client.close();
  }
}

async function pushArtifact(
  client: RegistryClient,
  { descriptor, blobs }: ReturnType<typeof buildArtifact>,
  { artifactType, annotations }: Attachment,
  subject: Descriptor,
  signal: AbortSignal | undefined,
): Promise<void> {
  const given = signal === undefined ? {} : { signal };
  let manifest: Buffer = Buffer.alloc(0);
  for (const [digest, bytes] of blobs) {
    if (digest === descriptor.digest) manifest = bytes;
    else
      await client.pushBlob({ mediaType: '', digest, size: bytes.length }, async () => Readable.from([bytes]), given);
  }
  const noted = await client.putManifest(descriptor.digest, descriptor.mediaType, manifest, signal);
  if (noted !== undefined) return;
  const listed = { ...descriptor, artifactType, ...(annotations === undefined ? {} : { annotations }) };
  await listByTag(client, subject.digest, listed, signal);
}

/** The referrers tag schema of the distribution-spec: an index under a tag that is named after the subject. */
async function listByTag(
  client: RegistryClient,
  subject: Digest,
  { mediaType, digest, size, artifactType, annotations }: Descriptor,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tag = subject.replace(':', '-');
  const known = await client.manifest(tag, signal).catch((error: unknown) => {
    if (error instanceof NotFound) return undefined;
    throw error;
  });
  const parsed = known === undefined ? undefined : parseManifest(known.bytes, OCI_INDEX, `referrers of ${subject}`);
  const before = parsed?.kind === 'index' ? parsed.index.manifests : [];
  const entry = {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const manifests = [...before.filter((each) => each.digest !== digest), entry];
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  await client.putManifest(tag, OCI_INDEX, index, signal);
}
