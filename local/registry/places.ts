import { join } from 'node:path';
import { algorithmOf, type Digest } from '#shared/oci';
import { digestFile, repositoryFolder, tagFile } from './names.ts';

/**
 * Where things are below the registry's folder. No name that a client sent is ever a path: repositories, tags and digests are checked by their
 * grammars and encoded.
 *
 *     blobs/sha256/<2 hex>/<hex>                    bytes, once for all repositories
 *     uploads/<uuid>                                half uploads and half-written small files; emptied at start
 *     repositories/<name>/layers/<digest>           empty: this repository may serve that blob
 *                        /manifests/<digest>        a line of JSON about the manifest, then its exact bytes
 *                        /tags/<tag>                the digest that it names
 *                        /referrers/<subject>/<digest>   the descriptor that the referrers API lists
 */
export interface Places {
  readonly blobs: string;
  readonly uploads: string;
  readonly repositories: string;
  blob(digest: Digest): string;
  layers(repository: string): string;
  layer(repository: string, digest: Digest): string;
  manifests(repository: string): string;
  manifest(repository: string, digest: Digest): string;
  tags(repository: string): string;
  tag(repository: string, tag: string): string;
  referrers(repository: string, subject: Digest): string;
  referrer(repository: string, subject: Digest, digest: Digest): string;
}

/** The places below a folder. */
export function placesIn(folder: string): Places {
  const repositories = join(folder, 'repositories');
  const blobs = join(folder, 'blobs');
  const of = (repository: string, ...rest: string[]): string =>
    join(repositories, repositoryFolder(repository), ...rest);
  return {
    blobs,
    uploads: join(folder, 'uploads'),
    repositories,
    blob: (digest) => {
      const hex = digest.slice(digest.indexOf(':') + 1);
      return join(blobs, algorithmOf(digest), hex.slice(0, 2), hex);
    },
    layers: (repository) => of(repository, 'layers'),
    layer: (repository, digest) => of(repository, 'layers', digestFile(digest)),
    manifests: (repository) => of(repository, 'manifests'),
    manifest: (repository, digest) => of(repository, 'manifests', digestFile(digest)),
    tags: (repository) => of(repository, 'tags'),
    tag: (repository, tag) => of(repository, 'tags', tagFile(tag)),
    referrers: (repository, subject) => of(repository, 'referrers', digestFile(subject)),
    referrer: (repository, subject, digest) => of(repository, 'referrers', digestFile(subject), digestFile(digest)),
  };
}
