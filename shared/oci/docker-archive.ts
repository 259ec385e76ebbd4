import type { ArchivedFile, ArchiveIndex } from './archive-index.ts';
import { listedNames, meantBy } from './archived-names.ts';
import { digestOf } from './digest.ts';
import { objectOf, textOf, textsOf } from './document.ts';
import { BadArchive, DigestMismatch } from './errors.ts';
import { DOCKER_CONFIG, DOCKER_MANIFEST } from './media-types.ts';
import { compressionOf } from './packing.ts';
import type { Descriptor, Digest } from './types.ts';

/** The image of a `docker save` archive, with the manifest that the archive itself lacks. */
export interface DockerArchiveImage {
  readonly descriptor: Descriptor;
  readonly manifest: Buffer;
  readonly files: ReadonlyMap<Digest, ArchivedFile>;
}

const TYPES = {
  none: 'application/vnd.docker.image.rootfs.diff.tar',
  gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
} as const;

/**
 * Makes a schema 2 manifest for an image of a `docker save` archive from the files' real digests. `wanted` chooses
 * among several images by one of their RepoTags. A config whose file is named by a digest must have it. Throws
 * BadArchive, DigestMismatch.
 */
export function dockerArchiveImage(
  document: Buffer,
  index: ArchiveIndex,
  wanted: string | undefined,
  about: string,
): DockerArchiveImage {
  const images = readImageList(document, about);
  const image = choose(images, wanted, about);
  const files = new Map<Digest, ArchivedFile>();
  const take = (name: string): { file: ArchivedFile; digest: Digest } => {
    const file = index.find(name);
    const digest = file?.digest ?? blobDigest(name);
    if (file === undefined || digest === undefined) {
      throw new BadArchive(
        about,
        `its manifest.json names ${JSON.stringify(name)}, which is not in it`,
        'Save the image again.',
      );
    }
    files.set(digest, file);
    return { file, digest };
  };
  const config = take(image.config);
  // Docker's way to name it, and that of go-containerregistry (crane, kaniko)
  const named = /^(?:sha256:)?([a-f0-9]{64})(?:\.json)?$/.exec(image.config)?.[1];
  if (named !== undefined && config.digest !== `sha256:${named}`) {
    throw new DigestMismatch(about, `sha256:${named}`, config.digest);
  }
  const layers = image.layers.map((name) => {
    const { file, digest } = take(name);
    const mediaType = TYPES[compressionOf(file.first ?? Buffer.alloc(0), `${about}, ${digest}`)];
    return { mediaType, digest, size: file.size };
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: DOCKER_MANIFEST,
      config: { mediaType: DOCKER_CONFIG, digest: config.digest, size: config.file.size },
      layers,
    }),
  );
  return {
    descriptor: { mediaType: DOCKER_MANIFEST, digest: digestOf(manifest), size: manifest.length },
    manifest,
    files,
  };
}

interface ListedImage {
  readonly config: string;
  readonly layers: readonly string[];
  readonly tags: readonly string[];
}

function readImageList(document: Buffer, about: string): ListedImage[] {
  let list: unknown;
  try {
    list = JSON.parse(document.toString('utf8'));
  } catch {
    list = undefined;
  }
  const images = (Array.isArray(list) ? list : []).flatMap((item: unknown) => {
    const fields = objectOf(item);
    const config = textOf(fields?.Config);
    if (config === undefined) return [];
    return [{ config, layers: textsOf(fields?.Layers), tags: textsOf(fields?.RepoTags) }];
  });
  if (images.length === 0) {
    throw new BadArchive(about, 'its manifest.json lists no image', 'Save the image again with "docker save".');
  }
  return images;
}

function choose(images: readonly ListedImage[], wanted: string | undefined, about: string): ListedImage {
  const meant = wanted === undefined ? images : meantBy(wanted, images, namesOf);
  const names = (some: readonly ListedImage[]) => listedNames(some.flatMap((image) => namesOf(image).slice(0, 1)));
  const [first] = meant;
  if (first === undefined) {
    throw new BadArchive(about, `it holds nothing named ${JSON.stringify(wanted)}`, `It has: ${names(images)}.`);
  }
  if (meant.length > 1) {
    throw new BadArchive(
      about,
      wanted === undefined ? 'it holds several images' : `several images are named ${JSON.stringify(wanted)}`,
      `Name one, as in <path>:<name>; it has: ${names(meant)}.`,
    );
  }
  return first;
}

/** Images that were saved by their ids have no tags: their configs' names are all that tells them apart. */
const namesOf = ({ tags, config }: ListedImage): readonly string[] => (tags.length > 0 ? tags : [config]);

/** `blobs/sha256/<hex>` names its own digest; the bytes are checked against it when they are read. */
function blobDigest(name: string): Digest | undefined {
  const hex = /^blobs\/sha256\/([a-f0-9]{64})$/.exec(name)?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
}
