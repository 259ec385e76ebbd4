import { isDigest } from './digest.ts';
import { type Fields, misspeltKey, objectOf, parseObject, textOf, textsByNameOf, textsOf } from './document.ts';
import { InvalidManifest, NotAnImage, TooLarge, UnsupportedImage } from './errors.ts';
import {
  DOCKER_INDEX,
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1,
  DOCKER_SCHEMA1_SIGNED,
  isIndexType,
  isManifestType,
  OCI_INDEX,
  OCI_MANIFEST,
} from './media-types.ts';
import type { Descriptor, ImageManifest, Platform } from './types.ts';

/** Largest manifest that is read: what the distribution spec says registries should take. */
export const MANIFEST_LIMIT = 4 << 20;
/** Largest index that is read. */
export const INDEX_LIMIT = 8 << 20;

/** An index or manifest list: what it lists, in its order. */
export interface ImageIndex {
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
}

/** What a manifest's bytes turned out to be. */
export type ParsedManifest =
  | { readonly kind: 'image'; readonly manifest: ImageManifest }
  | { readonly kind: 'index'; readonly index: ImageIndex };

const DOCUMENT_KEYS: ReadonlySet<string> = new Set([
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
  'annotations',
]);
const DESCRIPTOR_KEYS: ReadonlySet<string> = new Set([
  'mediaType',
  'digest',
  'size',
  'urls',
  'annotations',
  'platform',
  'artifactType',
]);
const ARTIFACT_MANIFEST = 'application/vnd.oci.artifact.manifest.v1+json';

/**
 * Parses the bytes of a manifest, OCI or Docker v2 schema 2, image or index. `mediaType` is what the source calls it;
 * without one, or when it says nothing (`application/json`), the content decides. A document that could be read in two
 * ways (both `layers` and `manifests`, CVE-2021-41190; keys in another case; types that contradict each other) is
 * refused. `about` names it in messages. Throws InvalidManifest, TooLarge, UnsupportedImage (Docker schema 1),
 * NotAnImage (the old OCI artifact manifest).
 */
export function parseManifest(bytes: Buffer, mediaType?: string, about = 'manifest'): ParsedManifest {
  if (bytes.length > INDEX_LIMIT) throw new TooLarge(about, 'the manifest', INDEX_LIMIT);
  const bad = badManifest(about);
  const document = parseObject(bytes);
  if (document === undefined) throw bad('it is no JSON object');
  const written = textOf(document.mediaType);
  const claimed = mediaType?.split(';', 1)[0]?.trim();
  refuseOtherKinds(document, [written, claimed], about);
  refuseMisspelt(document, DOCUMENT_KEYS, bad);
  const isIndex = document.manifests !== undefined;
  if (isIndex && (document.layers !== undefined || document.config !== undefined)) {
    throw bad('it is an image and an index at once');
  }
  for (const type of [written, claimed]) {
    if (type !== undefined && (isIndex ? isManifestType(type) : isIndexType(type))) {
      throw bad(`its type is ${type}, and its content is ${isIndex ? 'an index' : 'no index'}`);
    }
  }
  const known = [written, claimed].find((type) => type !== undefined && (isIndexType(type) || isManifestType(type)));
  return isIndex
    ? { kind: 'index', index: readIndex(document, known, bad) }
    : { kind: 'image', manifest: readManifest(document, known, bytes.length, about, bad) };
}

type Bad = (why: string) => InvalidManifest;

function badManifest(about: string): Bad {
  return (why) => new InvalidManifest(about, why, 'Push the image again with a current client.');
}

function refuseOtherKinds(document: Fields, types: readonly (string | undefined)[], about: string): void {
  if (types.includes(ARTIFACT_MANIFEST)) throw new NotAnImage(about, 'an OCI artifact manifest');
  const isSchema1 =
    types.includes(DOCKER_SCHEMA1) || types.includes(DOCKER_SCHEMA1_SIGNED) || document.schemaVersion === 1;
  if (isSchema1) {
    throw new UnsupportedImage(
      about,
      'it is a Docker schema 1 manifest, which current container runtimes do not read either',
      'Pull and push the image again with a current client, which makes schema 2 of it.',
    );
  }
}

function refuseMisspelt(fields: Fields, known: ReadonlySet<string>, bad: Bad): void {
  const key = misspeltKey(fields, known);
  if (key !== undefined) throw bad(`its key ${JSON.stringify(key)} means different things to different readers`);
}

function readIndex(document: Fields, mediaType: string | undefined, bad: Bad): ImageIndex {
  if (!Array.isArray(document.manifests)) throw bad('its manifests are no list');
  const manifests = document.manifests.map((item: unknown, i) => readDescriptor(item, `manifests[${i}]`, bad));
  const docker = manifests.some((child) => child.mediaType === DOCKER_MANIFEST);
  return {
    mediaType: mediaType ?? (docker ? DOCKER_INDEX : OCI_INDEX),
    manifests,
    ...common(document, bad),
  };
}

function readManifest(
  document: Fields,
  mediaType: string | undefined,
  size: number,
  about: string,
  bad: Bad,
): ImageManifest {
  if (size > MANIFEST_LIMIT) throw new TooLarge(about, 'the manifest', MANIFEST_LIMIT);
  if (document.config === undefined || document.config === null) throw bad('it has neither a config nor manifests');
  const config = readDescriptor(document.config, 'config', bad);
  // artifacts may write null for no layers
  const items: unknown = document.layers ?? [];
  if (!Array.isArray(items)) throw bad('its layers are no list');
  return {
    mediaType: mediaType ?? (config.mediaType.startsWith('application/vnd.docker.') ? DOCKER_MANIFEST : OCI_MANIFEST),
    config,
    layers: items.map((item: unknown, i) => readDescriptor(item, `layers[${i}]`, bad)),
    ...common(document, bad),
  };
}

function common(document: Fields, bad: Bad): Pick<ImageIndex, 'annotations' | 'artifactType' | 'subject'> {
  const artifactType = textOf(document.artifactType);
  const hasSubject = document.subject !== undefined && document.subject !== null;
  return {
    annotations: textsByNameOf(document.annotations),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(hasSubject ? { subject: readDescriptor(document.subject, 'subject', bad) } : {}),
  };
}

function readDescriptor(value: unknown, where: string, bad: Bad): Descriptor {
  const fields = objectOf(value);
  if (fields === undefined) throw bad(`${where} is no descriptor`);
  refuseMisspelt(fields, DESCRIPTOR_KEYS, bad);
  const { digest, size } = fields;
  if (!isDigest(digest)) throw bad(`${where} has no sha256 or sha512 digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw bad(`${where} has no sound size`);
  const platform = readPlatform(fields.platform);
  const artifactType = textOf(fields.artifactType);
  const urls = textsOf(fields.urls);
  return {
    mediaType: textOf(fields.mediaType) ?? '',
    digest,
    size,
    ...(fields.annotations === undefined ? {} : { annotations: textsByNameOf(fields.annotations) }),
    ...(platform === undefined ? {} : { platform }),
    ...(urls.length === 0 ? {} : { urls }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function readPlatform(value: unknown): Platform | undefined {
  const fields = objectOf(value);
  if (fields === undefined) return undefined;
  const variant = textOf(fields.variant);
  const version = textOf(fields['os.version']);
  return {
    os: textOf(fields.os) ?? '',
    architecture: textOf(fields.architecture) ?? '',
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { 'os.version': version }),
  };
}
