import { describe, expect, test } from 'vitest';
import { inventoryOf, named, osRelease, stanza } from './images.ts';

/** A record as conda writes it when it links a package into an environment. */
function record(name: string, version: string, build: string, rest: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    arch: 'x86_64',
    build,
    build_number: 0,
    channel: 'https://conda.anaconda.org/conda-forge/linux-64',
    constrains: [],
    depends: ['libgcc >=13'],
    files: [],
    fn: `${name}-${version}-${build}.conda`,
    license: 'MIT',
    link: { source: `/opt/conda/pkgs/${name}-${version}-${build}`, type: 1 },
    name,
    subdir: 'linux-64',
    timestamp: 1_700_000_000_000,
    version,
    ...rest,
  });
}

describe('conda', () => {
  test('given an environment, then its packages are listed with build and channel, and their programs are theirs', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('bash', '5.2'),
      'var/lib/dpkg/info/bash.list': '/.\n/bin/bash\n',
      'opt/conda/conda-meta/history': '==> 2024-01-01 <==\n',
      'opt/conda/conda-meta/openssl-3.2.0-hd590300_1.json': record('openssl', '3.2.0', 'hd590300_1', {
        license: 'Apache-2.0',
        files: ['bin/openssl', 'lib/libssl.so.3'],
      }),
      'opt/conda/envs/a/conda-meta/_libgcc_mutex-0.1-main.json': record('_libgcc_mutex', '0.1', 'main', {
        channel: 'pkgs/main',
        fn: '_libgcc_mutex-0.1-main.tar.bz2',
        license: null,
      }),
      'opt/conda/bin/openssl': { content: '\x7fELFx', mode: 0o755 },
    });
    const found = inventory.packages.filter(({ type }) => type === 'conda');
    expect(found).toMatchObject([
      {
        key: { ecosystem: 'conda', name: '_libgcc_mutex', version: '0.1' },
        purl: 'pkg:conda/_libgcc_mutex@0.1?build=main&channel=main&subdir=linux-64&type=tar.bz2',
      },
      {
        purl: 'pkg:conda/openssl@3.2.0?build=hd590300_1&channel=conda-forge&subdir=linux-64&type=conda',
        licenses: ['Apache-2.0'],
      },
    ]);
    expect(inventory.executables).toMatchObject([{ path: 'opt/conda/bin/openssl', owner: 'conda:openssl' }]);
    expect(inventory.coverage.state).toBe('scanned');
  });

  test('given a Python package that conda installed, then its dist-info stays judged: nobody judges conda', async () => {
    const metadata = 'lib/python3.11/site-packages/requests-2.31.0.dist-info/METADATA';
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('bash', '5.2'),
      'var/lib/dpkg/info/bash.list': '/.\n/bin/bash\n',
      'opt/conda/conda-meta/requests-2.31.0-pyhd8ed1ab_0.json': record('requests', '2.31.0', 'pyhd8ed1ab_0', {
        files: [metadata],
      }),
      [`opt/conda/${metadata}`]: 'Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\n',
    });
    expect(inventory.packages.map(({ type, key, ownedBy }) => [type, key.ecosystem, key.name, ownedBy])).toEqual([
      ['conda', 'conda', 'requests', undefined],
      ['deb', 'Debian', 'bash', undefined],
      ['pypi', 'PyPI', 'requests', undefined],
    ]);
  });

  test('given an upper layer that removes a package from the environment, then it is gone', async () => {
    const path = 'opt/conda/conda-meta/a-1.0-0.json';
    const inventory = await inventoryOf(
      { [path]: record('a', '1.0', '0'), 'opt/conda/conda-meta/b-2.0-0.json': record('b', '2.0', '0') },
      { [path]: null },
    );
    expect(named(inventory)).toEqual(['b@2.0']);
  });

  test('given broken and hostile records, then each is named and none is a package', async () => {
    const inventory = await inventoryOf({
      'e/conda-meta/a-1-0.json': '{"name":"a"',
      'e/conda-meta/b-1-0.json': '{"name":"b"}',
      'e/conda-meta/c-1-0.json': '[]',
      'e/conda-meta/d-1-0.json': record('<d>', '1', '0'),
      'e/conda-meta/e-1-0.json': record('e', '1', '\u202e0', { channel: 7, files: [1, null], license: {} }),
      'site-packages/conda/tests/data/conda-meta/f-1-0.json': record('f', '1', '0'),
    });
    expect(inventory.packages.map(({ purl }) => purl)).toEqual(['pkg:conda/e@1?subdir=linux-64&type=conda']);
    const reasons = inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence');
    expect(reasons.map(({ path }) => path)).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => `e/conda-meta/${name}-1-0.json`),
    );
  });
});
