import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildImage, buildIndex } from '#shared/oci';
import { drydock, freshFolder } from './command.ts';
import { debianLayers, writeAdvisories, writeLayout } from './stored-images.ts';

const home = freshFolder();
const at = (name: string): string => path.join(home, name);

/** An image with a layer that is its own. */
function imageFor(architecture: string) {
  const layers = debianLayers({ bash: '5.2' }, { [architecture]: 'x' });
  const image = buildImage({ layers, config: { architecture } });
  return {
    image,
    digest: image.descriptor.digest,
    ownLayer: layers[1]?.descriptor.digest ?? '',
    platform: { os: 'linux', architecture },
  };
}
const [amd64, arm64, s390x] = [imageFor('amd64'), imageFor('arm64'), imageFor('s390x')];
const blobOf = (folder: string, digest: string): string => path.join(folder, 'blobs', digest.replace(':', '/'));

/** A layout of three platforms of which one was damaged on the way, and one was never copied. */
function damagedLayout(name: string): string {
  const folder = writeLayout(at(name), buildIndex([amd64, arm64, s390x]));
  writeFileSync(blobOf(folder, arm64.ownLayer), 'other bytes');
  rmSync(blobOf(folder, s390x.digest));
  return folder;
}

const layout = damagedLayout('damaged');
const arm64Damage = new RegExp(
  `^drydock: linux/arm64 ${arm64.digest} could not be read: layout folder .*damaged.* ask its owner\\.$`,
  'm',
);
const s390xMissing = new RegExp(
  `^drydock: linux/s390x ${s390x.digest} could not be read: the index lists it, and layout folder .* does not have it\\. Copy every platform`,
  'm',
);
const ending = /\ndrydock: 2 of 3 images could not be read, exit code 3\n$/;

describe('all platforms of an index of which one is damaged and one is missing', () => {
  test('are written as far as they can be read, and the exit code says that some could not', async () => {
    const folder = at('sboms');
    const ran = await drydock(['sbom', layout, '--platform', 'all', '-o', folder, '--quiet'], { home });
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(readdirSync(folder)).toEqual(['linux-amd64.cdx.json']);
    for (const line of [arm64Damage, s390xMissing, ending]) expect(ran.stderr).toMatch(line);
  });

  test('are judged as far as they can be read, and the report names the others', async () => {
    const json = await drydock(['scan', layout, '--platform', 'all', '--offline', '--format', 'json'], { home });
    expect(json.code).toBe(3);
    for (const line of [arm64Damage, s390xMissing, ending]) expect(json.stderr).toMatch(line);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schemaVersion: 1,
      images: [{ image: { platform: 'linux/amd64', digest: amd64.digest } }],
      unread: [
        { platform: 'linux/s390x', digest: s390x.digest, why: expect.stringContaining('skopeo copy --all') },
        { platform: 'linux/arm64', digest: arm64.digest, why: expect.stringContaining('damaged') },
      ],
    });
    const file = at('report.txt');
    const table = await drydock(['scan', layout, '--platform', 'all', '--offline', '-o', `table=${file}`], { home });
    expect(table.stdout.match(/^image .*linux\/amd64/gm)).toHaveLength(1);
    expect(table.stdout).toMatch(/^linux\/arm64 sha256:\w+ could not be read: /m);
  });

  test('a threshold that is reached goes before what could not be read, which is told all the same', async () => {
    const advisories = writeAdvisories(at('advisories'), [{ id: 'DSA-1-1', ecosystem: 'Debian:12', package: 'bash' }]);
    const options = ['--platform', 'all', '--advisories', advisories, '--fail-on', 'any'];
    const ran = await drydock(['scan', layout, ...options], { home });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(arm64Damage);
    expect(ran.stderr).toMatch(/\(--fail-on\), exit code 2\n$/);
  });

  test('explain answers for those that can be read', async () => {
    const ran = await drydock(['explain', 'CVE-2014-0160', layout, '--platform', 'all', '--offline'], { home });
    expect(ran.code).toBe(3);
    expect(ran.stdout).toContain('no advisory that was read names CVE-2014-0160');
    expect(ran.stderr).toMatch(arm64Damage);
  });

  test('the sound one alone is no less than whole, and a damaged one alone fails', async () => {
    const sound = await drydock(['sbom', layout, '--platform', 'linux/amd64'], { home });
    expect(sound).toMatchObject({ code: 0, stderr: '' });
    const damaged = await drydock(['sbom', layout, '--platform', 'linux/arm64'], { home });
    expect(damaged).toMatchObject({ code: 1, stdout: '' });
  });

  test('when none is left each is named, and nothing is written', async () => {
    const folder = writeLayout(at('nothing'), buildIndex([amd64, arm64]));
    for (const { ownLayer } of [amd64, arm64]) rmSync(blobOf(folder, ownLayer));
    // layers that were read before are known without their bytes
    const fresh = ['--cache-dir', at('fresh-cache')];
    const ran = await drydock(['sbom', folder, '--platform', 'all', '-o', at('none'), ...fresh], { home });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(existsSync(at('none'))).toBe(false);
    expect(ran.stderr).toMatch(/^drydock: none of its 2 images could be read; linux\/amd64 sha256:.*; linux\/arm64 /);
  });
});
