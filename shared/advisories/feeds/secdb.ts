import { BrokenArchive } from '../errors.ts';
import { before, type Feed, type FeedAffected, type FeedFile, type FeedRecord } from './feed.ts';
import { isObject, jsonOf } from './read-file.ts';

const limit = 256 << 20;

// Alpine has no list of its releases in the form of data; those that are not there yet, or no longer, are passed over.
const newestAlpine = 30;
const alpineReleases = ['edge', ...Array.from({ length: newestAlpine - 1 }, (_, n) => `v3.${n + 2}`)];

/** Alpine's secdb: what was fixed, and what never was in a package, by release and repository. It lists nothing that is not fixed. */
export const alpine: Feed = {
  id: 'alpine-secdb',
  name: 'Alpine secdb',
  ecosystem: 'Alpine',
  home: 'https://secdb.alpinelinux.org/',
  async files(origin) {
    const files: FeedFile[] = [];
    for (const release of alpineReleases)
      for (const repository of ['main', 'community']) {
        const file = await origin.file(`${release}/${repository}.json`);
        if (file !== undefined) files.push({ ...file, part: `Alpine:${release} ${repository}` });
      }
    return files;
  },
  records: (files) => secdbRecords(files, 'ALPINE'),
};

/** Chainguard's two distributions publish one file each in the same form. */
function chainguardFeed(ecosystem: 'Wolfi' | 'Chainguard', home: string): Feed {
  return {
    id: `${ecosystem.toLowerCase()}-secdb`,
    name: `${ecosystem} secdb`,
    ecosystem,
    home,
    async files(origin) {
      const file = await origin.file('security.json');
      return file === undefined ? [] : [{ ...file, part: ecosystem }];
    },
    records: (files) => secdbRecords(files, ecosystem.toUpperCase()),
  };
}

/** Wolfi's secdb. */
export const wolfi = chainguardFeed('Wolfi', 'https://packages.wolfi.dev/os/');

/** Chainguard's secdb. */
export const chainguard = chainguardFeed('Chainguard', 'https://packages.cgr.dev/chainguard/');

/** One record for each id over all releases, each (package, fix) an entry of its own. Source: the files themselves; Alpine's secfixes-tracker. */
async function* secdbRecords(files: readonly FeedFile[], publisher: string): AsyncGenerator<FeedRecord> {
  const entries = new Map<string, FeedAffected[]>();
  let modified = '1970-01-01T00:00:00Z';
  for (const file of files) {
    if (file.modified > modified) modified = file.modified;
    for (const { id, entry } of entriesOf(file, await jsonOf(file, limit))) {
      const known = entries.get(id);
      if (known === undefined) entries.set(id, [entry]);
      else known.push(entry);
    }
  }
  for (const [id, affected] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
    yield {
      id: id.startsWith(`${publisher}-`) ? id : `${publisher}-${id}`,
      modified,
      upstream: /^(?:CVE|GHSA)-/.test(id) ? [id] : [],
      affected,
    };
}

function* entriesOf(
  file: FeedFile,
  document: unknown,
): Generator<{ readonly id: string; readonly entry: FeedAffected }> {
  if (!isObject(document) || !Array.isArray(document['packages']))
    throw new BrokenArchive(file.about, 'it is no secdb: it has no list of packages');
  const [ecosystem = '', repository] = file.part.split(' ');
  for (const member of document['packages'] as readonly unknown[]) {
    const { name, secfixes } = packageOf(member, file.about);
    for (const [version, ids] of Object.entries(secfixes)) {
      if (!Array.isArray(ids)) throw new BrokenArchive(file.about, `what ${name} ${version} fixes is not a list`);
      const entry: FeedAffected = {
        package: { ecosystem, name },
        // "0": no version was ever affected, which is a judgement too (reference detection.md section 4, trap 19)
        ranges: before(version),
        ...(repository === undefined ? {} : { ecosystem_specific: { repository } }),
      };
      for (const id of idsIn(ids)) yield { id, entry };
    }
  }
}

function packageOf(
  member: unknown,
  about: string,
): { readonly name: string; readonly secfixes: Readonly<Record<string, unknown>> } {
  const body = isObject(member) ? member['pkg'] : undefined;
  if (!isObject(body) || typeof body['name'] !== 'string')
    throw new BrokenArchive(about, 'one of its packages has no name');
  const { name, secfixes } = body;
  // null stands for "nothing" in files of old releases
  if (secfixes !== undefined && secfixes !== null && !isObject(secfixes))
    throw new BrokenArchive(about, `the fixes of ${name} are not by version`);
  return { name, secfixes: isObject(secfixes) ? secfixes : {} };
}

/** The ids of a version's list: a text may hold several (`CVE-2019-17349 CVE-2019-17350 XSA-295`), remarks between them are no ids. */
function idsIn(list: readonly unknown[]): readonly string[] {
  const ids = new Set<string>();
  for (const text of list)
    for (const word of typeof text === 'string' ? text.split(/[\s,;()]+/) : []) {
      const id = word.replace(/^CVE_/, 'CVE-');
      if (/^(?:CVE-\d{4}-\d{4,}|[A-Z][A-Z]+-[\w-]*\d[\w-]*|GHSA(?:-[\w]{4}){3})$/.test(id)) ids.add(id);
    }
  // Chainguard's own id stands beside those that the world knows the flaw by
  const known = [...ids].filter((id) => !id.startsWith('CGA-'));
  return known.length > 0 ? known : [...ids];
}
