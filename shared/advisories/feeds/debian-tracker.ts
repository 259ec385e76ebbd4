import { BrokenArchive } from '../errors.ts';
import { before, type Feed, type FeedAffected, type FeedFile, type FeedRecord } from './feed.ts';
import { jsonMembers } from './json-members.ts';
import { isObject, unpacked } from './read-file.ts';

const limit = 2 ** 30;

/** Suites by their code names; OSV's ecosystems have the number. Source: debian.org/releases; sid has none. */
const suites: ReadonlyMap<string, string> = new Map([
  ['squeeze', '6'],
  ['wheezy', '7'],
  ['jessie', '8'],
  ['stretch', '9'],
  ['buster', '10'],
  ['bullseye', '11'],
  ['bookworm', '12'],
  ['trixie', '13'],
  ['forky', '14'],
  ['duke', '15'],
  ['sid', 'sid'],
]);

/**
 * Debian's security tracker: every CVE by source package and suite, also what is not affected, not fixed, and what the security team will do about it. A fix in
 * sid says nothing of another suite. Records bear the ids that OSV gives them (`DEBIAN-CVE-…`), which they replace.
 */
export const debian: Feed = {
  id: 'debian-tracker',
  name: 'Debian security tracker',
  ecosystem: 'Debian',
  home: 'https://security-tracker.debian.org/tracker/',
  async files(origin) {
    // in a folder it has the name of a file
    const file = (await origin.file('data/json')) ?? (await origin.file('data.json'));
    return file === undefined ? [] : [{ ...file, part: 'json' }];
  },
  async *records(files) {
    for (const file of files) yield* recordsOf(file);
  },
};

/** One record for each CVE over all packages, as it is one in OSV. */
async function* recordsOf(file: FeedFile): AsyncGenerator<FeedRecord> {
  const byCve = new Map<string, { summary: string; readonly affected: FeedAffected[] }>();
  for await (const [name, issues] of jsonMembers(unpacked(file, limit), file.about)) {
    if (!isObject(issues)) throw new BrokenArchive(file.about, `what it says of ${name} is no object`);
    for (const [cve, issue] of Object.entries(issues)) {
      if (!isObject(issue) || !isObject(issue['releases']))
        throw new BrokenArchive(file.about, `what it says of ${name} ${cve} has no releases`);
      // TEMP-… ids change from day to day
      if (!/^CVE-\d{4}-\d{4,}$/.test(cve)) continue;
      const affected = Object.entries(issue['releases']).flatMap(([suite, said]) => entryOf(name, suite, said));
      if (affected.length === 0) continue;
      const known = byCve.get(cve);
      const summary = typeof issue['description'] === 'string' ? issue['description'].slice(0, 300) : '';
      if (known === undefined) byCve.set(cve, { summary, affected });
      else known.affected.push(...affected);
    }
  }
  for (const [cve, { summary, affected }] of [...byCve].sort(([a], [b]) => (a < b ? -1 : 1)))
    yield {
      id: `DEBIAN-${cve}`,
      modified: file.modified,
      upstream: [cve],
      ...(summary === '' ? {} : { summary }),
      affected,
    };
}

function entryOf(name: string, suite: string, said: unknown): readonly FeedAffected[] {
  const release = suites.get(suite);
  if (release === undefined || !isObject(said)) return [];
  const { status, fixed_version: fixedIn, urgency, nodsa, nodsa_reason: nodsaReason } = said;
  const fixed = status === 'resolved' ? fixedIn : undefined;
  if (status === 'resolved' && (typeof fixed !== 'string' || fixed === '')) return [];
  return [
    {
      package: { ecosystem: `Debian:${release}`, name },
      // "0" stands for "never affected", which is a judgement too
      ranges: before(typeof fixed === 'string' ? fixed : undefined),
      ecosystem_specific: {
        ...text('urgency', urgency),
        ...(status === 'undetermined' ? { status } : {}),
        ...(fixed === undefined ? { ...text('nodsa', nodsa), ...text('nodsa_reason', nodsaReason, true) } : {}),
      },
    },
  ];
}

/** A reason may be given as an empty text, which still says that there will be no DSA. */
const text = (field: string, value: unknown, empty = false): Readonly<Record<string, string>> =>
  typeof value === 'string' && (empty || value !== '') ? { [field]: value.slice(0, 200) } : {};
