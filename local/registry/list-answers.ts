import { type Digest, OCI_INDEX } from '#shared/oci';
import { answerJson, methodRefused } from './answer.ts';
import { RegistryError } from './errors.ts';
import { LARGEST_MANIFEST } from './manifest.ts';
import type { Referrer } from './manifest-store.ts';
import { nextLink, pageOf, pageRequest } from './paging.ts';
import type { Exchange, Parts } from './parts.ts';

/** Answers with the tags of a repository, sorted by their bytes (distribution-spec, "Listing tags"). */
export async function answerTags(parts: Parts, exchange: Exchange, repository: string): Promise<void> {
  const { request, response, query } = exchange;
  refuseWriting(exchange);
  const asked = pageRequest(query);
  if (!(await parts.manifests.knows(repository))) {
    throw new RegistryError(404, 'NAME_UNKNOWN', repository, 'there is no such repository', 'Pushing to it makes it.', {
      details: [{ name: repository }],
    });
  }
  const page = pageOf(await parts.manifests.tags(repository), asked);
  answerJson(
    request,
    response,
    { name: repository, tags: page.items },
    linked(exchange, `/v2/${repository}/tags/list`, page.next),
  );
}

/** Answers with the repositories that hold a manifest (the old catalog of Docker's registry; the distribution spec reserves the path). */
export async function answerCatalog(parts: Parts, exchange: Exchange): Promise<void> {
  const { request, response, query } = exchange;
  refuseWriting(exchange);
  const page = pageOf(await parts.manifests.repositories(), pageRequest(query));
  answerJson(request, response, { repositories: page.items }, linked(exchange, '/v2/_catalog', page.next));
}

/**
 * Answers with an index of the manifests that name `subject` (distribution-spec, "Listing referrers"), also when there is neither such a subject nor
 * such a repository. Clients read no larger index than a manifest may be, so a page ends before that.
 */
export async function answerReferrers(
  parts: Parts,
  exchange: Exchange,
  repository: string,
  subject: Digest,
): Promise<void> {
  const { request, response, query } = exchange;
  refuseWriting(exchange);
  const { count, after } = pageRequest(query);
  const wanted = query.get('artifactType') ?? '';
  const left = (await parts.manifests.referrers(repository, subject))
    .filter((digest) => after === undefined || digest > after)
    .sort();
  const manifests: Referrer[] = [];
  let room = LARGEST_MANIFEST - 1024;
  let next: string | undefined;
  for (const digest of left) {
    const entry = await parts.manifests.referrer(repository, subject, digest);
    if (entry === undefined || (wanted !== '' && entry.artifactType !== wanted)) continue;
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (manifests.length > 0 && (size > room || manifests.length >= count)) {
      next = manifests.at(-1)?.digest;
      break;
    }
    room -= size;
    manifests.push(entry);
  }
  answerJson(
    request,
    response,
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    {
      'Content-Type': OCI_INDEX,
      ...(wanted === '' ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
      ...linked(exchange, `/v2/${repository}/referrers/${subject}`, next),
    },
  );
}

function refuseWriting({ request }: Exchange): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodRefused(request, 'GET, HEAD');
}

const linked = ({ query }: Exchange, path: string, next: string | undefined): Record<string, string> =>
  next === undefined ? {} : { Link: nextLink(path, query, next) };
