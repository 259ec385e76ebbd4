import { describe, expect, test } from 'vitest';
import { asarOf } from './asar-builder.ts';
import { inventoryOf } from './images.ts';

const json = (name: string, version: string): string => `{"name":"${name}","version":"${version}"}`;
const app = {
  'main.js': 'require("electron")',
  'package.json': json('my-app', '1.0.0'),
  'node_modules/electron-updater/package.json': json('electron-updater', '6.1.0'),
  'node_modules/electron-updater/node_modules/semver/package.json': json('semver', '7.3.8'),
  'node_modules/@sentry/node/package.json': json('@sentry/node', '7.1.0'),
  'node_modules/tool/test/package.json': json('fixture', '1.0.0'),
};

/** As many packages as are said, all of them at the place of one. */
function claimed(count: number, name: string): Buffer {
  const text = json('one', '1.0.0').padEnd(200);
  const one = asarOf({ [`node_modules/${name}000/package.json`]: text });
  const list = one.toString('utf8', 16, 16 + one.readUInt32LE(12));
  const folder = new RegExp(`"${name}000":({.*?}}})`).exec(list) ?? [];
  const all = Array.from({ length: count }, (_, index) => `"${name}${index}":${folder[1]}`).join();
  const header = Buffer.from(list.replace(folder[0] ?? '', all));
  const lengths = Buffer.alloc(16);
  lengths.writeUInt32LE(4, 0);
  lengths.writeUInt32LE(header.length + 8, 4);
  lengths.writeUInt32LE(header.length, 12);
  return Buffer.concat([lengths, header, Buffer.from(text)]);
}

describe('archives of Electron', () => {
  test('given an application, then its packages are there and it is none itself', async () => {
    const { packages, coverage } = await inventoryOf({ 'opt/My App/resources/app.asar': asarOf(app) });
    expect(packages.map(({ purl, path }) => [purl, path])).toEqual([
      ['pkg:npm/%40sentry/node@7.1.0', 'opt/My App/resources/app.asar!/node_modules/@sentry/node/package.json'],
      ['pkg:npm/electron-updater@6.1.0', 'opt/My App/resources/app.asar!/node_modules/electron-updater/package.json'],
      [
        'pkg:npm/semver@7.3.8',
        'opt/My App/resources/app.asar!/node_modules/electron-updater/node_modules/semver/package.json',
      ],
    ]);
    expect(coverage.reasons.map(({ code }) => code)).not.toContain('unreadable-evidence');
  });

  test('given one package.json that is broken, then the rest is kept and it is told', async () => {
    const broken = asarOf({ ...app, 'node_modules/bad/package.json': '{' });
    const { packages, coverage } = await inventoryOf({ 'opt/app.asar': broken });
    expect(packages).toHaveLength(3);
    expect(coverage.reasons.map(({ text }) => text)).toContain(
      'opt/app.asar: 1 package.json of this archive of Electron are no JSON',
    );
  });

  test.each([
    ['cut behind its list', asarOf(app).subarray(0, -200)],
    ['cut in its list', asarOf(app).subarray(0, 100)],
    ['with a list that is none', Buffer.concat([asarOf(app).subarray(0, 16), Buffer.alloc(2000, 'x')])],
  ])('given one %s, then it is told with its path', async (_, bytes) => {
    const { packages, coverage } = await inventoryOf({ 'opt/app.asar': bytes });
    expect(packages).toEqual([]);
    expect(coverage.reasons.map(({ path }) => path)).toContain('opt/app.asar');
  });

  test.each([
    ['more than it holds: files that lie on each other', claimed(200, 'a')],
    ['paths that nothing can unpack', claimed(1, 'a'.repeat(5000))],
  ])('given one that claims %s, then it is told and not read on', async (_, bytes) => {
    const { packages, coverage } = await inventoryOf({ 'opt/app.asar': bytes });
    expect(packages).toEqual([]);
    expect(coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'unreadable-evidence', path: 'opt/app.asar' }),
    );
  });

  test('given another file of that name, then it says nothing', async () => {
    const { packages, coverage } = await inventoryOf({ 'srv/castle.asar': 'a picture of the Asar castle' });
    expect(packages).toEqual([]);
    expect(coverage.reasons.map(({ path }) => path)).not.toContain('srv/castle.asar');
  });
});
