import { type Digest, isDigest } from '#shared/oci';
import { RegistryError } from './errors.ts';
import { isRepository, isTag } from './names.ts';

/** How a manifest is named in a path. */
export type Reference =
  | { readonly kind: 'digest'; readonly digest: Digest }
  | { readonly kind: 'tag'; readonly tag: string };

/** What a path of the distribution API means, its names checked. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: Reference }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: Digest };

/**
 * Reads a request target (RFC 9112 origin-form) as a route (distribution-spec, "Endpoints") and its query. A repository may have any number of
 * segments, also ones called `blobs`: routes are told from the end of the path.
 * @throws RegistryError NAME_INVALID, TAG_INVALID or DIGEST_INVALID for a name out of its grammar, UNSUPPORTED (404) for no such path
 */
export function readTarget(target: string): { readonly route: Route; readonly query: URLSearchParams } {
  const at = target.indexOf('?');
  const raw = at < 0 ? target : target.slice(0, at);
  const query = new URLSearchParams(at < 0 ? '' : target.slice(at + 1));
  return { route: routeOf(decoded(raw)), query };
}

function routeOf(path: string): Route {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  if (!path.startsWith('/v2/')) throw noSuchPath(path);
  const parts = path.slice('/v2/'.length).split('/');
  const last = parts.at(-1) ?? '';
  const verb = parts.at(-2);
  const before = parts.at(-3);
  const upTo = (count: number): string => repository(parts.slice(0, -count).join('/'));

  if (verb === 'uploads' && before === 'blobs') {
    const name = upTo(3);
    return last === '' ? { kind: 'uploads', repository: name } : { kind: 'upload', repository: name, id: last };
  }
  if (verb === 'blobs' && last === 'uploads') return { kind: 'uploads', repository: upTo(2) };
  if (verb === 'blobs') return { kind: 'blob', repository: upTo(2), digest: digest(last) };
  if (verb === 'referrers') return { kind: 'referrers', repository: upTo(2), digest: digest(last) };
  if (verb === 'tags' && last === 'list') return { kind: 'tags', repository: upTo(2) };
  if (verb === 'manifests') return { kind: 'manifest', repository: upTo(2), reference: reference(last) };
  throw noSuchPath(path);
}

function decoded(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    throw noSuchPath(raw);
  }
}

function repository(name: string): string {
  if (isRepository(name)) return name;
  throw new RegistryError(
    400,
    'NAME_INVALID',
    name,
    'this is no repository name',
    'Use lower-case letters and digits, separated by single . _ / or by __ or dashes, at most 240 characters.',
    { details: [{ name: name.slice(0, 300) }] },
  );
}

/** @throws RegistryError DIGEST_INVALID unless the text is a sha256 or sha512 digest */
export function digest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new RegistryError(
    400,
    'DIGEST_INVALID',
    text,
    'this is no digest that can be checked',
    'Write sha256: and 64, or sha512: and 128 lower-case hexadecimal digits.',
    { details: [{ digest: text.slice(0, 300) }] },
  );
}

/** @throws RegistryError TAG_INVALID unless the text is a tag */
export function tag(text: string): string {
  if (isTag(text)) return text;
  throw new RegistryError(
    400,
    'TAG_INVALID',
    text,
    'this is no tag',
    'Use letters, digits, _ . and -, beginning with none of the last two, at most 128 characters.',
    { details: [{ tag: text.slice(0, 300) }] },
  );
}

function reference(text: string): Reference {
  return text.includes(':') ? { kind: 'digest', digest: digest(text) } : { kind: 'tag', tag: tag(text) };
}

const noSuchPath = (path: string): RegistryError =>
  new RegistryError(
    404,
    'UNSUPPORTED',
    path,
    'there is nothing at this path',
    'This is an OCI registry; its paths begin with /v2/.',
  );
