import { BrokenArchive } from '../errors.ts';
import type { Feed, FeedFile, FeedRecord } from './feed.ts';
import { isObject, jsonOf } from './read-file.ts';

const limit = 64 << 20;
const id = /^CURL-CVE-\d{4}-\d{4,}$/;
const cve = /^CVE-\d{4}-\d{4,}$/;

/**
 * The advisories of the curl project: one list of OSV records of its own (curl.se/docs/vuln.json), for every flaw since 1998. They name no package in a form of OSV's:
 * all of them are of curl, library and tool in one release. OSV has no ecosystem of that name; it is ours.
 */
export const curl: Feed = {
  id: 'curl',
  name: "curl's advisories",
  ecosystem: 'curl',
  home: 'https://curl.se/docs/',
  async files(origin) {
    const file = await origin.file('vuln.json');
    return file === undefined ? [] : [{ ...file, part: 'curl' }];
  },
  async *records(files) {
    for (const file of files) yield* recordsOf(file);
  },
};

async function* recordsOf(file: FeedFile): AsyncGenerator<FeedRecord> {
  const list = await jsonOf(file, limit);
  if (!Array.isArray(list)) throw new BrokenArchive(file.about, 'it is no list of advisories');
  for (const member of list as readonly unknown[]) yield recordOf(member, file);
}

function recordOf(member: unknown, file: FeedFile): FeedRecord {
  const record = isObject(member) ? member : {};
  const { affected, published, summary } = record;
  const own = textIn(record, 'id');
  if (own === undefined || !id.test(own) || !Array.isArray(affected))
    throw new BrokenArchive(file.about, 'one of its advisories has no id, or does not say what it affects');
  const severity = isObject(record['database_specific']) ? textIn(record['database_specific'], 'severity') : undefined;
  return {
    id: own,
    modified: textIn(record, 'modified') ?? file.modified,
    ...(typeof published === 'string' ? { published } : {}),
    ...(typeof summary === 'string' ? { summary } : {}),
    aliases: textsIn(record['aliases']).filter((alias) => cve.test(alias)),
    ...(severity === undefined ? {} : { database_specific: { severity } }),
    affected: (affected as readonly unknown[]).map((entry) => ({
      package: { ecosystem: 'curl', name: 'curl' },
      ranges: rangesOf(entry, own, file),
    })),
  };
}

/** Their ranges of releases; those of commits say the same of a repository. */
function rangesOf(entry: unknown, about: string, file: FeedFile): FeedRecord['affected'][number]['ranges'] {
  const ranges: unknown = isObject(entry) ? entry['ranges'] : undefined;
  const releases = (Array.isArray(ranges) ? (ranges as readonly unknown[]) : []).flatMap((range) =>
    isObject(range) && range['type'] === 'SEMVER' && Array.isArray(range['events']) ? [range['events']] : [],
  );
  if (releases.length === 0) throw new BrokenArchive(file.about, `${about} has no range of releases`);
  return releases.map((events: readonly unknown[]) => ({
    type: 'ECOSYSTEM',
    events: events.flatMap((event) => {
      if (!isObject(event)) return [];
      return (['introduced', 'fixed', 'last_affected'] as const).flatMap((kind) => {
        const version = textIn(event, kind);
        return version === undefined ? [] : [{ [kind]: version }];
      });
    }),
  }));
}

const textIn = (holder: Readonly<Record<string, unknown>>, key: string): string | undefined => {
  const value = holder[key];
  return typeof value === 'string' ? value : undefined;
};

const textsIn = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? (value as readonly unknown[]) : []).filter((text) => typeof text === 'string');
