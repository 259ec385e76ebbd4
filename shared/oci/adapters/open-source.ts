import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UnknownSource } from '../errors.ts';
import { parseReference } from '../reference.ts';
import type { ImageSource } from '../types.ts';
import { openArchive } from './archive-source.ts';
import { openLayout } from './layout-source.ts';
import { openRegistry } from './registry-source.ts';
import type { RegistryOptions } from './registry-transport.ts';

/** How a source is opened. */
export interface OpenOptions extends RegistryOptions {
  /** the registry of references that name none; default Docker Hub */
  readonly defaultRegistry?: string;
}

/**
 * Opens what a person names: an OCI layout folder, an archive file, or an image in a registry. A path that exists wins,
 * and may be followed by `:name` to choose an image in it; `oci-dir:` (or skopeo's `oci:`), `archive:` (or `oci-archive:`, `docker-archive:`) and `registry:`
 * (or `docker://`) leave no doubt. A daemon's store is not read. Throws UnknownSource, InvalidReference; what is wrong inside a folder, file or registry is told by the source's
 * `root()`.
 */
export async function openSource(text: string, options: OpenOptions = {}): Promise<ImageSource> {
  const [, prefix, rest = ''] =
    /^(oci-dir|oci|archive|oci-archive|docker-archive|registry|docker-daemon|containers-storage):(.+)$/s.exec(
      text.replace(/^docker:\/\//, 'registry:'),
    ) ?? [];
  if (prefix === 'registry') return openRegistry(parseReference(rest, options), options);
  if (prefix === 'docker-daemon' || prefix === 'containers-storage')
    throw unknown(
      text,
      'the store of a daemon is not read',
      'Write "docker save <image> -o image.tar", and name the file, or pipe it: "docker save <image> | drydock scan -".',
    );
  const named = prefix === undefined ? text : rest;
  const found = await findPath(named);
  if (prefix !== undefined) {
    const wanted = prefix === 'oci-dir' || prefix === 'oci' ? 'folder' : 'file';
    if (found?.kind !== wanted) throw unknown(text, `there is no such ${wanted}`, 'Check the path.');
  }
  if (found?.kind === 'folder') return openFolder(found, prefix !== undefined || isPathLike(text));
  if (found?.kind === 'file') return openArchive(found.path, found.name);
  if (isPathLike(text)) throw unknown(text, 'there is no such file or folder', 'Check the path.');
  if (isDocumentName(text))
    throw unknown(
      text,
      'there is no such file',
      `Check the path; if you mean an image in a registry, write registry:${text.slice(0, 300)}.`,
    );
  return openRegistry(parseReference(text, options), options);
}

interface FoundPath {
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly name?: string;
}

async function openFolder(found: FoundPath, certain: boolean): Promise<ImageSource> {
  if (!certain && (await kindOf(path.join(found.path, 'index.json'))) !== 'file') {
    throw unknown(
      found.path,
      'there is a folder of that name here, and it is no OCI layout',
      `If you mean an image in a registry, write registry:${found.path}; a root filesystem, dir:${found.path}.`,
    );
  }
  return openLayout(found.path, found.name);
}

async function findPath(text: string): Promise<FoundPath | undefined> {
  const whole = await kindOf(text);
  if (whole !== undefined) return { kind: whole, path: text };
  // a name may hold colons itself (`app:1`, a digest): the shortest path that exists is the path
  for (let colon = text.indexOf(':'); colon > 0; colon = text.indexOf(':', colon + 1)) {
    const kind = await kindOf(text.slice(0, colon));
    if (kind !== undefined) return { kind, path: text.slice(0, colon), name: text.slice(colon + 1) };
  }
  return undefined;
}

async function kindOf(file: string): Promise<'file' | 'folder' | undefined> {
  if (file.includes('\0')) return undefined;
  const found = await stat(file).catch(() => undefined);
  return found === undefined ? undefined : found.isDirectory() ? 'folder' : 'file';
}

function isPathLike(text: string): boolean {
  return /^(?:\.{0,2}[/\\]|[A-Za-z]:\\|~)/.test(text) || /\.(?:tar|tar\.gz|tgz|tar\.zst)$/.test(text);
}

/** Bills of materials are named so, and hardly any repository without a host before it is; who mistypes one should not be told of Docker Hub. */
const isDocumentName = (text: string): boolean => /^(?![^/]+\.[^/]+\/)[^:@]+\.(?:json|xml|spdx)$/i.test(text);

function unknown(text: string, why: string, advice: string): UnknownSource {
  return new UnknownSource(JSON.stringify(text.slice(0, 300)), why, advice);
}
