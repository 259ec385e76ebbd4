import { describe, expect, test } from 'vitest';
import { memoryBook, parseOsv, versionOrderOf } from '#shared/advisories';
import { matchName, type PackageType, shardName } from '#shared/inventory';
import { coverageOfJudging, judge } from '#shared/judging';
import { isOsPackage, languageKey } from '../../../shared/inventory/keys-of-packages.ts';
import { packageTypes } from '../../../shared/inventory/layer-facts.ts';
import { inventoryOf, type Tree } from '../inventory/images.ts';
import { peOf } from '../inventory/pe-builder.ts';
import { serialize } from '../inventory/php-serialize.ts';

/** A record that affects everything before a version. */
const recordOf = (ecosystem: string, name: string, fixed: string) => ({
  id: `GHSA-${name.replace(/\W/g, '').toLowerCase()}`,
  modified: '2024-01-01T00:00:00Z',
  affected: [
    { package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }] },
  ],
});

/** What an image is told to have by records, of its packages that are not of an operating system. */
async function told(tree: Tree, records: readonly ReturnType<typeof recordOf>[]): Promise<string[]> {
  const book = memoryBook(records.map((record) => parseOsv(record)));
  const { packages } = await inventoryOf(tree);
  const findings = await Promise.all(
    packages.map(async ({ key }) => {
      const shard = await book.shard(shardName(key));
      const found = judge(key, shard?.lookup(matchName(key)) ?? [], { shard: shardName(key), generation: 1 }).findings;
      return found.map(({ id }) => `${key.name}@${key.version} ${id}`);
    }),
  );
  return findings.flat();
}

// evidence of a version that is affected (%) and of one that is not, and the name as advisories write it
const cases: readonly (readonly [string, string, string, string, string, (version: string) => Tree])[] = [
  [
    'RubyGems',
    'rack',
    '2.2.6.4',
    '2.2.6.3',
    '2.2.10',
    (version) => ({
      'g/specifications/rack.gemspec': `Gem::Specification.new do |s|\n  s.name = "rack".freeze\n  s.version = "${version}"\nend\n`,
    }),
  ],
  [
    'Packagist',
    'Symfony/Http-Kernel',
    '5.4.20',
    'v5.4.19',
    'v5.4.20',
    (version) => ({
      'vendor/composer/installed.json': JSON.stringify({ packages: [{ name: 'symfony/HTTP-kernel', version }] }),
    }),
  ],
  [
    'Packagist',
    'pear/archive_tar',
    '1.4.11',
    '1.4.10',
    '1.4.14',
    (release) => ({ 'p/.registry/archive_tar.reg': serialize({ name: 'Archive_Tar', version: { release } }) }),
  ],
  [
    'NuGet',
    'newtonsoft.json',
    '13.0.1',
    '12.0.3',
    '13.0.1+ae9fe44e',
    (version) => ({ 'a/Newtonsoft.Json.dll': peOf({ InternalName: 'Newtonsoft.Json.dll', ProductVersion: version }) }),
  ],
  [
    'NuGet',
    'Microsoft.NetCore.App.Runtime.linux-x64',
    '8.0.4',
    '8.0.3',
    '8.0.10',
    (version) => ({
      [`s/shared/Microsoft.NETCore.App/${version}/Microsoft.NETCore.App.deps.json`]: JSON.stringify({
        runtimeTarget: { name: '.NETCoreApp,Version=v8.0/linux-x64' },
        libraries: {},
      }),
    }),
  ],
  [
    'Hex',
    'plug',
    '1.4.5',
    '1.4.4',
    '1.10.0',
    (version) => ({ 'l/plug/ebin/plug.app': `{application,plug,[{vsn,"${version}"}]}.` }),
  ],
  [
    'Pub',
    'http',
    '0.13.3',
    '0.13.2',
    '1.0.0',
    (version) => ({ [`c/hosted/pub.dev/http-${version}/pubspec.yaml`]: `name: http\nversion: ${version}\n` }),
  ],
  [
    'Julia',
    'HTTP',
    '1.10.17',
    '1.10.2',
    '1.11.0',
    (version) => ({ 'd/packages/HTTP/abcde/Project.toml': `name = "HTTP"\nversion = "${version}"\n` }),
  ],
  [
    'CRAN',
    'readxl',
    '1.4.1',
    '1.4.0',
    '1.10',
    (version) => ({
      'R/library/readxl/DESCRIPTION': `Package: readxl\nVersion: ${version}\nBuilt: R 4.2.2; ; ; unix\n`,
    }),
  ],
  [
    'Bitnami',
    'wordpress',
    '6.1.2',
    '6.1.1',
    '6.2',
    (version) => ({ 'w/wp-includes/version.php': `<?php\n$wp_version = '${version}';\n` }),
  ],
];

describe('packages of languages', () => {
  test.each(cases)(
    'given a record of %s for %s before %s, then %s has it and %s has not',
    async (ecosystem, name, fixed, bad, good, tree) => {
      const records = [recordOf(ecosystem, name, fixed), recordOf(ecosystem, `${name}-other`, '999')];
      expect(await told(tree(bad), records)).toEqual([expect.stringMatching(new RegExp(` ${records[0]?.id}$`))]);
      expect(await told(tree(good), records)).toEqual([]);
    },
  );

  test.each(packageTypes.filter((type) => !isOsPackage(type)))(
    'given a package of type %s, then its versions can be compared, or coverage says that nobody judges it',
    async (type: PackageType) => {
      const key = languageKey({ type, name: 'a', version: '1' });
      const reasons = await coverageOfJudging([key], memoryBook([]));
      const listed = reasons.some(({ text }) => /^nobody publishes advisories|: no advisories judge /.test(text));
      expect(versionOrderOf(key.ecosystem) !== undefined).toBe(!listed);
    },
  );
});
