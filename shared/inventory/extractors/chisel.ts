import { zstdDecompressSync } from 'node:zlib';
import { UnreadableEvidence } from '../errors.ts';
import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { sift } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { ownedPaths } from './owned-paths.ts';

const place = /^(.*?\/)??(var\/lib\/chisel)\/manifest\.wall$/;
/** the manifests of real images stay below a megabyte */
const longest = 64 * 2 ** 20;

/**
 * What Ubuntu's chisel leaves in the images that it cuts from packages, in place of dpkg's database: lines of JSON in a zstd frame ("jsonwall"),
 * of kinds package, slice, path and content. Paths name the slices that they are of, `libc6_libs`. Sources
 * are not named.
 */
export const chisel: Extractor = {
  name: 'chisel',
  version: 2,
  concerns: { names: ['manifest.wall'] },
  wants({ path, base, size }) {
    return size > 0 && base === 'manifest.wall' && place.test(path) ? 'content' : undefined;
  },
  read(file) {
    const [, before = '', inRoot = ''] = place.exec(file.path) ?? [];
    const root = before.replace(/\/$/, '');
    const home = `${before}${inRoot}`;
    const claims: FoundPackage[] = [];
    const owned = new Map<string, string[]>();
    for (const { kind, name, version, arch, path, slices } of lines(file.path, file.bytes)) {
      if (kind === 'package' && typeof name === 'string' && typeof version === 'string')
        claims.push({ type: 'deb', name, version, ...(typeof arch === 'string' ? { architecture: arch } : {}) });
      if (kind !== 'path' || typeof path !== 'string' || path.endsWith('/') || !Array.isArray(slices)) continue;
      const [owner] = String(slices[0] ?? '').split('_');
      if (owner === undefined || owner === '') continue;
      const list = owned.get(owner);
      if (list === undefined) owned.set(owner, [path]);
      else list.push(path);
    }
    const { packages, troubles } = sift(claims);
    if (packages.length === 0) throw new UnreadableEvidence(file.path, 'no package in a chisel manifest');
    const lists = [...owned].map(
      ([owner, paths]): EvidenceDraft => ({
        kind: 'owned',
        system: 'chisel',
        home,
        root,
        owner,
        paths: ownedPaths(paths),
      }),
    );
    return [
      { kind: 'packages', packages, database: { system: 'chisel', home, root, unless: 'usr/share/rocks/dpkg.query' } },
      ...lists,
      ...troubles,
    ];
  },
};

function* lines(path: string, bytes: Buffer): Generator<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = zstdDecompressSync(bytes, { maxOutputLength: longest }).toString('utf8');
  } catch (cause) {
    throw new UnreadableEvidence(path, 'a chisel manifest that is no zstd frame, or a huge one', { cause });
  }
  for (const line of text.split('\n')) {
    if (line === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw new UnreadableEvidence(path, 'a chisel manifest with a line that is no JSON', { cause });
    }
    if (typeof value === 'object' && value !== null) yield value as Readonly<Record<string, unknown>>;
  }
}
