import type { IncomingMessage } from 'node:http';
import { algorithmOf, type Digest, digestOf } from '#shared/oci';
import { answerBytes, answerEmpty, methodRefused } from './answer.ts';
import { RegistryError } from './errors.ts';
import { LARGEST_MANIFEST, type ManifestFacts, readManifest } from './manifest.ts';
import type { Exchange, Parts } from './parts.ts';
import { type Reference, tag as readTag } from './routes.ts';

/** More are not listed in one refusal. */
const MOST_MISSING = 100;
/** Tags that one push by digest may set with `?tag=`. */
const MOST_TAGS = 100;

/** Answers for a manifest (distribution-spec, "Pulling manifests", "Pushing manifests", "Deleting tags", "Deleting manifests"). */
export async function answerManifest(
  parts: Parts,
  exchange: Exchange,
  repository: string,
  reference: Reference,
): Promise<void> {
  const { request, response } = exchange;
  switch (request.method) {
    case 'GET':
    case 'HEAD': {
      const found = await parts.manifests.read(repository, reference);
      if (found === undefined) throw unknownManifest(repository, reference);
      const headers = { 'Docker-Content-Digest': found.digest, ETag: `"${found.digest}"` };
      if (request.headers['if-none-match'] === headers.ETag) return answerEmpty(response, 304, headers);
      return answerBytes(request, response, found.body, { 'Content-Type': found.mediaType, ...headers });
    }
    case 'PUT':
      return push(parts, exchange, repository, reference);
    case 'DELETE':
      return remove(parts, exchange, repository, reference);
    default:
      throw methodRefused(request, 'GET, HEAD, PUT, DELETE');
  }
}

async function push(
  parts: Parts,
  { request, response, query }: Exchange,
  repository: string,
  reference: Reference,
): Promise<void> {
  const about = shown(repository, reference);
  const tags = tagsOf(reference, query);
  const body = await readBody(about, request);
  const digest = digestOf(body, reference.kind === 'digest' ? algorithmOf(reference.digest) : 'sha256');
  if (reference.kind === 'digest' && digest !== reference.digest) {
    throw new RegistryError(
      400,
      'DIGEST_INVALID',
      about,
      `the manifest that came hashes to ${digest}`,
      'Push it by that digest, or send the bytes that were meant.',
      { details: [{ digest: reference.digest }] },
    );
  }
  const facts = readManifest(about, body, request.headers['content-type']);
  await refuseMissing(parts, repository, about, facts);
  await parts.manifests.put(repository, digest, facts, body, tags);

  const at = parts.now();
  const event = {
    repository,
    digest,
    mediaType: facts.mediaType,
    ...(facts.artifactType === undefined ? {} : { artifactType: facts.artifactType }),
    ...(facts.subject === undefined ? {} : { subject: facts.subject }),
    size: body.length,
    at,
  };
  if (tags.length === 0) parts.pushed(event);
  for (const tag of tags) parts.pushed({ ...event, tag });

  answerEmpty(response, 201, {
    Location: `/v2/${repository}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
    ...(facts.subject === undefined ? {} : { 'OCI-Subject': facts.subject }),
    ...(reference.kind === 'digest' && tags.length > 0 ? { 'OCI-Tag': tags.join(', ') } : {}),
  });
}

// a push by digest may set tags with ?tag=, which is how a sha512 manifest gets one
function tagsOf(reference: Reference, query: URLSearchParams): readonly string[] {
  if (reference.kind === 'tag') return [reference.tag];
  const tags = [...new Set(query.getAll('tag'))];
  if (tags.length > MOST_TAGS) {
    throw new RegistryError(
      414,
      'TAG_INVALID',
      reference.digest,
      `${tags.length} tags in one push`,
      `At most ${MOST_TAGS}.`,
    );
  }
  return tags.map(readTag);
}

async function readBody(about: string, request: IncomingMessage): Promise<Buffer> {
  const tooLarge = (): RegistryError =>
    new RegistryError(
      413,
      'SIZE_INVALID',
      about,
      `the manifest is larger than ${LARGEST_MANIFEST} bytes`,
      'Move what makes it so large, such as annotations, into a blob.',
    );
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_MANIFEST) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    if (size > LARGEST_MANIFEST) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function refuseMissing(
  parts: Parts,
  repository: string,
  about: string,
  { blobs, children }: ManifestFacts,
): Promise<void> {
  const missing: Digest[] = [];
  const hasBlob = async (digest: Digest): Promise<boolean> =>
    (await parts.blobs.sizeOf(repository, digest)) !== undefined;
  for (const digest of blobs) {
    if (!(await hasBlob(digest))) missing.push(digest);
    if (missing.length === MOST_MISSING) break;
  }
  for (const digest of children) {
    if (missing.length === MOST_MISSING) break;
    if (!(await parts.manifests.has(repository, digest)) && !(await hasBlob(digest))) missing.push(digest);
  }
  const first = missing[0];
  if (first === undefined) return;
  throw new RegistryError(
    404,
    'MANIFEST_BLOB_UNKNOWN',
    about,
    `the repository lacks what it refers to: ${first}${missing.length > 1 ? ` and ${missing.length - 1} more` : ''}`,
    'Push blobs and listed manifests first, the manifest last.',
    { details: missing.map((digest) => ({ digest })) },
  );
}

async function remove(parts: Parts, { response }: Exchange, repository: string, reference: Reference): Promise<void> {
  const at = parts.now();
  if (reference.kind === 'tag') {
    const digest = await parts.manifests.removeTag(repository, reference.tag);
    if (digest === undefined) throw unknownManifest(repository, reference);
    parts.deleted({ repository, digest, tag: reference.tag, at });
  } else {
    const { digest } = reference;
    const tags = await parts.manifests.removeManifest(repository, digest);
    if (tags === undefined) throw unknownManifest(repository, reference);
    for (const tag of tags) parts.deleted({ repository, digest, tag, at });
    parts.deleted({ repository, digest, at });
  }
  answerEmpty(response, 202);
}

const shown = (repository: string, reference: Reference): string =>
  reference.kind === 'tag' ? `${repository}:${reference.tag}` : `${repository}@${reference.digest}`;

const unknownManifest = (repository: string, reference: Reference): RegistryError =>
  new RegistryError(
    404,
    'MANIFEST_UNKNOWN',
    shown(repository, reference),
    'this repository has no such manifest',
    'Push it, or look at its tags.',
    { details: [reference.kind === 'tag' ? { tag: reference.tag } : { digest: reference.digest }] },
  );
