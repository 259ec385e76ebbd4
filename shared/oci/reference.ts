import { isDigest } from './digest.ts';
import { InvalidReference } from './errors.ts';
import type { Digest, ImageReference } from './types.ts';

/** Where Docker Hub's images are really served. */
export const DOCKER_HUB = 'registry-1.docker.io';

const HUB_NAMES: ReadonlySet<string> = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);

// distribution-spec, "Pulling manifests": <name> and <reference as a tag>
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const HOST =
  /^(?:\[[0-9a-fA-F:.]{2,45}\]|[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(?::[0-9]{1,5})?$/;

/**
 * Parses `[registry/]repository[:tag][@digest]`. The first part is a registry if it has a dot, a port, brackets or is
 * `localhost`, as Docker decides it; without one, the default registry is meant, which is Docker Hub unless given.
 * Official images of Docker Hub get their `library/`. With neither tag nor digest the tag is `latest`. Throws
 * InvalidReference.
 */
export function parseReference(text: string, options: { readonly defaultRegistry?: string } = {}): ImageReference {
  const bad = (why: string, advice = 'Write registry/repository:tag or registry/repository@sha256:<64 hex digits>.') =>
    new InvalidReference(`image reference ${JSON.stringify(text.slice(0, 300))}`, why, advice);
  if (text.length === 0) throw bad('it is empty');
  if (text.length > 1024) throw bad('it is longer than 1024 characters');
  if (text.includes('://')) throw bad('it is a URL', 'Leave out the scheme: registry.example.com/app:1.');

  const { rest, digest } = cutDigest(text, bad);
  const { named, tag } = cutTag(rest, bad);
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const hasRegistry = /[.:[\]]/.test(first) || first === 'localhost';
  let registry = hasRegistry ? first : (options.defaultRegistry ?? DOCKER_HUB);
  let repository = hasRegistry ? named.slice(slash + 1) : named;
  if (!HOST.test(registry)) throw bad(`${JSON.stringify(registry)} is no registry host`);
  const port = /:([0-9]+)$/.exec(registry.replace(/^\[.*\]/, ''))?.[1];
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65535)) throw bad(`the port ${port} does not exist`);
  registry = registry.toLowerCase();
  if (HUB_NAMES.has(registry)) {
    registry = DOCKER_HUB;
    if (!repository.includes('/')) repository = `library/${repository}`;
  }
  if (!REPOSITORY.test(repository)) {
    const lower = repository.toLowerCase();
    throw REPOSITORY.test(lower)
      ? bad('a repository name has no capital letters', `Did you mean ${lower}?`)
      : bad('the repository name holds something other than a-z, 0-9, and single . _ - / between them');
  }
  if (repository.length > 255) throw bad('the repository name is longer than 255 characters');
  return {
    registry,
    repository,
    ...(tag === undefined ? (digest === undefined ? { tag: 'latest' } : {}) : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The same for text of others, such as what a task definition names: undefined where it is no reference. */
export function referenceIn(text: string): ImageReference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof InvalidReference) return undefined;
    throw error;
  }
}

/** Writes a reference in full; parseReference of it gives the same reference back. */
export function formatReference(reference: ImageReference): string {
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function cutDigest(text: string, bad: (why: string) => InvalidReference): { rest: string; digest?: Digest } {
  const at = text.indexOf('@');
  if (at < 0) return { rest: text };
  const digest = text.slice(at + 1);
  if (!isDigest(digest)) throw bad('what follows the @ is no sha256 or sha512 digest in lower case');
  return { rest: text.slice(0, at), digest };
}

function cutTag(text: string, bad: (why: string) => InvalidReference): { named: string; tag?: string } {
  const colon = text.lastIndexOf(':');
  // a colon before the last slash belongs to a port
  if (colon < 0 || colon < text.lastIndexOf('/')) return { named: text };
  const tag = text.slice(colon + 1);
  if (!TAG.test(tag)) throw bad('the tag is not 1 to 128 of A-Z a-z 0-9 _ . -, beginning with none of . and -');
  return { named: text.slice(0, colon), tag };
}
