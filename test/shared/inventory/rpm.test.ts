import { describe, expect, test } from 'vitest';
import { inventoryOf, named } from './images.ts';
import { alma9, type RpmForm, rpmDatabase, rpmFileName } from './rpm-databases.ts';

const forms: readonly RpmForm[] = ['sqlite', 'littleEndian', 'bigEndian', 'largePages', 'ndb'];

describe.each(forms)('an rpm database as %s', (form) => {
  const database = rpmDatabase(form);
  const file = rpmFileName(form);

  test('given the database of an image, then its packages are there, without repository keys and debug symbols', async () => {
    const inventory = await inventoryOf({ 'etc/os-release': alma9, [`var/lib/rpm/${file}`]: database });
    expect(named(inventory)).toEqual([
      'bash@5.1.8-6.el9_1',
      'coreutils@8.32-34.el9',
      'docker-ce@3:24.0.5-1.el9',
      'local-tool@1.0-1',
      'nodejs@1:18.14.2-3.module_el9.2.0+35+7d6a8b5b',
      // the fixture deletes it from its ndb again
      ...(form === 'ndb' ? [] : ['openssl-libs@1:3.0.7-16.el9_2']),
      'perl-Errno@1.30-480.el9',
      'tzdata@2023c-1.el9',
    ]);
    expect(inventory.packages.map(({ type }) => type)).toEqual(Array(inventory.packages.length).fill('rpm'));
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test.each(['usr/lib/sysimage/rpm', 'usr/share/rpm'])('given it in %s, then it is read there', async (home) => {
    const inventory = await inventoryOf({
      'etc/os-release': alma9,
      'var/lib/rpm': { link: `../../${home}` },
      [`${home}/${file}`]: database,
    });
    expect(named(inventory)).toContain('bash@5.1.8-6.el9_1');
    expect(inventory.coverage.state).toBe('scanned');
  });

  test('given a file that ends too early, then what is missing is told with its name', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': alma9,
      [`var/lib/rpm/${file}`]: database.subarray(0, Math.floor(database.length / 2)),
    });
    expect(inventory.coverage.state).toBe('partial');
    expect(inventory.coverage.reasons[0]).toMatchObject({
      code: 'unreadable-evidence',
      path: `var/lib/rpm/${file}`,
      text: expect.stringContaining(`var/lib/rpm/${file}`),
    });
  });
});

describe('rpm packages', () => {
  const tree = { 'etc/os-release': alma9, 'var/lib/rpm/rpmdb.sqlite': rpmDatabase('sqlite') };

  test('given a header, then epoch, source, module stream and architecture are in the key and in the purl', async () => {
    const { packages } = await inventoryOf(tree);
    const keyOf = (name: string) => packages.find(({ key }) => key.name === name)?.key;
    expect(keyOf('openssl-libs')).toEqual({
      ecosystem: 'AlmaLinux',
      release: '9',
      architecture: 'x86_64',
      name: 'openssl-libs',
      version: '1:3.0.7-16.el9_2',
      source: 'openssl',
      sourceVersion: '1:3.0.7-16.el9_2',
    });
    expect(keyOf('nodejs')).toMatchObject({ module: 'nodejs:18', source: 'nodejs' });
    expect(keyOf('tzdata')).toMatchObject({ architecture: 'noarch' });
    expect(packages.find(({ key }) => key.name === 'openssl-libs')).toMatchObject({
      purl: 'pkg:rpm/almalinux/openssl-libs@3.0.7-16.el9_2?arch=x86_64&distro=almalinux-9.2&epoch=1&upstream=openssl-3.0.7-16.el9_2.src.rpm',
      supplier: 'AlmaLinux',
      licenses: ['MIT and BSD'],
    });
  });

  test('given packages of others, then the Vendor tag marks them, and the lack of one too', async () => {
    const { packages } = await inventoryOf(tree);
    const vendors = packages.flatMap(({ key }) => (key.vendor === undefined ? [] : [[key.name, key.vendor]]));
    expect(vendors).toEqual([
      ['docker-ce', 'docker'],
      ['local-tool', 'nobody named'],
    ]);
  });

  test('given files that a package lists, then they are owned, through merged folders too, and folders are not', async () => {
    const { executables, coverage } = await inventoryOf({
      ...tree,
      bin: { link: 'usr/bin' },
      'bin/bash': { content: '\x7fELF bash', mode: 0o755 },
      'usr/share/bash': { content: '\x7fELF no folder', mode: 0o755 },
    });
    expect(executables.map(({ path, owner }) => [path, owner])).toEqual([
      ['usr/bin/bash', 'rpm:bash'],
      ['usr/share/bash', undefined],
    ]);
    expect(coverage.reasons.map(({ path }) => path)).toEqual(['usr/share/bash']);
  });

  test('given a database that an upper layer rewrites, then unchanged packages stay with the base', async () => {
    const ndb = rpmDatabase('ndb');
    const inventory = await inventoryOf(
      { 'etc/os-release': alma9, 'usr/lib/sysimage/rpm/Packages.db': ndb },
      { 'usr/lib/sysimage/rpm/Packages.db': Buffer.concat([ndb, Buffer.alloc(16)]) },
    );
    expect(new Set(inventory.packages.map(({ layer }) => layer))).toEqual(new Set([inventory.layers[0]?.digest]));
  });

  test('given a database that an upper layer deletes, then the image is not clean', async () => {
    const { coverage } = await inventoryOf(tree, { 'var/lib/rpm/rpmdb.sqlite': null });
    expect(coverage).toMatchObject({ state: 'partial', reasons: [{ code: 'database-deleted', path: 'var/lib/rpm' }] });
  });

  test.each([
    ['SQLite format 3\0 and then nothing of it', 'var/lib/rpm/rpmdb.sqlite'],
    ['\0'.repeat(8192), 'var/lib/rpm/Packages'],
    ['RpmP', 'usr/lib/sysimage/rpm/Packages.db'],
  ])('given %j at %s, then there are no packages and that is loud', async (content, place) => {
    const { coverage, packages } = await inventoryOf({ 'etc/os-release': alma9, [place]: content });
    expect(packages).toEqual([]);
    expect(coverage.state).toBe('partial');
    expect(coverage.reasons.map(({ code }) => code)).toEqual(['unreadable-evidence', 'unsupported-evidence']);
    expect(coverage.reasons[0]?.text).toContain(place);
  });

  test('given a database that was made and never used, then that it lists nothing is said', async () => {
    const empty = rpmDatabase('ndb').subarray(0, 4096);
    for (let slot = 32; slot < 4096; slot += 16) empty.fill(0, slot + 4, slot + 16);
    const { coverage } = await inventoryOf({ 'etc/os-release': alma9, 'var/lib/rpm/Packages.db': empty });
    expect(coverage).toMatchObject({ state: 'partial' });
    expect(coverage.reasons[0]?.text).toMatch(/Packages\.db lists no packages/);
  });

  test('given the list of a distroless image, then it is read', async () => {
    const line = (name: string, version: string, epoch: string, source: string): string =>
      [
        name,
        version,
        '1690000000',
        '1689000000',
        'Microsoft Corporation',
        epoch,
        '1234',
        'x86_64',
        epoch === '(none)' ? '0' : epoch,
        source,
      ].join('\t');
    const { packages, coverage } = await inventoryOf({
      'etc/os-release':
        'NAME="Common Base Linux Mariner"\nID=mariner\nVERSION="2.0.20230721"\nVERSION_ID="2.0"\nPRETTY_NAME="CBL-Mariner/Linux"\n',
      'var/lib/rpmmanifest/container-manifest-2': `${line('openssl-libs', '1.1.1k-25.cm2', '(none)', 'openssl-1.1.1k-25.cm2.src.rpm')}\n${line('glibc', '2.35-4.cm2', '2', '(none)')}\n`,
    });
    expect(packages.map(({ key }) => key)).toMatchObject([
      {
        name: 'glibc',
        version: '2:2.35-4.cm2',
        source: 'glibc',
        sourceVersion: '2:2.35-4.cm2',
        architecture: 'x86_64',
      },
      { name: 'openssl-libs', version: '1.1.1k-25.cm2', source: 'openssl', sourceVersion: '1.1.1k-25.cm2' },
    ]);
    expect(packages.some(({ key }) => key.vendor !== undefined)).toBe(false);
    expect(coverage.state).toBe('scanned');
  });

  test('given a list of something else, then it is unreadable', async () => {
    const { coverage } = await inventoryOf({
      'etc/os-release': alma9,
      'var/lib/rpmmanifest/container-manifest-2': 'hello\n',
    });
    expect(coverage.reasons[0]).toMatchObject({
      code: 'unreadable-evidence',
      path: 'var/lib/rpmmanifest/container-manifest-2',
    });
  });
});
