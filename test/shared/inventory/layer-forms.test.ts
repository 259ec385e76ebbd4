import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  decodeFacts,
  encodeFacts,
  type FactsStore,
  type Inventory,
  readFolder,
  readInventory,
} from '#shared/inventory';
import {
  type BuiltImage,
  type BuiltLayer,
  buildImage,
  digestOf,
  type ImageSource,
  memorySource,
  OCI_LAYER,
  openSource,
  packLayer,
  readImages,
  tarBytes,
} from '#shared/oci';
import { layoutFiles, writeFiles } from '../oci/stored.ts';
import { entriesOf, layerOf, named, osRelease, stanza, type Tree } from './images.ts';

const tree: Tree = {
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status': stanza('curl', '7.88.1-10'),
  'srv/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.20"}',
  'srv/run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
};
const home = mkdtempSync(path.join(tmpdir(), 'drydock-forms-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const fixture = (name: string): Buffer => readFileSync(path.join(import.meta.dirname, 'fixtures/layers', name));
/** A layer of bytes that another tool made of the tree. */
const made = (bytes: Buffer, mediaType: string): BuiltLayer => ({
  descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
  diffId: digestOf(tarBytes(entriesOf(tree))),
  bytes,
  createdBy: 'COPY . /',
});

async function read(source: ImageSource, facts?: FactsStore): Promise<Inventory> {
  try {
    const { images } = await readImages(source);
    return (await readInventory({ image: images[0]!, source, ...(facts === undefined ? {} : { facts }) })).inventory;
  } finally {
    await source.close();
  }
}
/** What an inventory says of its files, without the digest of the layer, which depends on how it is packed. */
const content = ({ packages, executables, distribution, coverage }: Inventory) => ({
  packages: packages.map(({ layer: _, ...rest }) => rest),
  executables: executables.map(({ layer: _, ...rest }) => rest),
  distribution,
  coverage,
});
const expected = content(await read(buildImage({ layers: [layerOf(tree)] }).source));

describe('a layer', () => {
  test.each<[string, () => BuiltLayer]>([
    ['gzip', () => layerOf(tree)],
    ['zstd', () => layerOf(tree, { compression: 'zstd' })],
    ['plain', () => layerOf(tree, { compression: 'none' })],
    [
      'eStargz, a gzip member for each file and a table of contents (stargz-snapshotter 0.16.3)',
      () => made(fixture('estargz.bin'), `${OCI_LAYER}+gzip`),
    ],
    [
      'zstd:chunked, with skippable frames (skopeo 1.9.3)',
      () => made(fixture('zstd-chunked.bin'), `${OCI_LAYER}+zstd`),
    ],
    ['zstd, called gzip', () => made(layerOf(tree, { compression: 'zstd' }).bytes, `${OCI_LAYER}+gzip`)],
  ])('of form %s has the same content', async (_, layer) => {
    expect(content(await read(buildImage({ layers: [layer()] }).source))).toEqual(expected);
  });

  test('that is empty, in every form, is nothing and no trouble', async () => {
    const empty = (['gzip', 'zstd', 'none'] as const).map((compression) => layerOf({}, { compression }));
    const nothing = packLayer(Buffer.alloc(0));
    expect(content(await read(buildImage({ layers: [layerOf(tree), ...empty, nothing] }).source))).toEqual(expected);
  });
});

describe('an encrypted layer', () => {
  const encrypted = `${OCI_LAYER}+gzip+encrypted`;
  const beside = (bytes: Buffer) => read(buildImage({ layers: [layerOf(tree), made(bytes, encrypted)] }).source);

  test('is passed over, loudly', async () => {
    const inventory = await beside(Buffer.alloc(4000, 'what nobody here has the key of'));
    expect(named(inventory)).toEqual(['curl@7.88.1-10', 'lodash@4.17.20']);
    expect(inventory.coverage.state).toBe('partial');
    expect(inventory.coverage.reasons.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^layer sha256:[0-9a-f]{64} is encrypted and is not read: what it holds is not known$/),
    ]);
  });

  test('that is none is read like any other: a name hides nothing', async () => {
    const other = layerOf({ 'srv/node_modules/x/package.json': '{"name":"x","version":"1.0.0"}' });
    expect(named(await beside(other.bytes))).toContain('x@1.0.0');
  });
});

describe('a foreign layer', () => {
  const foreign = (mediaType: string): BuiltLayer => {
    const layer = layerOf({ 'srv/node_modules/x/package.json': '{"name":"x","version":"1.0.0"}' });
    return { ...layer, descriptor: { ...layer.descriptor, mediaType, urls: ['http://127.0.0.1:9/layer'] } };
  };
  const without = ({ blobs, descriptor }: BuiltImage, layer: BuiltLayer): ImageSource => {
    const rest = new Map(blobs);
    rest.delete(layer.descriptor.digest);
    return memorySource(rest, descriptor);
  };

  test.each([
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  ])(
    'of type %s is passed over when its source does not have it, loudly, and nothing of it is remembered',
    async (mediaType) => {
      const layer = foreign(mediaType);
      const built = buildImage({ layers: [layerOf(tree), layer] });
      const kept = new Map<string, Buffer>();
      const facts: FactsStore = {
        get: async (blob) => (kept.has(blob) ? decodeFacts(kept.get(blob)!) : undefined),
        put: async (each) => void kept.set(each.blob, await encodeFacts(each)),
      };
      const inventory = await read(without(built, layer), facts);
      expect(named(inventory)).toEqual(['curl@7.88.1-10', 'lodash@4.17.20']);
      expect(inventory.coverage.state).toBe('partial');
      expect(inventory.coverage.reasons.map(({ text }) => text)).toEqual([
        `layer ${layer.descriptor.digest} is kept outside of the registry (a foreign layer) and is not read: what it holds is not known`,
      ]);
      expect([...kept.keys()]).not.toContain(layer.descriptor.digest);
      // where it was pushed all the same, it is a layer like any other
      expect(named(await read(built.source, facts))).toContain('x@1.0.0');
    },
  );

  test('is the only one that may be missing', async () => {
    const layer = layerOf({ 'srv/x': 'x' });
    await expect(read(without(buildImage({ layers: [layerOf(tree), layer] }), layer))).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

const isGnuTar = (): boolean => {
  try {
    return execFileSync('tar', ['--version'], { encoding: 'utf8' }).includes('GNU tar');
  } catch {
    return false;
  }
};

describe.skipIf(!isGnuTar())('a root filesystem that was packed by tar --sparse (mkosi, copies of ZFS)', () => {
  const folder = path.join(home, 'sparse');
  const write = (
    name: string,
    parts: readonly (readonly [at: number, content: string])[],
    size: number,
    mode: number,
  ) => {
    mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    const file = openSync(path.join(folder, name), 'w', mode);
    for (const [at, text] of parts) writeSync(file, text, at);
    ftruncateSync(file, size);
    closeSync(file);
  };
  write('etc/os-release', [[0, osRelease.debian12]], osRelease.debian12.length, 0o644);
  write(
    'var/lib/dpkg/status',
    [
      [0, stanza('curl', '7.88.1-10')],
      [1 << 20, `\n\n${stanza('wget', '1.21.3-1')}`],
    ],
    (1 << 20) + 500,
    0o644,
  );
  write(
    'opt/server',
    [
      [0, '\x7fELF'],
      [3 << 20, 'end'],
    ],
    4 << 20,
    0o755,
  );

  test.each([
    ['gnu', 'gnu', '1.0'],
    ['pax 0.0', 'posix', '0.0'],
    ['pax 0.1', 'posix', '0.1'],
    ['pax 1.0', 'posix', '1.0'],
  ])('is read with its holes: %s', async (_name, format, version) => {
    const flags = ['--sparse', `--format=${format}`, ...(format === 'posix' ? [`--sparse-version=${version}`] : [])];
    const tar = execFileSync('tar', [...flags, '-C', folder, '-cf', '-', '.'], { maxBuffer: 1 << 26 });
    expect(tar.length).toBeLessThan(1 << 20);
    const inventory = await read(buildImage({ layers: [packLayer(tar)] }).source);
    const { executables, distribution } = inventory;
    expect(named(inventory)).toEqual(['curl@7.88.1-10', 'wget@1.21.3-1']);
    expect(distribution?.id).toBe('debian');
    const sha256 = createHash('sha256')
      .update(readFileSync(path.join(folder, 'opt/server')))
      .digest('hex');
    expect(executables).toMatchObject([{ path: 'opt/server', size: 4 << 20, sha256 }]);
  });
});

describe('what other tools make of an image', () => {
  const layout = writeFiles(
    path.join(home, 'layout'),
    layoutFiles([{ image: buildImage({ layers: [layerOf(tree)] }), name: '1.0' }]),
  );
  const has = (tool: string): boolean => {
    try {
      execFileSync(tool, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  const skopeo = (...args: string[]) =>
    execFileSync('skopeo', ['copy', '--quiet', ...args], { cwd: home, stdio: 'pipe' });

  test.skipIf(!has('skopeo'))('skopeo: layouts, archives, and layers packed anew', async () => {
    for (const [target, name, ...options] of [
      ['oci:layout-zstd:1.0', 'layout-zstd:1.0', '--dest-compress-format', 'zstd'],
      ['oci-archive:oci.tar:1.0', 'oci-archive:oci.tar:1.0'],
      ['docker-archive:docker.tar:app:1.0', 'docker-archive:docker.tar'],
      ['docker-archive:named.tar:app:1.0', 'archive:named.tar:app:1.0'],
    ] as const) {
      skopeo(...options, `oci:${layout}:1.0`, target);
      const [, prefix = '', file = ''] = /^((?:oci-archive|docker-archive|archive):)?(.*)$/.exec(name) ?? [];
      const source = await openSource(`${prefix}${path.join(home, file)}`);
      expect(content(await read(source)), name).toEqual(expected);
    }
  });

  test.skipIf(!has('umoci'))('umoci: a root filesystem that it unpacked', async () => {
    execFileSync('umoci', ['unpack', '--rootless', '--image', `${layout}:1.0`, path.join(home, 'bundle')], {
      stdio: 'pipe',
    });
    expect(content(await readFolder(path.join(home, 'bundle/rootfs')))).toEqual(expected);
  });
});
