import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { startRegistry } from '#local/registry/index';
import { buildImage, buildIndex, openRegistry, parseReference, pushImage } from '#shared/oci';
import { type SbomForm, sbomVersion } from '#shared/sbom';
import { layerOf } from '../shared/inventory/images.ts';
import { schemaErrors } from '../shared/sbom/official-schemas.ts';
import { flaws } from '../shared/sbom/soundness.ts';
import { drydock, freshFolder } from './command.ts';
import { debianImage, debianLayers, nodeModule, writeAdvisories, writeLayout } from './stored-images.ts';

const home = freshFolder();
const at = (name: string): string => path.join(home, name);
const image = debianImage({ curl: '1:7.88.1-10+deb12u3' }, nodeModule('lodash', '4.17.20'), {
  created: '2024-05-06T07:08:09.987654321Z',
});
const layout = writeLayout(at('layout'), image);
const wrong = (document: unknown, form: SbomForm, version: string): readonly string[] => {
  const chosen = sbomVersion(form, version);
  if (chosen === undefined) throw new Error(`there is no ${form} ${version}`);
  return [...schemaErrors(document, chosen), ...flaws(document, chosen)];
};
const sbom = (...args: readonly string[]) => drydock(['sbom', ...args], { home });

describe('drydock sbom', () => {
  test('writes what is in an image, the same bytes each time, with the time of the image', async () => {
    const first = await sbom(layout);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(await sbom(layout)).toEqual(first);
    const document = JSON.parse(first.stdout) as Record<string, unknown>;
    expect(wrong(document, 'cyclonedx-json', '1.7')).toEqual([]);
    expect(document).toMatchObject({
      metadata: {
        timestamp: '2024-05-06T07:08:09Z',
        component: { name: layout, version: image.descriptor.digest },
      },
      components: [
        { type: 'operating-system', name: 'debian', version: '12' },
        { name: 'curl', purl: 'pkg:deb/debian/curl@1:7.88.1-10%2Bdeb12u3?arch=amd64&distro=debian-12' },
        { name: 'lodash', purl: 'pkg:npm/lodash@4.17.20' },
      ],
    });
  });

  test('writes each form and version into a file; --now and --files say more', async () => {
    for (const [form, version, mark] of [
      ['cyclonedx-json', '1.6', '"specVersion": "1.6"'],
      ['spdx-json', '2.3', '"spdxVersion": "SPDX-2.3"'],
      ['spdx-json', '3.0', '"specVersion": "3.0.1"'],
    ] as const) {
      const file = at(`${form}-${version}.json`);
      const ran = await sbom(layout, '--format', form, '--spec-version', version, '-o', file, '--now', '--files');
      expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
      const text = readFileSync(file, 'utf8');
      expect(text).toContain(mark);
      expect(text).not.toContain('2024-05-06T07:08:09Z');
      expect(wrong(JSON.parse(text), form, version)).toEqual([]);
    }
  });

  test('lists executables only when asked to', async () => {
    const tools = writeLayout(
      at('tools'),
      buildImage({ layers: [layerOf({ 'bin/tool': { content: '\x7fELF-tool', mode: 0o755 } })] }),
    );
    expect((await sbom(tools)).stdout).not.toContain('"type": "file"');
    expect((await sbom(tools, '--files')).stdout).toMatch(
      /"type": "file",\s+"bom-ref": "file-\w+",\s+"name": "bin\/tool"/,
    );
  });

  test('of an index: the platform that is named, or a file of each in a folder', async () => {
    const arm = buildImage({ layers: debianLayers({ bash: '5.2' }, {}), config: { architecture: 'arm64' } });
    const index = writeLayout(
      at('index'),
      buildIndex([
        { image, platform: { os: 'linux', architecture: 'amd64' } },
        { image: arm, platform: { os: 'linux', architecture: 'arm64' } },
      ]),
    );
    expect((await sbom(index, '--platform', 'linux/arm64')).stdout).toContain(arm.descriptor.digest);
    const unnamed = await sbom(index, '--platform', 'all');
    expect(unnamed).toMatchObject({ code: 1, stdout: '' });
    expect(unnamed.stderr).toContain('name a folder for them with -o');
    const folder = at('sboms/of/app');
    const all = await sbom(index, '--platform', 'all', '-o', folder, '--format', 'spdx-json');
    expect(all).toEqual({
      code: 0,
      stdout: '',
      stderr: `wrote ${folder}/linux-amd64.spdx.json\nwrote ${folder}/linux-arm64.spdx.json\n`,
    });
    for (const [file, { descriptor }] of [
      ['linux-amd64.spdx.json', image],
      ['linux-arm64.spdx.json', arm],
    ] as const)
      expect(readFileSync(path.join(folder, file), 'utf8')).toContain(descriptor.digest);
    expect(await sbom(index, '--platform', 'all', '-o', folder, '--quiet')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const taken = await sbom(index, '--platform', 'all', '-o', path.join(folder, 'linux-amd64.spdx.json'));
    expect(taken.stderr).toMatch(/cannot be written \((?:EEXIST|ENOTDIR)\); choose another folder for -o/);
  });

  test.each([
    [['--format', 'spdx'], /did you mean spdx-json\?/],
    [['--spec-version', '2.3'], /--spec-version takes 1\.6 or 1\.7 for cyclonedx-json, not "2\.3"/],
    [['-o', path.join(home, 'no/such/folder/x')], /cannot be written \(ENOENT\); choose another file for -o/],
  ])('%j is refused with what to write instead', async (args, message) => {
    const ran = await sbom(layout, ...args);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(message);
  });
});

describe('attaching to an image in a registry', () => {
  test('does so once for each image of an index, and never to what is in no registry', async () => {
    const registry = await startRegistry({ folder: at('registry') });
    try {
      const arm = buildImage({ layers: debianLayers({ bash: '5.2' }, {}), config: { architecture: 'arm64' } });
      const index = buildIndex([{ image }, { image: arm }]);
      const name = `${registry.host}/team/app:1`;
      await pushImage(index.source, parseReference(name));
      const first = await sbom(name, '--attach', '--platform', 'all', '--format', 'spdx-json');
      expect(first).toMatchObject({ code: 0, stdout: '' });
      expect(first.stderr.match(/^SBOM sha256:\w+ attached to \S+@sha256:\w+$/gm)).toHaveLength(2);
      const again = await sbom(name, '--attach', '--platform', 'all', '--format', 'spdx-json');
      expect(again.stderr).toBe(first.stderr.replaceAll(' attached ', ' is attached already '));
      const source = openRegistry(parseReference(name));
      for (const { descriptor } of [image, arm])
        expect(await source.referrers(descriptor.digest, 'application/spdx+json')).toHaveLength(1);
      await source.close();
      // what is attached is what is written
      const file = at('attached.json');
      expect((await sbom(name, '--attach', '-o', file)).code).toBe(0);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ bomFormat: 'CycloneDX' });
    } finally {
      await registry.close();
    }
    for (const target of [layout, `oci-dir:${layout}`, './layout']) {
      const ran = await sbom(target, '--attach');
      expect(ran, target).toMatchObject({ code: 1, stdout: '' });
      expect(ran.stderr, target).toContain('--attach needs an image in a registry');
    }
  });
});

describe('scanning a bill of materials', () => {
  const advisories = writeAdvisories(at('advisories'), [
    { id: 'DSA-1-1', ecosystem: 'Debian:12', package: 'curl', fixed: '1:7.88.1-10+deb12u4' },
    { id: 'GHSA-aaaa-bbbb-cccc', ecosystem: 'npm', package: 'lodash', fixed: '4.17.21' },
  ]);
  const findingsOf = async (target: string) => {
    const ran = await drydock(['scan', target, '--advisories', advisories, '--format', 'json'], { home });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const { findings, image, coverage } = JSON.parse(ran.stdout) as Record<'findings' | 'image' | 'coverage', unknown>;
    return { findings, image: image as Record<string, unknown>, coverage };
  };

  test.each([
    ['cyclonedx-json', '1.6', 'CycloneDX 1.6'],
    ['cyclonedx-json', '1.7', 'CycloneDX 1.7'],
    ['spdx-json', '2.3', 'SPDX 2.3'],
    ['spdx-json', '3.0', 'SPDX 3.0'],
  ])('%s %s finds what scanning its image finds', async (form, version, said) => {
    const file = at(`again-${form}-${version}.json`);
    expect((await sbom(layout, '--format', form, '--spec-version', version, '-o', file)).code).toBe(0);
    const fromImage = await findingsOf(layout);
    const fromSbom = await findingsOf(file);
    expect(fromImage.findings).toHaveLength(2);
    expect(fromSbom.findings).toEqual(fromImage.findings);
    expect(fromSbom.coverage).toEqual(fromImage.coverage);
    expect(fromSbom.image).toMatchObject({
      name: file,
      digest: fromImage.image.digest,
      platform: 'linux/amd64',
      layers: fromImage.image.layers,
      readFrom: { kind: 'sbom', form: said, tool: 'drydock 0.1.0' },
    });
    expect(fromImage.image.readFrom).toBeNull();
    // another form of the same document is of the same image
    expect((await sbom(file)).stdout).toContain(image.descriptor.digest);
  });

  test('of another tool finds by purl, and says in the table what was read', async () => {
    const file = at('other.json');
    const component = { type: 'library', name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20' };
    const tools = { components: [{ type: 'application', name: 'cdx\u001b[2Jgen', version: '11' }] };
    writeFileSync(
      file,
      JSON.stringify({
        bomFormat: 'CycloneDX',
        specVersion: '1.5',
        metadata: { tools },
        components: [component, { ...component, purl: 'pkg:generic/x@1' }],
      }),
    );
    const ran = await drydock(['scan', `sbom:${file}`, '--advisories', advisories], { home });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain(
      `sbom      sbom:${file} (CycloneDX 1.5 by cdx\\u{1b}[2Jgen 11), unknown distribution, 1 package`,
    );
    expect(ran.stdout).toContain(
      "partial: 1 of the SBOM's packages are of type pkg:generic, which no advisories name: lodash",
    );
    expect(ran.stdout).toContain('GHSA-aaaa-bbbb-cccc');
  });

  test('that is broken is one line that names the file', async () => {
    writeFileSync(at('broken.json'), '{"bomFormat":');
    const ran = await drydock(['scan', at('broken.json')], { home });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^drydock: \S*broken\.json: it is no sound JSON\. [^\n]+\n$/);
  });
});

describe('scanning a root filesystem', () => {
  const folder = at('rootfs');
  for (const [name, content] of Object.entries({
    'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
    'var/lib/dpkg/status': 'Package: curl\nStatus: install ok installed\nVersion: 7.88.1-10\nArchitecture: amd64\n',
  })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }

  test('by its path, or by a name with dir: before it', async () => {
    for (const target of [folder, './rootfs', 'dir:rootfs', 'fs:rootfs']) {
      const ran = await drydock(['scan', target, '--offline'], { home });
      expect(ran, target).toMatchObject({ code: 0, stderr: '' });
      expect(ran.stdout, target).toMatch(/^folder {4}\S+ sha256:[0-9a-f]{12}, debian-12, 1 package in 1 layer$/m);
    }
    // a bare name is a reference, and the folder of that name is told
    const bare = await drydock(['scan', 'rootfs', '--offline'], { home });
    expect(bare.code).toBe(1);
    expect(bare.stderr).toContain('a root filesystem, dir:rootfs.');
    expect((await drydock(['scan', 'dir:nothing'], { home })).stderr).toContain('there is no such folder');
  });

  test('that is empty is never called free of anything', async () => {
    mkdirSync(at('empty'));
    const { code, stdout } = await drydock(['scan', './empty', '--offline'], { home });
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe('no package was found, so nothing could be judged');
  });

  test('its SBOM has no digest that a registry would know', async () => {
    const { stdout } = await sbom(folder);
    expect(JSON.parse(stdout)).toMatchObject({
      metadata: { component: { name: folder } },
      components: [{}, { name: 'curl' }],
    });
    expect(stdout).not.toContain('"hashes"');
  });
});

test('scan --platform all judges each image of an index', async () => {
  const one = (architecture: string, version: string) => ({
    image: buildImage({ layers: debianLayers({ bash: version }, {}), config: { architecture } }),
    platform: { os: 'linux', architecture },
  });
  const index = writeLayout(at('all'), buildIndex([one('amd64', '5.1'), one('arm64', '5.2')]));
  const json = await drydock(['scan', index, '--platform', 'all', '--offline', '--format', 'json'], { home });
  const { images } = JSON.parse(json.stdout) as { images: { image: Record<string, unknown>; packages: unknown[] }[] };
  expect(images.map((each) => [each.image.platform, each.image.otherPlatforms, each.packages])).toMatchObject([
    ['linux/amd64', [], [{ name: 'bash', version: '5.1' }]],
    ['linux/arm64', [], [{ name: 'bash', version: '5.2' }]],
  ]);
  const table = await drydock(['scan', index, '--platform', 'all', '--offline'], { home });
  expect(table.stdout.match(/^image .*/gm)).toHaveLength(2);
});
