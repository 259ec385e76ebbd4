import { describe, expect, it } from 'vitest';
import { findingsOfImage, readExposures, readImageHead, readProblem, reconcileWorkload } from '#shared/findings';
import { buildImage, buildLayer, type ImageConfig } from '#shared/oci';
import { elfFile } from '../inventory/elf-builder.ts';
import { dsa, heartbleed, world } from './world.ts';

const key = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };
const status = (name: string, source: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nSource: ${source}\nVersion: 1.0.1e-2\n\n`;
const needing = (...needed: readonly string[]): Buffer =>
  elfFile({ loader: '/lib64/ld-linux.so', needed: needed.map((name) => ({ name })) });

/** A Debian with two programs, of which only one needs the library that is flawed. */
const image = (config: Partial<ImageConfig>) =>
  buildImage({
    layers: [
      buildLayer([
        { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="7"\n' },
        { path: 'var/lib/dpkg/status', content: status('libssl1.0.0', 'openssl') + status('plain', 'plain') },
        { path: 'var/lib/dpkg/info/libssl1.0.0:amd64.list', content: '/usr/lib/libssl.so.1.0.0\n' },
        { path: 'var/lib/dpkg/info/plain.list', content: '/usr/bin/plain\n/usr/bin/server\n' },
        { path: 'usr/lib/libssl.so.1.0.0', content: elfFile({ type: 3, soname: 'libssl.so.1.0.0' }) },
        { path: 'usr/bin/server', content: needing('libssl.so.1.0.0'), mode: 0o755 },
        { path: 'usr/bin/plain', content: needing(), mode: 0o755 },
      ]),
    ],
    config: { architecture: 'amd64', ...config },
  });

async function running(config: Partial<ImageConfig>) {
  const made = world({ records: [heartbleed, dsa('DSA-1-1', 'other', '9', ['CVE-2000-1'])] });
  const digest = made.push('shop', '1', image(config));
  await made.scan('shop', '1');
  await made.run('shop', 'shop', digest);
  await reconcileWorkload(made.ports, '1/local/demo/shop');
  return { ...made, digest };
}

describe('a package in use, on its way through the store', () => {
  it.each<[readonly string[], object]>([
    [['server'], { state: 'yes', why: 'server -> libssl.so.1.0.0 (usr/lib/libssl.so.1.0.0)' }],
    [['plain'], { state: 'not seen', why: 'nothing that plain starts or needs is of it' }],
    [[], { state: 'unknown', why: 'the image does not say what it starts' }],
  ])(
    'of an image that starts %j is said at the finding, the exposure and the problem, and hides none',
    async (entrypoint, inUse) => {
      const made = await running({ entrypoint });
      const head = await readImageHead(made.table, made.digest);
      const { findings } = await findingsOfImage(made.ports, head!);
      expect(findings).toMatchObject([{ vulnerability: 'CVE-2014-0160', inUse }]);
      expect(findings[0]?.hidden).toBeUndefined();
      expect(await readExposures(made.table, key)).toMatchObject([{ inUse }]);
      expect(await readProblem(made.table, key)).toMatchObject({ state: 'open', inUse });
    },
  );

  it('is not known of what an older version read', async () => {
    const made = await running({ entrypoint: ['server'] });
    const head = await readImageHead(made.table, made.digest);
    const { inUse: _, ...older } = head!;
    expect((await findingsOfImage(made.ports, older)).findings[0]?.inUse).toBeUndefined();
  });
});
