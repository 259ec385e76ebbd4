import { describe, expect, test } from 'vitest';
import { decodeFacts, encodeFacts, mergeLayers, packageKeyId } from '#shared/inventory';
import { factsOf, imageOf, inventoryOf, layerOf, named, osRelease, stanza, type Tree } from './images.ts';

const spdxPackage = (name: string, version: string, purl?: string) => ({
  SPDXID: `SPDXRef-${name}`,
  name,
  versionInfo: version,
  downloadLocation: 'NOASSERTION',
  licenseDeclared: 'PostgreSQL',
  filesAnalyzed: false,
  externalRefs:
    purl === undefined ? [] : [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
});
const spdx = (...packages: readonly object[]): string =>
  JSON.stringify({
    SPDXID: 'SPDXRef-DOCUMENT',
    spdxVersion: 'SPDX-2.3',
    creationInfo: { created: '2025-02-02T05:18:41.934Z', creators: ['Organization: Broadcom'] },
    name: 'SPDX document for PostgreSQL 17.2.0',
    documentDescribes: ['SPDXRef-postgresql'],
    packages,
  });
const cycloneDx = (...purls: readonly string[]): string =>
  JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: purls.map((purl) => ({
      type: 'library',
      name: purl.split(/[/@]/).at(-2),
      version: purl.split('@').at(-1),
      purl,
    })),
  });
const debian: Tree = {
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status': stanza('curl', '7.88.1-10'),
  'var/lib/dpkg/info/curl.list': '/.\n/usr\n/usr/share\n/usr/share/curl.spdx.json\n',
};
const postgresql: Tree = {
  'opt/bitnami/postgresql/.spdx-postgresql.spdx': spdx(
    spdxPackage('postgresql', '17.2.0-8', 'pkg:bitnami/postgresql@17.2.0-8?arch=amd64&distro=debian-12'),
    spdxPackage('geos', '3.13.0', 'pkg:bitnami/geos@3.13.0?arch=amd64&distro=debian-12'),
  ),
  'opt/bitnami/postgresql/bin/postgres': { content: '\x7fELF-postgres', mode: 0o755 },
};

describe('Bitnami components', () => {
  test('are packages that Bitnami judges, by their version without the revision of the build', async () => {
    const inventory = await inventoryOf(debian, postgresql);
    const found = inventory.packages.filter(({ type }) => type === 'bitnami');
    expect(
      found.map(({ key, purl, path, layer, licenses }) => [packageKeyId(key), purl, path, layer, licenses]),
    ).toEqual([
      [
        'Bitnami||||||geos|3.13.0||',
        'pkg:bitnami/geos@3.13.0?arch=amd64&distro=debian-12',
        'opt/bitnami/postgresql/.spdx-postgresql.spdx',
        inventory.layers[1]?.digest,
        ['PostgreSQL'],
      ],
      [
        'Bitnami||||||postgresql|17.2.0||',
        'pkg:bitnami/postgresql@17.2.0-8?arch=amd64&distro=debian-12',
        'opt/bitnami/postgresql/.spdx-postgresql.spdx',
        inventory.layers[1]?.digest,
        ['PostgreSQL'],
      ],
    ]);
  });

  test('account for the programs in their folder, and only there', async () => {
    expect((await inventoryOf(debian, postgresql)).coverage).toEqual({ state: 'scanned', reasons: [] });
    const strange = await inventoryOf(debian, postgresql, {
      'opt/bitnami/other/bin/x': { content: '\x7fELF-x', mode: 0o755 },
    });
    expect(strange.coverage.reasons.map(({ path }) => path)).toEqual(['opt/bitnami/other/bin/x']);
    const without = await inventoryOf(debian, postgresql, { 'opt/bitnami/postgresql/.spdx-postgresql.spdx': null });
    expect(without.packages.some(({ type }) => type === 'bitnami')).toBe(false);
    expect(without.coverage.reasons.map(({ path }) => path)).toEqual(['opt/bitnami/postgresql/bin/postgres']);
  });

  test('that cannot be judged, or whose bill cannot be read, are reasons of coverage', async () => {
    const { coverage } = await inventoryOf(debian, {
      'opt/bitnami/redis/.spdx-redis.spdx': spdx(spdxPackage('redis', '7.2')),
      'opt/bitnami/apache/.spdx-apache.spdx': '{"spdxVersion":"SPDX-2.3"',
      'opt/bitnami/java/.spdx-java.spdx': 'no SBOM at all',
    });
    expect(coverage.reasons.map(({ code, text }) => `${code} ${text}`)).toEqual([
      'unreadable-evidence opt/bitnami/apache/.spdx-apache.spdx: it is no sound JSON',
      'unreadable-evidence opt/bitnami/java/.spdx-java.spdx: this is neither JSON nor XML nor tags and values',
      "unsupported-evidence opt/bitnami/redis/.spdx-redis.spdx: 1 of the SBOM's packages have no package URL that says what they are: redis",
    ]);
  });
});

describe('other bills inside of an image', () => {
  test('add what nothing that is installed speaks of', async () => {
    const inventory = await inventoryOf(debian, {
      'app/node_modules/a/package.json': '{"name":"a","version":"2.0.0"}',
      'app/sbom.cdx.json': cycloneDx(
        'pkg:npm/a@1.0.0',
        'pkg:npm/b@1.0.0',
        'pkg:deb/debian/bash@5?distro=debian-12',
        'pkg:golang/x/y@v1',
        'pkg:generic/z@1',
      ),
      'srv/two.spdx.json': spdx(spdxPackage('b', '1.0.0', 'pkg:npm/b@1.0.0'), spdxPackage('c', '1', 'pkg:pypi/c@1')),
    });
    expect(named(inventory)).toEqual(['curl@7.88.1-10', 'x/y@1', 'a@2.0.0', 'b@1.0.0', 'c@1']);
    expect(inventory.packages.find(({ key }) => key.name === 'b')?.path).toBe('app/sbom.cdx.json');
    // a bill is extra evidence: what it cannot say makes no gap where nobody promised that it is everything
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test('that a package of the operating system brought, or that are of a test, say nothing', async () => {
    const inventory = await inventoryOf(debian, {
      'usr/share/curl.spdx.json': spdx(spdxPackage('x', '1', 'pkg:npm/x@1')),
      'app/node_modules/tool/test/y.cdx.json': cycloneDx('pkg:npm/y@1.0.0'),
      'app/LICENSE.spdx': 'MIT License',
    });
    expect(named(inventory)).toEqual(['curl@7.88.1-10']);
  });

  test('that are too long are cut, loudly', async () => {
    const many = Array.from({ length: 20_001 }, (_, index) => `pkg:npm/p${index}@1.0.0`);
    const { packages, coverage } = await inventoryOf(debian, { 'app/sbom.cdx.json': cycloneDx(...many) });
    expect(packages.filter(({ type }) => type === 'npm')).toHaveLength(20_000);
    expect(coverage.reasons.map(({ text }) => text)).toEqual([
      'app/sbom.cdx.json: an SBOM of 20001 packages, of which 20000 are read',
    ]);
  });

  test('are kept with the facts of their layer', async () => {
    const layer = layerOf({ ...debian, ...postgresql });
    const facts = await factsOf(layer);
    const image = await imageOf([layer]);
    expect(mergeLayers({ image, facts: [await decodeFacts(await encodeFacts(facts))] })).toEqual(
      mergeLayers({ image, facts: [facts] }),
    );
  });
});

describe('bills that wheels carry (PEP 770)', () => {
  const metadata = 'venv/lib/python3.12/site-packages/cryptography-50.0.2.dist-info';
  const wheel: Tree = {
    [`${metadata}/METADATA`]: 'Metadata-Version: 2.4\nName: cryptography\nVersion: 50.0.2\n',
    [`${metadata}/RECORD`]: ['METADATA', 'sboms/rust.cyclonedx.json', 'sboms/sbom.json']
      .map((name) => `cryptography-50.0.2.dist-info/${name},,\n`)
      .join(''),
    [`${metadata}/sboms/sbom.json`]: cycloneDx('pkg:generic/openssl@3.5.1', 'pkg:pypi/cryptography@50.0.2'),
    [`${metadata}/sboms/rust.cyclonedx.json`]: JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      components: [
        { type: 'library', name: 'pyo3', version: '0.29.2', purl: 'pkg:cargo/pyo3@0.29.2', scope: 'required' },
        { type: 'library', name: 'cc', version: '1.6.0', purl: 'pkg:cargo/cc@1.6.0', scope: 'excluded' },
      ],
    }),
  };
  const facts = async (...trees: Tree[]): Promise<unknown[]> =>
    (await inventoryOf(...trees)).packages.map(({ purl, bundled }) => [purl, bundled]);

  test('add what was built into them, and not what only built them, whoever lists the files', async () => {
    expect(await facts(wheel)).toEqual([
      ['pkg:cargo/pyo3@0.29.2', 'vendored'],
      ['pkg:generic/openssl@3.5.1', 'vendored'],
      ['pkg:pypi/cryptography@50.0.2', undefined],
    ]);
  });

  test('speak of copies, which are there beside others of the same name', async () => {
    const other = 'venv/lib/python3.12/site-packages/orjson-3.0.dist-info';
    const found = await facts(wheel, { [`${other}/sboms/orjson.cyclonedx.json`]: cycloneDx('pkg:cargo/pyo3@0.30.1') });
    expect(found).toContainEqual(['pkg:cargo/pyo3@0.30.1', 'vendored']);
    expect(found).toContainEqual(['pkg:cargo/pyo3@0.29.2', 'vendored']);
  });

  test('of a package of the operating system say nothing beside it', async () => {
    const home = metadata.replace('venv/lib/python3.12/site-packages', 'usr/lib/python3/dist-packages');
    const list = Object.keys(wheel).map((path) => `/${path.replace(metadata, home)}`);
    const moved = Object.fromEntries(Object.entries(wheel).map(([path, text]) => [path.replace(metadata, home), text]));
    const tree = {
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('python3-cryptography', '50.0.2-1'),
      'var/lib/dpkg/info/python3-cryptography.list': `${list.join('\n')}\n`,
      ...moved,
    };
    expect((await inventoryOf(tree)).packages.map(({ key, ownedBy }) => [key.name, ownedBy])).toEqual([
      ['python3-cryptography', undefined],
      ['cryptography', 'deb:python3-cryptography'],
    ]);
  });
});
