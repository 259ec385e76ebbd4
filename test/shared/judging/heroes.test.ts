import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AdvisoryBook,
  advisoryBook,
  documentFile,
  folderBook,
  folderSource,
  refreshAdvisories,
  shardOfEcosystem,
  splitEcosystem,
  starterSource,
  versionOrderOf,
} from '#shared/advisories';
import type { PackageKey } from '#shared/inventory';
import { coverageOfJudging, type Finding, judge } from '#shared/judging';
import { memoryBlobs, memoryTable } from '#shared/store';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const cacheFolder = await mkdtemp(join(tmpdir(), 'drydock-heroes-'));
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

function keyOf(ecosystem: string, name: string, version: string): PackageKey {
  const { base, suffix } = splitEcosystem(ecosystem);
  return { ecosystem: base, name, version, ...(suffix === undefined ? {} : { release: suffix }) };
}

async function findingsOf(
  book: AdvisoryBook,
  ecosystem: string,
  name: string,
  version: string,
): Promise<readonly Finding[]> {
  const shard = await book.shard(shardOfEcosystem(ecosystem));
  return judge(keyOf(ecosystem, name, version), shard?.lookup(name) ?? [], {
    shard: shardOfEcosystem(ecosystem),
    generation: 1,
  }).findings;
}

interface StarterCase {
  readonly name: string;
  readonly given: { readonly ecosystem: string; readonly package: string; readonly version: string };
  readonly expected: readonly { readonly vulnerability: string; readonly kev?: string }[];
}

describe('the starter advisories', () => {
  const folder = join(root, 'local/starter/advisories');
  const broken: string[] = [];
  const book = folderBook({
    source: folderSource(folder),
    cacheFolder: join(cacheFolder, 'starter'),
    kev: documentFile(join(root, 'local/starter/kev.json')),
    broken: (records) => broken.push(...records.map((record) => record.text)),
  });
  const cases = JSON.parse(readFileSync(new URL('./starter-cases.json', import.meta.url), 'utf8')) as StarterCase[];

  test.each(cases)('$name', async ({ given, expected }) => {
    const findings = await findingsOf(book, given.ecosystem, given.package, given.version);
    expect(findings).toHaveLength(expected.length);
    for (const [at, { kev, ...finding }] of expected.entries()) {
      expect(findings[at]).toMatchObject(finding);
      expect((await book.kev(finding.vulnerability))?.dateAdded).toBe(kev);
    }
  });

  test('never make an image look fully judged', async () => {
    const source = { ...folderSource(folder), describe: starterSource };
    const fresh = folderBook({ source, cacheFolder: join(cacheFolder, 'coverage') });
    expect(await coverageOfJudging([keyOf('Debian:12', 'curl', '1')], fresh)).toEqual([
      expect.objectContaining({ code: 'no-advisories', text: expect.stringContaining('debian-12') }),
    ]);
  });

  test('can all be read', async () => {
    for (const ecosystem of await folderSource(folder).ecosystems()) await book.shard(ecosystem);
    expect(broken).toEqual([]);
  });
});

interface Row {
  readonly id: string;
  readonly eco: string;
  readonly pkg?: string;
  readonly introduced?: string;
  readonly fixed?: string;
  readonly ranges?: readonly (readonly [string, string | null])[];
  readonly versions?: readonly string[];
  readonly cves?: readonly string[];
  readonly inPack: boolean;
  readonly expect?: string;
}

interface Hero {
  readonly name: string;
  readonly id: string;
  readonly cve?: string;
  readonly kev?: string | null;
  readonly rows: readonly Row[];
}

const data = join(root, '../shared/data');
const present = existsSync(join(data, 'osv')) && existsSync(join(data, 'heroes.json'));
if (!present) console.warn('SKIPPED: well-known cases against real advisories; ../shared/data is not there');

/** Versions that a row calls affected, and those that it calls fixed. */
function probes(row: Row): { readonly affected: readonly string[]; readonly fixed: readonly string[] } {
  const ranges = row.ranges ?? (row.fixed === undefined ? [] : [[row.introduced ?? '0', row.fixed] as const]);
  const base = splitEcosystem(row.eco).base;
  const lowest = ['Debian', 'Ubuntu', 'AlmaLinux'].includes(base)
    ? '0.0.1-1'
    : ['Alpine', 'Alpaquita'].includes(base)
      ? '0.0.1-r0'
      : '0.0.1';
  return {
    affected: [
      ...ranges.map(([from]) => (from === '0' ? lowest : from)),
      ...ranges.flatMap(([, to]) => (to !== null && base === 'Debian' ? [`${to}~`] : [])),
      ...(row.versions ?? []),
    ],
    fixed: ranges.flatMap(([, to]) => (to === null ? [] : [to])),
  };
}

describe.runIf(present)('well-known cases against real advisories', () => {
  const heroes = present
    ? (JSON.parse(readFileSync(join(data, 'heroes.json'), 'utf8')) as { cases: readonly Hero[] }).cases
    : [];
  const rows = heroes.flatMap((hero) =>
    hero.rows.map((row) => ({ hero, row, title: `${hero.name}: ${row.id} ${row.eco} ${row.pkg ?? ''}` })),
  );
  const judged = rows.filter(({ row }) => row.inPack && row.pkg !== undefined && versionOrderOf(row.eco) !== undefined);
  const unordered = rows.filter(
    ({ row }) => row.inPack && row.pkg !== undefined && versionOrderOf(row.eco) === undefined,
  );
  if (unordered.length > 0)
    console.warn(`SKIPPED: ${unordered.length} rows of ecosystems whose versions cannot be compared yet`);

  const ports = { blobs: memoryBlobs(), table: memoryTable() };
  const book = advisoryBook(ports);
  beforeAll(async () => {
    // One pass over each archive for all of its shards.
    const result = await refreshAdvisories({
      ...ports,
      source: folderSource(join(data, 'osv')),
      kev: documentFile(join(data, 'kev/known_exploited_vulnerabilities.json')),
      shards: [...new Set(judged.map(({ row }) => shardOfEcosystem(row.eco)))],
      now: () => new Date(),
    });
    expect(result.refused).toEqual([]);
    expect(result.broken).toEqual([]);
  });

  test.each(judged)('$title', async ({ hero, row }) => {
    const { affected, fixed } = probes(row);
    const wanted = row.cves ?? [hero.cve ?? row.id];
    expect(affected.length).toBeGreaterThan(0);
    for (const version of affected) {
      const findings = await findingsOf(book, row.eco, row.pkg ?? '', version);
      for (const vulnerability of wanted) {
        const finding = findings.find((one) => one.vulnerability === vulnerability);
        expect(finding, `${vulnerability} of ${version}`).toBeDefined();
        expect(finding?.records.map((record) => record.id)).toContain(row.id);
      }
    }
    for (const version of fixed) {
      const still = (await findingsOf(book, row.eco, row.pkg ?? '', version)).flatMap((one) =>
        wanted.includes(one.vulnerability) && one.id.split('~')[0] === row.id ? [one.why] : [],
      );
      expect(still).toEqual([]);
    }
  });

  test.each(rows.filter(({ row }) => row.expect === 'no finding'))('$title: no finding', async ({ hero, row }) => {
    for (const version of ['0.0.1-1', '5.4.1-0.2', '7.64.0-4', '99:1-1'])
      expect(
        (await findingsOf(book, row.eco, row.pkg ?? '', version)).filter((one) => one.vulnerability === hero.cve),
      ).toEqual([]);
  });

  test.each(heroes.filter((hero) => hero.cve !== undefined))(
    '$name: date in the catalogue of known exploited vulnerabilities',
    async ({ cve, kev }) => {
      expect((await book.kev(cve ?? ''))?.dateAdded ?? null).toBe(kev ?? null);
    },
  );
});
