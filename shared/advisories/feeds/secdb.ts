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

/**
 * One record for each flaw over all releases, under its CVE id where it has one, each (package, fix) an entry of its own. Source: the files themselves;
 * Alpine's secfixes-tracker; Wolfi's wolfictl (pkg/advisory/secdb.go).
 */
async function* secdbRecords(files: readonly FeedFile[], publisher: string): AsyncGenerator<FeedRecord> {
  const entries = new Map<string, FeedAffected[]>();
  /** by id, what else is said to mean the same flaw: of a CVE the other ids, of another id the CVEs */
  const same = new Map<string, Set<string>>();
  let modified = '1970-01-01T00:00:00Z';
  for (const file of files) {
    if (file.modified > modified) modified = file.modified;
    for (const { ids, entry } of entriesOf(file, await jsonOf(file, limit))) {
      const cves = ids.filter(isCve);
      const others = ids.filter((id) => !isCve(id));
      for (const cve of cves) for (const other of others) add(same, cve, other);
      // of two CVEs nobody can say which of them it is
      if (cves.length === 1) for (const other of others) for (const cve of cves) add(same, other, cve);
      for (const id of cves.length > 0 ? cves : others) {
        const known = entries.get(id);
        if (known === undefined) entries.set(id, [entry]);
        else known.push(entry);
      }
    }
  }
  for (const [id, affected] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const also = [...(same.get(id) ?? [])].sort();
    yield {
      id: id.startsWith(`${publisher}-`) ? id : `${publisher}-${id}`,
      modified,
      // an id that stood beside two CVEs is neither: it stays a flaw of its own where it stands alone
      upstream: [...(/^(?:CVE|GHSA)-/.test(id) ? [id] : []), ...(isCve(id) || also.length === 1 ? also : [])],
      affected,
    };
  }
}

const isCve = (id: string): boolean => id.startsWith('CVE-');

function add(into: Map<string, Set<string>>, id: string, other: string): void {
  const known = into.get(id);
  if (known === undefined) into.set(id, new Set([other]));
  else known.add(other);
}

/** What each version of each package fixes: the ids of one flaw together. */
function* entriesOf(
  file: FeedFile,
  document: unknown,
): Generator<{ readonly ids: readonly string[]; readonly entry: FeedAffected }> {
  if (!isObject(document) || !Array.isArray(document['packages']))
    throw new BrokenArchive(file.about, 'it is no secdb: it has no list of packages');
  const [ecosystem = '', repository] = file.part.split(' ');
  for (const member of document['packages'] as readonly unknown[]) {
    const { name, secfixes } = packageOf(member, file.about);
    for (const [version, list] of Object.entries(secfixes)) {
      if (!Array.isArray(list)) throw new BrokenArchive(file.about, `what ${name} ${version} fixes is not a list`);
      const entry: FeedAffected = {
        package: { ecosystem, name },
        // "0": no version was ever affected, which is a judgement too (reference detection.md section 4, trap 19)
        ranges: before(version),
        ...(repository === undefined ? {} : { ecosystem_specific: { repository } }),
      };
      for (const ids of flawsIn(list)) yield { ids, entry };
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

/**
 * The ids of a version's list, those of one flaw together. Alpine writes them into one text (`CVE-2019-17349 CVE-2019-17350 XSA-295`); Chainguard begins
 * each flaw with an id of its own and lets the world's ids for it follow, one a text. Ids that merely stand beside each other say nothing of each other:
 * one fix may mend several flaws.
 */
function flawsIn(list: readonly unknown[]): readonly (readonly string[])[] {
  const texts = list.map((text) => (typeof text === 'string' ? idsIn(text) : []));
  const flaws: string[][] = [];
  let following = false;
  for (const ids of texts) {
    if (ids.length === 0) continue;
    const begins = ids[0]?.startsWith('CGA-') === true;
    if (following && !begins) flaws.at(-1)?.push(...ids);
    else flaws.push([...ids]);
    following ||= begins;
  }
  const known = flaws.map((ids) => [...new Set(ids.filter((id) => !id.startsWith('CGA-')))]);
  return known.some((ids) => ids.length > 0) ? known.filter((ids) => ids.length > 0) : flaws;
}

/** Remarks between ids are none: `CVE-2019-17340 (+ regression fix)`. */
function idsIn(text: string): readonly string[] {
  const ids = new Set<string>();
  for (const word of text.split(/[\s,;()]+/)) {
    const id = word.replace(/^CVE_/, 'CVE-');
    // a GHSA or CGA is of letters and digits by chance: one in some hundreds has no digit
    if (/^(?:CVE-\d{4}-\d{4,}|[A-Z][A-Z]+-[\w-]*\d[\w-]*|(?:GHSA|CGA)(?:-\w{4}){3})$/.test(id)) ids.add(id);
  }
  return [...ids];
}
