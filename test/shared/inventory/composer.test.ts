import { describe, expect, test } from 'vitest';
import { inventoryOf, named } from './images.ts';

/** An entry as Composer writes it. */
const entry = (name: string, version: string, license: readonly string[] = ['MIT']) => ({
  name,
  version,
  version_normalized: `${version.replace(/^v/, '')}.0`,
  dist: { type: 'zip', url: `https://example.org/${name}.zip`, reference: 'abc', shasum: '' },
  type: 'library',
  'installation-source': 'dist',
  license,
  'install-path': `../${name}`,
});

describe('Composer', () => {
  test('given what Composer 2 writes, then all that lies in vendor is found, packages for development too', async () => {
    const inventory = await inventoryOf({
      'app/vendor/composer/installed.json': JSON.stringify({
        packages: [entry('symfony/http-kernel', 'v5.4.19'), entry('phpunit/phpunit', '5.6.2', ['BSD-3-Clause'])],
        dev: true,
        'dev-package-names': ['phpunit/phpunit'],
      }),
    });
    expect(named(inventory)).toEqual(['phpunit/phpunit@5.6.2', 'symfony/http-kernel@5.4.19']);
    expect(inventory.packages[1]).toMatchObject({
      type: 'composer',
      key: { ecosystem: 'Packagist', name: 'symfony/http-kernel', version: '5.4.19' },
      purl: 'pkg:composer/symfony/http-kernel@5.4.19',
      licenses: ['MIT'],
      path: 'app/vendor/composer/installed.json',
    });
  });

  test('given what Composer 1 writes, a branch and names in capitals, then names are as Packagist has them', async () => {
    const inventory = await inventoryOf({
      'app/lib/composer/installed.json': JSON.stringify([
        entry('PHPMailer/PHPMailer', 'v6.1.5', ['LGPL-2.1-only']),
        entry('acme/branch', 'dev-main'),
        entry('acme/feature', 'dev-feature/login'),
      ]),
    });
    expect(named(inventory)).toEqual([
      'acme/branch@dev-main',
      'acme/feature@dev-feature/login',
      'phpmailer/phpmailer@6.1.5',
    ]);
    expect(inventory.packages[1]?.purl).toBe('pkg:composer/acme/feature@dev-feature%2Flogin');
  });

  test('given an empty list, test data of a package and files of the same name, then nothing is found and nothing is amiss', async () => {
    const inventory = await inventoryOf({
      'a/vendor/composer/installed.json': '{"packages":[],"dev":true,"dev-package-names":[]}',
      'a/vendor/composer/composer/tests/Composer/Test/Fixtures/vendor/composer/installed.json': JSON.stringify([
        entry('fixture/package', '1.0.0'),
      ]),
      'a/data/installed.json': '{"packages":[{"name":"not/this","version":"1"}]}',
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.map(({ code }) => code)).not.toContain('unreadable-evidence');
  });

  test('given entries and files that cannot be read, then the rest is kept and each is named', async () => {
    const inventory = await inventoryOf({
      'a/vendor/composer/installed.json': JSON.stringify([
        entry('good/one', '1.0.0'),
        { name: 'no/version' },
        entry('no-vendor', '1.0.0'),
        'text',
      ]),
      'b/vendor/composer/installed.json': '{"packages": [',
      'c/vendor/composer/installed.json': '{"packages": "none"}',
    });
    expect(named(inventory)).toEqual(['good/one@1.0.0']);
    const reasons = inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence');
    expect(reasons.map(({ path }) => path)).toEqual([
      'a/vendor/composer/installed.json',
      'a/vendor/composer/installed.json',
      'b/vendor/composer/installed.json',
      'c/vendor/composer/installed.json',
    ]);
    expect(reasons.map(({ text }) => text).join('\n')).toMatch(/2 entries[\s\S]*no JSON[\s\S]*without a list/);
  });
});
