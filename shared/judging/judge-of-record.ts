import { splitEcosystem } from '#shared/advisories';

/** Whose word counts for an ecosystem. `ranks`: the first rank of which any record speaks decides; within a rank records are OR-ed. */
export interface JudgeOfRecord {
  readonly ecosystems: readonly string[];
  /** publishers by id prefix; '*' is everybody who is not named */
  readonly ranks: readonly (readonly string[])[];
  readonly reason: string;
}

/** Whose word counts for which ecosystem, negatives included (design decision 8). What the others say is kept and shown. */
export const judgesOfRecord: readonly JudgeOfRecord[] = [
  {
    ecosystems: ['Debian'],
    ranks: [['DEBIAN', 'DSA', 'DLA', 'DTSA', 'ELA'], ['*']],
    reason:
      'The distribution knows its back-ports. Its tracker speaks of each CVE alone and first, so its record gives the name; a later DSA or DLA for the same suite adds to it.',
  },
  {
    ecosystems: ['Ubuntu'],
    ranks: [['UBUNTU', 'USN', 'LSN'], ['*']],
    reason:
      'The distribution knows its back-ports; its tracker record per CVE also says what is not fixed, the notice only what is.',
  },
  { ecosystems: ['Alpine'], ranks: [['ALPINE'], ['*']], reason: 'secdb is written by those who build the packages.' },
  {
    ecosystems: ['Amazon Linux'],
    ranks: [['ALAS', 'ALAS2', 'ALAS2023'], ['*']],
    reason: 'The distribution names its own builds.',
  },
  {
    ecosystems: ['Wolfi', 'Chainguard'],
    ranks: [['CGA', 'WOLFI', 'CHAINGUARD'], ['*']],
    reason: 'Written by those who build the packages.',
  },
  {
    ecosystems: ['Alpaquita', 'BellSoft Hardened Containers'],
    ranks: [['BELL'], ['*']],
    reason: 'Written by those who build the packages.',
  },
  { ecosystems: ['AlmaLinux'], ranks: [['ALSA'], ['*']], reason: 'The distribution names its own builds.' },
  { ecosystems: ['Rocky Linux'], ranks: [['RLSA', 'RXSA'], ['*']], reason: 'The distribution names its own builds.' },
  {
    ecosystems: ['Red Hat'],
    ranks: [['REDHAT'], ['RHSA'], ['*']],
    reason:
      'Its VEX documents say of each CVE and stream what is fixed, what is not affected and what will not be fixed; an advisory only what it brings, and of more packages than are touched.',
  },
  {
    ecosystems: ['SUSE', 'openSUSE'],
    ranks: [['SUSE', 'openSUSE'], ['*']],
    reason: 'Both are built from one source, and each writes of the other’s packages where they are the same.',
  },
  { ecosystems: ['Azure Linux'], ranks: [['AZL'], ['*']], reason: 'The distribution names its own builds.' },
  { ecosystems: ['Photon OS'], ranks: [['PHSA'], ['*']], reason: 'The distribution names its own builds.' },
  { ecosystems: ['Mageia'], ranks: [['MGASA'], ['*']], reason: 'The distribution names its own builds.' },
  { ecosystems: ['openEuler'], ranks: [['OESA'], ['*']], reason: 'The distribution names its own builds.' },
  {
    ecosystems: ['npm'],
    ranks: [['GHSA', 'MAL'], ['NSWG'], ['*']],
    reason:
      'GitHub reviews each record and corrects its ranges; records of malware stand beside it. The old npm working group is no longer kept; retire.js ranges are made for files, not for packages.',
  },
  {
    ecosystems: ['PyPI'],
    ranks: [['GHSA', 'MAL'], ['PYSEC'], ['*']],
    reason:
      'Most PyPI Advisory Database records repeat a GHSA; GitHub reviews the ranges, the database takes many from NVD by machine.',
  },
  {
    ecosystems: ['Maven', 'NuGet', 'RubyGems', 'Packagist'],
    ranks: [['GHSA', 'MAL', 'DRUPAL'], ['*']],
    reason: 'GitHub reviews each record and corrects its ranges; Drupal speaks of its own modules.',
  },
  {
    ecosystems: ['Go'],
    ranks: [['GHSA', 'MAL'], ['GO'], ['*']],
    reason:
      'Many Go records are unreviewed and start at 0; GitHub reviews its own. For the standard library and golang.org/x only Go has records of its own.',
  },
  {
    ecosystems: ['crates.io'],
    ranks: [['RUSTSEC', 'MAL'], ['GHSA'], ['*']],
    reason: 'RustSec is the origin; GitHub copies it.',
  },
  {
    ecosystems: ['curl'],
    ranks: [['CURL'], ['*']],
    reason: 'The project writes its own, with the releases that are affected.',
  },
  {
    ecosystems: ['CVE List'],
    ranks: [['CVE'], ['*']],
    reason:
      'The project or vendor numbers the flaws of its product itself and says which releases have them; what others publish under other numbers is not its word.',
  },
  { ecosystems: ['Bitnami'], ranks: [['BIT'], ['*']], reason: 'Written by those who build the packages.' },
];

const everybody: JudgeOfRecord = {
  ecosystems: [],
  ranks: [['*']],
  reason: 'No judge of record is named: all records count alike.',
};

/** The row for an ecosystem as OSV writes it. */
export function judgeOfRecord(ecosystem: string): JudgeOfRecord {
  const { base } = splitEcosystem(ecosystem);
  return judgesOfRecord.find((row) => row.ecosystems.includes(base)) ?? everybody;
}

/** Place of a publisher in a row: rank first, then its place within the rank. */
export function judgeRank(row: JudgeOfRecord, source: string): readonly [rank: number, place: number] {
  const rank = row.ranks.findIndex((members) => members.includes(source));
  if (rank >= 0) return [rank, row.ranks[rank]?.indexOf(source) ?? 0];
  return [row.ranks.length - 1, Number.MAX_SAFE_INTEGER];
}

/** Publishers that speak of a distribution's packages: their ids alias nothing, their `upstream` names what they fix. */
const distributions: ReadonlySet<string> = new Set([
  ...[
    'ALAS',
    'ALAS2',
    'ALAS2023',
    'ALBA',
    'ALEA',
    'ALPINE',
    'ALSA',
    'AZL',
    'BELL',
    'CGA',
    'CHAINGUARD',
    'CLEANSTART',
    'CLSA',
    'DEBIAN',
    'DHI',
    'DLA',
    'DSA',
    'DTSA',
    'ECHO',
    'ELA',
  ],
  ...[
    'LSN',
    'MGASA',
    'MINI',
    'OESA',
    'PHSA',
    'REDHAT',
    'RHBA',
    'RHEA',
    'RHSA',
    'RLSA',
    'ROOT',
    'RXSA',
    'SUSE',
    'UBUNTU',
    'USN',
    'WOLFI',
    'openSUSE',
  ],
]);

/** True for records of distributions and vendors of builds. */
export const isDistribution = (source: string): boolean => distributions.has(source);
