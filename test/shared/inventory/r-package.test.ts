import { describe, expect, test } from 'vitest';
import { elfFile } from './elf-builder.ts';
import { inventoryOf, named, osRelease, stanza } from './images.ts';

/** A DESCRIPTION as R CMD INSTALL leaves it. */
function description(name: string, version: string, fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    Package: name,
    Version: version,
    Title: 'A Simple Parser',
    License: 'MIT + file\n    LICENSE',
    'Authors@R': 'c(\n    person("Jeroen", "Ooms"),\n    person("Version: 9.9"))',
    Description: 'A reasonably fast parser,\n    Version: 0.0 of it.',
    Repository: 'CRAN',
    Built: "R 4.2.2; x86_64-pc-linux-gnu; 'Fri, 09 Dec 2022 11:32:41 +0100'; unix",
    ...fields,
  };
  return `${Object.entries(all)
    .filter(([, value]) => value !== '')
    .map(([field, value]) => `${field}: ${value}`)
    .join('\n')}\n`;
}

describe('R packages', () => {
  test('given packages of CRAN, Bioconductor and R itself, then each has its ecosystem', async () => {
    const inventory = await inventoryOf({
      'usr/local/lib/R/site-library/jsonlite/DESCRIPTION': description('jsonlite', '1.8.4'),
      'usr/local/lib/R/site-library/Biobase/DESCRIPTION': description('Biobase', '2.58.0', {
        Repository: '',
        biocViews: 'Infrastructure',
        License: 'Artistic-2.0',
      }),
      'usr/local/lib/R/site-library/mixOmics/DESCRIPTION': description('mixOmics', '6.3.2', { biocViews: 'Genetics' }),
      'usr/lib/R/library/stats/DESCRIPTION': description('stats', '4.2.2', { Repository: '', Priority: 'base' }),
      'root/.cache/R/renv/cache/v5/R-4.2/x86_64-pc-linux-gnu/MASS/7.3-58/abc/MASS/DESCRIPTION': description(
        'MASS',
        '7.3-58',
      ),
    });
    expect(inventory.packages.map(({ key, purl }) => [key.ecosystem, purl])).toEqual([
      ['Bioconductor', 'pkg:cran/Biobase@2.58.0?repository_url=https:%2F%2Fbioconductor.org'],
      ['CRAN', 'pkg:cran/MASS@7.3-58'],
      ['CRAN', 'pkg:cran/jsonlite@1.8.4'],
      ['CRAN', 'pkg:cran/mixOmics@6.3.2'],
      ['CRAN', 'pkg:cran/stats@4.2.2'],
    ]);
    expect(inventory.packages[2]?.licenses).toEqual(['MIT + file LICENSE']);
  });

  test('given R that nobody packaged, then its base package tells its version, and what it is made of is known', async () => {
    const elf = { content: elfFile(), mode: 0o755 };
    const { packages, coverage } = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('bash', '5.2'),
      'var/lib/dpkg/info/bash.list': '/.\n/bin/bash\n',
      'opt/R/4.2.2/lib/R/library/base/DESCRIPTION': description('base', '4.2.2', {
        Repository: '',
        Priority: 'base',
        License: 'Part of R 4.2.2',
      }),
      'opt/R/4.2.2/lib/R/lib/libR.so': elf,
      'opt/R/4.2.2/lib/R/bin/exec/R': elf,
      'opt/R/4.2.2/lib/R/modules/internet.so': elf,
      'opt/R/4.2.2/lib/R/library/stats/libs/stats.so': elf,
    });
    expect(packages.filter(({ type }) => type === 'program').map(({ key, purl }) => [key, purl])).toEqual([
      [{ ecosystem: 'Programs', name: 'r', version: '4.2.2' }, 'pkg:generic/r@4.2.2'],
    ]);
    expect(coverage.reasons).toEqual([]);
  });

  test('given sources, templates and other files of that name, then nothing is found and nothing is amiss', async () => {
    const inventory = await inventoryOf({
      'src/jsonlite/DESCRIPTION': description('jsonlite', '1.8.4', { Built: '' }),
      'usr/lib/R/site-library/Biobase/Code/DESCRIPTION': 'Package: @PKGNAME@\nVersion: @VERSION@\nLicense: LGPL\n',
      'usr/lib/R/site-library/a/other/DESCRIPTION': description('a', '1.0'),
      'usr/share/x/DESCRIPTION': 'Just a text about something.\n',
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.map(({ code }) => code)).toEqual(['unknown-distribution']);
  });

  test('given a package of the distribution, then it is marked as its own', async () => {
    const path = 'usr/lib/R/site-library/jsonlite/DESCRIPTION';
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('r-cran-jsonlite', '1.8.4+dfsg-1'),
      'var/lib/dpkg/info/r-cran-jsonlite.list': `/.\n/${path}\n`,
      [path]: description('jsonlite', '1.8.4'),
    });
    expect(inventory.packages.find(({ type }) => type === 'cran')?.ownedBy).toBe('deb:r-cran-jsonlite');
  });

  test('given an installed package without a version, and one with a hostile one, then both are named', async () => {
    const inventory = await inventoryOf({
      'lib/R/library/a/DESCRIPTION': description('a', '', {}),
      'lib/R/library/b/DESCRIPTION': description('b', '1.0 <!here>'),
      'lib/R/library/c/DESCRIPTION': description('c', '1.0'),
    });
    expect(named(inventory)).toEqual(['c@1.0']);
    expect(
      inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence').map(({ path }) => path),
    ).toEqual(['lib/R/library/a/DESCRIPTION', 'lib/R/library/b/DESCRIPTION']);
  });
});
