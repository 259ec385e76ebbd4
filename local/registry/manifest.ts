import * as z from 'zod';
import {
  type Digest,
  DOCKER_INDEX,
  DOCKER_MANIFEST,
  isDigest,
  isForeignLayer,
  isIndexType,
  OCI_INDEX,
  OCI_MANIFEST,
} from '#shared/oci';
import { RegistryError } from './errors.ts';

/** The largest manifest that is taken, in bytes: what the distribution spec asks registries to take at least, and clients read at most. */
export const LARGEST_MANIFEST = 4 * 1024 * 1024;

/** What the registry needs to know of a manifest. */
export interface ManifestFacts {
  readonly mediaType: string;
  /** `artifactType`, else the config's media type; absent for an index that names none */
  readonly artifactType?: string;
  readonly subject?: Digest;
  readonly annotations?: Readonly<Record<string, string>>;
  /** blobs that must be in the repository: config and layers, without those that are fetched elsewhere */
  readonly blobs: readonly Digest[];
  /** what an index lists; each must be in the repository as a manifest, or as a blob (build caches list blobs) */
  readonly children: readonly Digest[];
}

const digest = z.custom<Digest>(isDigest, 'not a sha256 or sha512 digest');
const descriptor = z.looseObject({
  mediaType: z.string().min(1).max(255),
  digest,
  size: z.int().nonnegative(),
});
const common = {
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().max(255).optional(),
  subject: descriptor.nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
};
const imageForm = z.looseObject({
  ...common,
  config: descriptor,
  // Go writes an empty list as null
  layers: z.array(descriptor).nullable(),
  manifests: z.null().optional(),
});
const indexForm = z.looseObject({
  ...common,
  manifests: z.array(descriptor).nullable(),
  config: z.null().optional(),
  layers: z.null().optional(),
});

const KNOWN: readonly string[] = [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_INDEX];
// what HTTP tools send when they were told nothing
const UNTOLD: readonly string[] = ['', 'application/json', 'application/octet-stream'];

/**
 * Reads a pushed manifest (image-spec manifest.md, image-index.md; Docker manifest v2 schema 2). A document that is an image and an index at once
 * is refused: clients would differ on what it is (CVE-2021-41190), as is one whose `mediaType` is not the Content-Type.
 * @throws RegistryError MANIFEST_INVALID
 */
export function readManifest(about: string, body: Buffer, contentType: string | undefined): ManifestFacts {
  const json = parsed(about, body);
  const claimed = json !== null && typeof json === 'object' && 'mediaType' in json ? json.mediaType : undefined;
  const told = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const mediaType = UNTOLD.includes(told) ? (typeof claimed === 'string' ? claimed : '') : told;
  if (!KNOWN.includes(mediaType)) {
    throw invalid(about, `the media type ${JSON.stringify(mediaType.slice(0, 100))} is not taken`, KNOWN.join(', '));
  }
  if (claimed !== undefined && claimed !== mediaType) {
    throw invalid(about, 'its mediaType is not the Content-Type it was sent with', 'make them equal');
  }
  return isIndexType(mediaType) ? indexFacts(about, mediaType, json) : imageFacts(about, mediaType, json);
}

function imageFacts(about: string, mediaType: string, json: unknown): ManifestFacts {
  const read = imageForm.safeParse(json);
  if (!read.success) throw invalid(about, firstIssue(read.error), 'build the image again');
  const { config, layers, artifactType } = read.data;
  const here = (layers ?? []).filter((layer) => !isForeignLayer(layer.mediaType));
  return {
    mediaType,
    artifactType: artifactType === undefined || artifactType === '' ? config.mediaType : artifactType,
    ...shared(read.data),
    blobs: [...new Set([config.digest, ...here.map((layer) => layer.digest)])],
    children: [],
  };
}

function indexFacts(about: string, mediaType: string, json: unknown): ManifestFacts {
  const read = indexForm.safeParse(json);
  if (!read.success) throw invalid(about, firstIssue(read.error), 'build the index again');
  const { manifests, artifactType } = read.data;
  return {
    mediaType,
    ...(artifactType === undefined || artifactType === '' ? {} : { artifactType }),
    ...shared(read.data),
    blobs: [],
    children: [...new Set((manifests ?? []).map((child) => child.digest))],
  };
}

const shared = (read: {
  readonly subject?: { readonly digest: Digest } | null | undefined;
  readonly annotations?: Record<string, string> | null | undefined;
}): Pick<ManifestFacts, 'subject' | 'annotations'> => ({
  ...(read.subject ? { subject: read.subject.digest } : {}),
  ...(read.annotations ? { annotations: read.annotations } : {}),
});

function parsed(about: string, body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw invalid(about, 'this is no JSON text', 'send the manifest itself');
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'its form is wrong' : `${issue.path.map(String).join('.') || 'it'}: ${issue.message}`;
}

const invalid = (about: string, text: string, cure: string): RegistryError =>
  new RegistryError(400, 'MANIFEST_INVALID', about, text, `To push it: ${cure}.`);
