import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inventoryOf } from './images.ts';
import { nativeImage } from './native-image-builder.ts';
import { pom, zipOf } from './zip-builder.ts';

const components = [
  { purl: 'pkg:maven/io.netty/netty-codec-http@4.1.100.Final' },
  { purl: 'pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.15.2' },
];
const read = (content: Buffer) => inventoryOf({ 'app/service': { content, mode: 0o755 } });

describe('native images of GraalVM', () => {
  it('given their list of components, then those are packages of Maven, and the program is no stranger', async () => {
    const { packages, coverage } = await read(nativeImage(components));
    expect(packages.map(({ key, path }) => [key, path])).toEqual([
      [{ ecosystem: 'Maven', name: 'com.fasterxml.jackson.core:jackson-databind', version: '2.15.2' }, 'app/service'],
      [{ ecosystem: 'Maven', name: 'io.netty:netty-codec-http', version: '4.1.100.Final' }, 'app/service'],
    ]);
    expect(coverage.reasons.map(({ text }) => text).join()).not.toContain('not recognised');
  });

  it('given more exported names than a native image has, then its symbols are not looked through', async () => {
    const namesOf = async (otherNames: number) => (await read(nativeImage(components, { otherNames }))).packages.length;
    expect([await namesOf(100_000), await namesOf(300_000)]).toEqual([2, 0]);
  });

  it('given one of its jars beside it in another version, then both are there', async () => {
    const { packages } = await inventoryOf({
      'app/service': { content: nativeImage(components), mode: 0o755 },
      'app/lib/netty-codec-http-4.1.90.Final.jar': zipOf(pom('io.netty', 'netty-codec-http', '4.1.90.Final')),
    });
    expect(packages.filter(({ key }) => key.name.includes('netty')).map(({ key }) => key.version)).toEqual([
      '4.1.100.Final',
      '4.1.90.Final',
    ]);
  });

  it.each([
    ['is cut', { packed: gzipSync('{"bomFormat"').subarray(0, 12) }, 'cannot be unpacked'],
    ['is no bill', { packed: gzipSync('{}') }, 'no bill of materials'],
    ['is a bomb', { packed: gzipSync(Buffer.alloc(80 * 2 ** 20)) }, 'cannot be unpacked'],
    ['says an impossible length', { length: 2 ** 30 }, 'it has 1073741824 bytes'],
    ['lies outside of the file', { length: 10 * 2 ** 20 }, 'outside of what is held'],
  ])('given one that %s, then that is told', async (_, flaw, text) => {
    const { coverage, packages } = await read(nativeImage(components, flaw));
    expect(packages).toEqual([]);
    expect(coverage.reasons).toContainEqual(
      expect.objectContaining({
        code: 'unreadable-evidence',
        path: 'app/service',
        text: expect.stringContaining(text),
      }),
    );
  });
});
