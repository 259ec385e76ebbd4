import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { billOfInventory, type Inventory, inventoryOfBill, packageKeyId } from '#shared/inventory';
import { type Bill, type BillPart, readBill, writeBill } from '#shared/sbom';
import { emptyBill, everyVersion } from '../sbom/bills.ts';
import { everyDistribution, inventoryOfEverything } from './every-package.ts';
import { inventoryOf, osRelease, stanza } from './images.ts';

const digest = `sha256:${'d'.repeat(64)}` as const;
const document = { digest, size: 10 };
const inventoryWith = (bill: Partial<Bill>): Inventory =>
  inventoryOfBill({ form: 'CycloneDX 1.5', bill: { ...emptyBill, ...bill } }, document);
const part = (purl: string | undefined, more: Partial<BillPart> = {}): BillPart => ({
  name: 'a',
  version: '1',
  licenses: [],
  ...(purl === undefined ? {} : { purl }),
  ...more,
});
const keysOf = (...parts: readonly BillPart[]): string[] =>
  inventoryWith({ parts }).packages.map(({ key }) => packageKeyId(key));

describe('a package of a bill', () => {
  // as Syft 1.5x, Trivy 0.7x and cdxgen write them
  test.each<[string, Partial<BillPart>, string]>([
    [
      'pkg:deb/debian/curl@7.88.1-10%2Bdeb12u3?arch=amd64&distro=debian-12',
      {},
      'Debian|12||||amd64|curl|7.88.1-10+deb12u3|curl|7.88.1-10+deb12u3',
    ],
    [
      'pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl',
      {},
      'Debian|12||||amd64|libssl3|3.0.11-1~deb12u2|openssl|3.0.11-1~deb12u2',
    ],
    [
      'pkg:deb/debian/perl-base@5.36.0-7?arch=amd64&distro=debian-12&upstream=perl%401.2',
      {},
      'Debian|12||||amd64|perl-base|5.36.0-7|perl|1.2',
    ],
    [
      'pkg:deb/ubuntu/login@4.8.1-2ubuntu2.1?arch=amd64&distro=ubuntu-22.04&epoch=1',
      { source: 'shadow', sourceVersion: '1:4.8.1-2ubuntu2.1' },
      'Ubuntu|22.04:LTS||||amd64|login|1:4.8.1-2ubuntu2.1|shadow|1:4.8.1-2ubuntu2.1',
    ],
    [
      'pkg:deb/debian/docker-ce@5:25.0.3-1?distro=debian-12',
      { supplier: 'Docker <support@docker.com>' },
      'Debian|12||docker|||docker-ce|5:25.0.3-1|docker-ce|5:25.0.3-1',
    ],
    [
      // Red Hat's own
      'pkg:rpm/redhat/emacs@27.2-9.el9?arch=x86_64&repository_id=rhel-9-for-x86_64-appstream-rpms',
      {},
      'Red Hat|enterprise_linux:9||||x86_64|emacs|27.2-9.el9|emacs|27.2-9.el9',
    ],
    [
      'pkg:rpm/redhat/nodejs@18.20.2-1.module%2Bel8.6.0%2B1%2Ba?arch=x86_64&epoch=1&rpmmod=nodejs:18:8060:rhel8&repository_id=rhel-8-for-x86_64-appstream-eus-rpms__8_DOT_6',
      {},
      'Red Hat|enterprise_linux:8|eus-8.6||nodejs:18|x86_64|nodejs|1:18.20.2-1.module+el8.6.0+1+a|nodejs|1:18.20.2-1.module+el8.6.0+1+a',
    ],
    [
      'pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=3.18.4',
      { source: 'musl', sourceVersion: '1.2.4-r2' },
      'Alpine|v3.18||||x86_64|musl|1.2.4-r2|musl|1.2.4-r2',
    ],
    [
      'pkg:apk/wolfi/libcrypto3@3.1.4-r0?arch=x86_64&distro=wolfi-20230201&upstream=openssl',
      {},
      'Wolfi|||||x86_64|libcrypto3|3.1.4-r0|openssl|3.1.4-r0',
    ],
    ...(
      [
        ['5.5', 'Linux Enterprise Micro 5.5'],
        ['6.0', 'Linux Micro 6.0'],
      ] as const
    ).map(([version, release]): [string, Partial<BillPart>, string] => [
      `pkg:rpm/suse/bash@4.4-1.1?arch=x86_64&distro=slem-${version}`,
      {},
      `SUSE|${release}||||x86_64|bash|4.4-1.1|bash|4.4-1.1`,
    ]),
    [
      'pkg:deb/dhi/coreutils@9.7-3%2Bdhi3?arch=arm64&distro=dhi-13',
      {},
      'Docker Hardened Images|Debian:13||||arm64|coreutils|9.7-3+dhi3|coreutils|9.7-3+dhi3',
    ],
    [
      'pkg:rpm/almalinux/openssl-libs@3.0.7-18.el9_2?arch=x86_64&distro=almalinux-9.2&epoch=1&upstream=openssl-3.0.7-18.el9_2.src.rpm',
      {},
      'AlmaLinux|9||||x86_64|openssl-libs|1:3.0.7-18.el9_2|openssl|1:3.0.7-18.el9_2',
    ],
    [
      'pkg:rpm/alma/nodejs@16.20.2-3.module_el8.9.0%2B1?arch=x86_64&distro=alma-8.9&modularitylabel=nodejs:16:80090',
      { supplier: 'AlmaLinux' },
      'AlmaLinux|8|||nodejs:16|x86_64|nodejs|16.20.2-3.module_el8.9.0+1|nodejs|16.20.2-3.module_el8.9.0+1',
    ],
    ['pkg:npm/%40angular/core@17.0.1', {}, 'npm||||||@angular/core|17.0.1||'],
    ['pkg:npm/@angular/core@17.0.1', {}, 'npm||||||@angular/core|17.0.1||'],
    ['pkg:pypi/Flask_SQLAlchemy@3.1.1', {}, 'PyPI||||||flask-sqlalchemy|3.1.1||'],
    [
      'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar',
      {},
      'Maven||||||org.apache.logging.log4j:log4j-core|2.14.1||',
    ],
    ['pkg:golang/github.com/gin-gonic/gin@v1.9.0', {}, 'Go||||||github.com/gin-gonic/gin|1.9.0||'],
    ['pkg:golang/stdlib@1.21.3', {}, 'Go||||||stdlib|1.21.3||'],
    ['pkg:cargo/time@0.1.43', {}, 'crates.io||||||time|0.1.43||'],
    ['pkg:gem/rails@7.0.4', {}, 'RubyGems||||||rails|7.0.4||'],
    ['pkg:nuget/Newtonsoft.Json@12.0.1', {}, 'NuGet||||||Newtonsoft.Json|12.0.1||'],
    ['pkg:composer/symfony/http-kernel@v6.0.1', {}, 'Packagist||||||symfony/http-kernel|6.0.1||'],
    ['pkg:bitnami/postgresql@17.2.0-8?arch=arm64&distro=debian-12', {}, 'Bitnami||||||postgresql|17.2.0||'],
    ['pkg:generic/nginx@1.25.3', {}, 'Bitnami||||||nginx|1.25.3||'],
    ['pkg:generic/busybox', { version: '' }, 'Programs||||||busybox|unknown||'],
    ['pkg:generic/oracle/openjdk@1.8.0_352', {}, 'Bitnami||||||java|8.0.352||'],
    ['pkg:cran/Biobase@2.58.0?repository_url=https:%2F%2Fbioconductor.org', {}, 'Bioconductor||||||Biobase|2.58.0||'],
    [
      'pkg:alpm/arch/gcc-libs@13.2.1-3?arch=x86_64&distro=arch-rolling&upstream=gcc',
      {},
      'os-arch|||||x86_64|gcc-libs|13.2.1-3|gcc|13.2.1-3',
    ],
    ['pkg:npm/left-pad', { version: '1.3.0' }, 'npm||||||left-pad|1.3.0||'],
  ])('%s is judged by its purl', (purl, more, key) => {
    expect(keysOf(part(purl, more))).toEqual([key]);
  });

  test('that names no distribution is of the one that the bill names', () => {
    const { packages, distribution } = inventoryWith({
      distribution: { id: 'debian', versionId: '11' },
      parts: [part('pkg:deb/debian/bash@5.1')],
    });
    expect(packages.map(({ key }) => [key.ecosystem, key.release])).toEqual([['Debian', '11']]);
    expect(distribution).toMatchObject({ id: 'debian', ecosystem: 'Debian:11' });
  });

  test.each([
    ['pkg:deb/ubuntu/bash@5.1?arch=amd64', 'os-ubuntu|||||amd64|bash|5.1|bash|5.1'],
    ['pkg:deb/ubuntu/bash@5.1?arch=amd64&distro=jammy', 'Ubuntu|22.04:LTS||||amd64|bash|5.1|bash|5.1'],
    ['pkg:deb/debian/bash@5.1?distro=jessie', 'Debian|8|||||bash|5.1|bash|5.1'],
    ['pkg:deb/debian/bash@5.1?distro=debian-trixie', 'Debian|13|||||bash|5.1|bash|5.1'],
    ['pkg:alpm/arch/bash@5.2-1?arch=x86_64', 'os-arch|||||x86_64|bash|5.2-1|bash|5.2-1'],
    ['pkg:deb/debian/bash@5.1', 'Debian|12|||||bash|5.1|bash|5.1'],
    ['pkg:deb/devuan/bash@5.1', 'Debian|12|||||bash|5.1|bash|5.1'],
  ])('%s is never judged as a package of another distribution, though the bill is of Debian 12', (purl, key) => {
    const { packages } = inventoryWith({
      distribution: { id: 'debian', versionId: '12' },
      parts: [part(purl, { name: 'bash' })],
    });
    expect(packages.map((found) => packageKeyId(found.key))).toEqual([key]);
  });

  test.each([
    ['pkg:npm/%40angular%2Fcore@1', 'npm||||||@angular/core|1||'],
    ['pkg:composer/Symfony/Http-Kernel@v5.0.0', 'Packagist||||||symfony/http-kernel|5.0.0||'],
    ['pkg:golang/github.com%2Ffoo/bar@v1.2.3#sub/path', 'Go||||||github.com/foo/bar|1.2.3||'],
  ])('%s, however it is spelled, is the package that advisories name', (purl, key) => {
    expect(keysOf(part(purl))).toEqual([key]);
  });

  test('that cannot be judged is counted, with why', () => {
    const { packages, coverage } = inventoryWith({
      parts: [
        part(undefined, { name: 'boost' }),
        part(undefined, { name: 'zlib' }),
        part('pkg:generic/unheard-of@1', { name: 'unheard-of' }),
        part('pkg:rpm/x/bash@1', { name: 'bash' }),
        part('pkg:npm/%1b%5b2J@1', { name: '\u001b[2J' }),
        part('pkg:npm/a@%0a', { name: 'b' }),
      ],
    });
    expect(packages.map(({ key }) => key.ecosystem)).toEqual(['os-x']);
    expect(coverage.state).toBe('partial');
    expect(coverage.reasons.map(({ text }) => text)).toEqual([
      "2 of the SBOM's packages have no package URL that says what they are: boost, zlib",
      "1 of the SBOM's packages are of type pkg:generic, which no advisories name: unheard-of",
      "2 of the SBOM's packages of type pkg:npm have names or versions that cannot be: \\u{1b}[2J, b",
    ]);
  });

  test('is judged by the key beside its purl only when both speak of the same package', () => {
    const purl = 'pkg:deb/debian/curl@1?distro=debian-12';
    const own = 'Debian|12||sury||amd64|curl|1|curl|1';
    expect(keysOf(part(purl, { name: 'curl', key: own }))).toEqual([own]);
    const other = keysOf(part(purl, { name: 'curl', key: own.replaceAll('curl', 'bash') }));
    expect(other).toEqual(['Debian|12|||||curl|1|curl|1']);
    expect(keysOf(part(purl, { name: 'curl', key: 'not a key' }))).toEqual(other);
  });
});

describe('a bill', () => {
  test('of nothing is not clean', () => {
    expect(inventoryWith({}).coverage).toEqual({
      state: 'partial',
      reasons: [{ code: 'unsupported-evidence', text: 'the SBOM lists no package: what is installed is not known' }],
    });
  });

  test('brings its gaps along, in words of ours or as what could not be read', () => {
    const { coverage } = inventoryWith({
      parts: [part('pkg:npm/a@1')],
      gaps: [
        { code: 'limit', text: 'more\u0007 than that' },
        { code: 'made up', text: 'x' },
      ],
    });
    expect(coverage.reasons).toEqual([
      { code: 'limit', text: 'more\\u{7} than that' },
      { code: 'unreadable-evidence', text: 'x' },
    ]);
  });

  test('names layers, or stands for one itself', () => {
    const layer = `sha256:${'1'.repeat(64)}`;
    const named = inventoryWith({
      parts: [part('pkg:npm/a@1', { layer }), part('pkg:npm/b@1', { layer: 'sha256:no' })],
    });
    expect(named.layers.map((each) => each.digest)).toEqual([layer, digest]);
    expect(named.packages.map((each) => each.layer)).toEqual([layer, digest]);
    expect(inventoryWith({ parts: [part('pkg:npm/a@1')] }).layers).toMatchObject([{ digest }]);
  });

  test('of hostile text is an inventory or an error with the name of the document, whatever it holds', () => {
    const value = fc.jsonValue({ maxDepth: 6 });
    const cyclone = fc.record({ metadata: value, components: value, compositions: value, dependencies: value });
    const spdx = fc.record({
      packages: value,
      relationships: value,
      creationInfo: value,
      hasExtractedLicensingInfos: value,
    });
    const any = fc.oneof(
      cyclone.map((fields) => ({ bomFormat: 'CycloneDX', specVersion: '1.6', ...fields })),
      spdx.map((fields) => ({ spdxVersion: 'SPDX-2.3', ...fields })),
      value.map((graph) => ({ '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld', '@graph': graph })),
    );
    fc.assert(
      fc.property(any, (json) => {
        const read = readBill(Buffer.from(JSON.stringify(json)), 'a test');
        expect(inventoryOfBill(read, document).coverage.state).toBe('partial');
      }),
    );
  });
});

describe.each(everyDistribution)('our own bill of all that can be in an image of %s', async (id) => {
  const image = await inventoryOfEverything(id);
  const bill = billOfInventory(image, { name: id, digest: image.image, tool: { name: 't', version: '1' } });
  const identities = ({ packages }: Inventory) =>
    packages.map(({ key, type, purl, bundled }) => [packageKeyId(key), type, purl, bundled]);
  const keysIn = (parts: readonly BillPart[]): string[] =>
    inventoryOfBill({ form: 'a test', bill: { ...bill, parts } }, document).packages.map(({ key }) =>
      packageKeyId(key),
    );

  test.each(everyVersion)('as $form $version is read with the same package keys, types and purls', (version) => {
    const again = inventoryOfBill(readBill(Buffer.from(writeBill(bill, version)), 'a test'), document);
    expect(identities(again)).toEqual(identities(image));
  });

  test('without the keys and source packages in it says nearly the same by its purls', () => {
    const without = keysIn(bill.parts.map(({ key: _, type: __, source: ___, sourceVersion: ____, ...part }) => part));
    const lost = keysIn(bill.parts).filter((key) => !without.includes(key));
    // purl-spec has no name for these: what they are stands beside the purl
    expect(lost).toEqual([
      'Bitnami||||||java|8.0.352||',
      'Kernel||||||linux-kernel|6.1.0-18-amd64||',
      'Kernel||||||nvidia|535.129.03||',
      'Maven||||||lonely|1.0||',
      'Models||||||meta-llama/Llama-3.2-1B|unknown||',
      'PEAR||||||pear.php.net/archive_tar|1.4.14||',
      'Snap||||||core22|20231123||',
      'WordPress||||||plugin/woo-commerce|8.1.0||',
    ]);
  });
});

describe('our own bill of an image', async () => {
  const image = await inventoryOf(
    {
      'etc/os-release': osRelease.alpine320,
      'etc/apk/repositories': 'https://dl-cdn.alpinelinux.org/alpine/edge/main\n',
      'lib/apk/db/installed': 'P:libcrypto3\nV:3.3.1-r0\nA:x86_64\no:openssl\nL:Apache-2.0\n\n',
    },
    {
      'srv/var/lib/dpkg/status': stanza('perl-base', '5.36.0-7', { Source: 'perl (5.36.0-6)' }),
      'srv/var/lib/dpkg/info/x': '',
      'srv/etc/os-release': osRelease.debian12,
      'app/node_modules/@s/a/package.json': JSON.stringify({ name: '@s/a', version: '1.0.0', license: 'MIT' }),
      'bin/tool': { content: '\x7fELF', mode: 0o755 },
    },
  );

  test.each(everyVersion)('as $form $version has the same packages, layers, distribution and coverage', (version) => {
    const bill = billOfInventory(image, {
      name: 'app',
      digest: image.image,
      tool: { name: 't', version: '1' },
      files: true,
    });
    const again = inventoryOfBill(readBill(Buffer.from(writeBill(bill, version)), 'a test'), document);
    expect(again.packages).toEqual(image.packages);
    expect(again.layers).toEqual(image.layers);
    expect(again.distribution).toEqual(image.distribution);
    expect(again.image).toBe(image.image);
    expect(again.coverage.reasons.map(({ code, text }) => ({ code, text }))).toEqual(
      image.coverage.reasons.map(({ code, text }) => ({ code, text })),
    );
    expect(again.executables.map(({ path, sha256 }) => [path, sha256])).toEqual(
      image.executables.map(({ path, sha256 }) => [path, sha256]),
    );
  });
});
