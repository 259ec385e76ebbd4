import { describe, expect, test } from 'vitest';
import { inventoryOf, named } from './images.ts';
import { serialize } from './php-serialize.ts';

const archiveTar = serialize({
  attribs: { packagerversion: '1.9.4', version: '2.0' },
  name: 'Archive_Tar',
  channel: 'pear.php.net',
  summary: 'Tar file management: "ä;}"',
  lead: { 0: { name: 'Vincent Blavet', active: 'no' }, 1: { name: 'Greg Beaver', active: 'no' } },
  version: { release: '1.4.9', api: '1.4.0' },
  license: { attribs: { uri: 'http://www.opensource.org/licenses/bsd-license.php' }, _content: 'New BSD License' },
  _lastmodified: 1_700_000_000,
  old: { version: '1.4.8', maintainers: null, ratio: 0.5, current: true },
});

describe('PEAR', () => {
  test('given a package of the main channel, then it has the name that advisories know it by', async () => {
    const inventory = await inventoryOf({ 'usr/share/php/.registry/archive_tar.reg': archiveTar });
    expect(inventory.packages).toMatchObject([
      {
        type: 'composer',
        key: { ecosystem: 'Packagist', name: 'pear/archive_tar', version: '1.4.9' },
        purl: 'pkg:composer/pear/archive_tar@1.4.9',
        licenses: ['New BSD License'],
      },
    ]);
  });

  test('given an extension from PECL, then it is listed as what nobody judges', async () => {
    const inventory = await inventoryOf({
      'usr/local/lib/php/.registry/.channel.pecl.php.net/redis.reg': serialize({
        name: 'redis',
        channel: 'pecl.php.net',
        version: { release: '5.3.7', api: '5.3.7' },
        license: 'PHP',
      }),
    });
    expect(inventory.packages).toMatchObject([
      {
        type: 'pear',
        key: { ecosystem: 'PEAR', name: 'pecl.php.net/redis', version: '5.3.7' },
        purl: 'pkg:generic/pecl.php.net/redis@5.3.7',
        licenses: ['PHP'],
      },
    ]);
  });

  test('given a description of the first form, then its version is a text', async () => {
    const inventory = await inventoryOf({
      'usr/share/php/.registry/http.reg': serialize({ package: 'HTTP', version: '1.4.1', release_license: 'BSD' }),
    });
    expect(named(inventory)).toEqual(['pear/http@1.4.1']);
  });

  test('given channels, cut, nested and lying entries, then only the registry is read and each flaw is named', async () => {
    const inventory = await inventoryOf({
      'usr/share/php/.channels/pear.php.net.reg': 'a:1:{s:4:"name";s:12:"pear.php.net";}',
      'r/.registry/cut.reg': archiveTar.slice(0, 200),
      'r/.registry/deep.reg': 'a:1:{i:0;'.repeat(5000),
      'r/.registry/many.reg': `a:999999999:{${'i:0;i:0;'.repeat(1000)}}`,
      'r/.registry/long.reg': 's:999999999:"x";',
      'r/.registry/object.reg': 'O:8:"stdClass":0:{}',
      'r/.registry/nameless.reg': serialize({ version: '1' }),
    });
    expect(inventory.packages).toEqual([]);
    const named = inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence');
    expect(named.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^r\/\.registry\/cut\.reg and 4 more: .* is not serialised PHP$/),
      'r/.registry/nameless.reg: a PEAR package without a name',
    ]);
  });
});
