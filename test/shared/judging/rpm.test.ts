import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { type AdvisoryBook, folderBook, folderSource, memoryBook, parseOsv } from '#shared/advisories';
import { matchName, type PackageKey, shardName } from '#shared/inventory';
import { judge } from '#shared/judging';
import { inventoryOf } from '../inventory/images.ts';
import { alma9, rpmDatabase } from '../inventory/rpm-databases.ts';

/** A record as a distribution writes it, of one package. */
function record(id: string, ecosystem: string, name: string, fixed: string, summary?: string): object {
  return {
    id,
    modified: '2024-01-01T00:00:00Z',
    upstream: [`CVE-2024-${id.replace(/\D/g, '').slice(-4)}`],
    ...(summary === undefined ? {} : { summary }),
    affected: [
      { package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }] },
    ],
  };
}

/** The records that call a package affected, each with what it calls fixed. */
async function idsIn(book: Pick<AdvisoryBook, 'shard'>, key: PackageKey): Promise<string[]> {
  const shard = await book.shard(shardName(key));
  const { findings } = judge(key, shard?.lookup(matchName(key)) ?? [], { shard: shardName(key), generation: 1 });
  return [
    ...new Set(
      findings.flatMap(({ records }) => records.flatMap(({ id, fixedIn }) => (fixedIn === undefined ? [] : [id]))),
    ),
  ].sort();
}

const idsOf = (records: readonly object[], key: PackageKey): Promise<string[]> =>
  idsIn(memoryBook(records.map((one) => parseOsv(one))), key);

const rocky = (fields: Partial<PackageKey> & Pick<PackageKey, 'name' | 'version'>): PackageKey => ({
  ecosystem: 'Rocky Linux',
  release: '9',
  ...fields,
});

describe('epochs (trap 5)', () => {
  const perl = [record('RLSA-2024:0001', 'Rocky Linux:9', 'perl', '4:5.32.1-481.el9')];

  test.each([
    ['5.32.1-480.el9', ['RLSA-2024:0001']],
    ['5.32.1-481.el9', []],
  ])(
    'given a binary with an epoch and a version of its own, then source %s counts without one',
    async (sourceVersion, ids) => {
      const key = rocky({ name: 'perl-Errno', version: '1.30-480.el9', source: 'perl', sourceVersion });
      expect(await idsOf(perl, key)).toEqual(ids);
    },
  );

  test('given a source that shares the binary’s version, then the epoch counts', async () => {
    const fix = [record('RLSA-2024:0002', 'Rocky Linux:9', 'bind', '32:9.16.23-11.el9')];
    const bind = (version: string) => rocky({ name: 'bind-libs', version, source: 'bind', sourceVersion: version });
    expect(await idsOf(fix, bind('31:9.18.0-1.el9'))).toEqual(['RLSA-2024:0002']);
    expect(await idsOf(fix, bind('32:9.16.23-11.el9'))).toEqual([]);
  });

  test('given a distribution that names binaries, then the absent epoch is 0', async () => {
    const fix = [record('ALSA-2024:0003', 'AlmaLinux:9', 'openssl-libs', '1:3.0.1-43.el9_0')];
    const key = (version: string): PackageKey => ({
      ecosystem: 'AlmaLinux',
      release: '9',
      name: 'openssl-libs',
      version,
      source: 'openssl',
      sourceVersion: '3.0.7-1.el9',
    });
    expect(await idsOf(fix, key('3.0.7-1.el9'))).toEqual(['ALSA-2024:0003']);
    expect(await idsOf(fix, key('1:3.0.7-1.el9'))).toEqual([]);
  });
});

describe('modules (trap 6)', () => {
  const fixed = (version: string, stream: string): object =>
    record('ALSA-2024:0004', 'AlmaLinux:9', 'nodejs', version, `Important: nodejs:${stream} security update`);
  const nodejs = (module: string | undefined, version: string): PackageKey => ({
    ecosystem: 'AlmaLinux',
    release: '9',
    name: 'nodejs',
    version,
    ...(module === undefined ? {} : { module }),
  });
  const eighteen = nodejs('nodejs:18', '1:18.14.2-3.module_el9.2.0+35+7d6a8b5b');

  test('given records of several streams, then only that of its own counts', async () => {
    expect(await idsOf([fixed('1:18.19.1-1.module_el9.3.0+1+a', '18')], eighteen)).toEqual(['ALSA-2024:0004']);
    expect(await idsOf([fixed('1:20.12.2-2.module_el9.4.0+1+a', '20')], eighteen)).toEqual([]);
  });

  test('given a package that is of no module, then records of modules say nothing of it, and the other way around', async () => {
    const plain = nodejs(undefined, '1:16.20.2-1.el9');
    expect(await idsOf([fixed('1:18.19.1-1.module_el9.3.0+1+a', '18')], plain)).toEqual([]);
    expect(await idsOf([fixed('1:18.20.0-1.el9', '18')], eighteen)).toEqual([]);
  });

  test('given a record that names no stream, then it counts', async () => {
    const unnamed = record(
      'ALSA-2024:0005',
      'AlmaLinux:9',
      'nodejs',
      '1:18.19.1-1.module_el9.3.0+1+a',
      'Important: nodejs security update',
    );
    expect(await idsOf([unnamed], eighteen)).toEqual(['ALSA-2024:0005']);
  });
});

describe('several records for one vulnerability (trap 8)', () => {
  test('given two that repair it one after the other, then the later version is the fix', async () => {
    const first = record('RHSA-2024:1000', 'Red Hat:enterprise_linux:9::baseos', 'curl', '7.76.1-26.el9_3.2');
    const second = {
      ...record('RHSA-2024:2000', 'Red Hat:enterprise_linux:9::appstream', 'curl', '7.76.1-29.el9_4'),
      upstream: ['CVE-2024-1000'],
    };
    const book = memoryBook([first, second].map((one) => parseOsv(one)));
    const key: PackageKey = {
      ecosystem: 'Red Hat',
      release: 'enterprise_linux:9',
      name: 'curl',
      version: '7.76.1-26.el9',
    };
    const shard = await book.shard(shardName(key));
    const { findings } = judge(key, shard?.lookup(matchName(key)) ?? [], { shard: shardName(key), generation: 1 });
    expect(findings).toMatchObject([{ vulnerability: 'CVE-2024-1000', fixedIn: '7.76.1-29.el9_4' }]);
  });
});

const data = join(fileURLToPath(new URL('../../../', import.meta.url)), '../shared/data/osv');
const present = existsSync(join(data, 'AlmaLinux/all.zip'));
if (!present) console.warn('SKIPPED: an rpm image against real advisories; ../shared/data is not there');

describe.runIf(present)('an AlmaLinux 9.2 image against real advisories', async () => {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'drydock-rpm-'));
  afterAll(() => rm(cacheFolder, { recursive: true, force: true }));
  const book = folderBook({ source: folderSource(data), cacheFolder });
  const { packages } = await inventoryOf({
    'etc/os-release': alma9,
    'var/lib/rpm/rpmdb.sqlite': rpmDatabase('sqlite'),
  });
  const idsOfPackage = async (name: string): Promise<string[]> => {
    const found = packages.find(({ key }) => key.name === name);
    return found === undefined ? ['not there'] : idsIn(book, found.key);
  };

  test('given what is behind, then its advisories are found, by the name of the binary', async () => {
    const ids = await idsOfPackage('openssl-libs');
    // openssl-libs 1:3.0.7-16.el9_2 is itself the repair of ALSA-2023:3722
    expect(ids).toContain('ALSA-2024:0310');
    expect(ids).not.toContain('ALSA-2023:3722');
    expect(await idsOfPackage('bash')).not.toContain('ALSA-2023:0340');
  });

  test('given nodejs 18 of its module, then records of other streams and of no module are none of its', async () => {
    const ids = await idsOfPackage('nodejs');
    expect(ids).toContain('ALSA-2024:1503');
    for (const other of ['ALSA-2024:1688', 'ALSA-2024:5815', 'ALSA-2025:1613', 'ALSA-2024:2910'])
      expect(ids).not.toContain(other);
  });

  test('given a package that Docker made, then nothing is said of it', async () => {
    expect(await idsOfPackage('docker-ce')).toEqual([]);
  });
});
