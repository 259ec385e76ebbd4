import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  BadArchive,
  BadLayout,
  buildArtifact,
  buildImage,
  buildLayer,
  DigestMismatch,
  digestOf,
  type ImageSource,
  NotAnImage,
  openArchive,
  openLayout,
  openSource,
  pushImage,
  readImages,
  type TarInput,
  tarBytes,
  UnknownSource,
  UnsupportedCompression,
  unpackedLayer,
} from '#shared/oci';
import { layoutFiles, temporaryFolder, writeFiles } from './stored.ts';
import { startTinyRegistry } from './tiny-registry.ts';

const folder = temporaryFolder();
let count = 0;
const fresh = () => path.join(folder, `thing-${count++}`);
const save = (files: readonly TarInput[], pack = (tar: Buffer) => tar) => {
  const file = fresh();
  writeFileSync(file, pack(tarBytes(files)));
  return file;
};

const layer = buildLayer([{ path: 'etc/os-release', content: 'ID=alpine\n' }], { compression: 'none' });
const packed = buildLayer([{ path: 'app', content: 'y'.repeat(3000) }]);
const image = buildImage({ layers: [layer, packed], config: { user: 'app' } });
const { images } = await readImages(image.source);
const configDigest = images[0]!.manifest.config.digest;
const config = image.blobs.get(configDigest)!;
const configName = `${configDigest.slice(7)}.json`;

/** What `docker save` wrote before version 25: layers as <id>/layer.tar, a shared layer as a link to another. */
function dockerFiles(changes: { config?: Buffer; list?: unknown; more?: TarInput[] } = {}): TarInput[] {
  return [
    ...(changes.more ?? []),
    { path: 'aaa/' },
    { path: 'aaa/VERSION', content: '1.0' },
    { path: 'aaa/layer.tar', content: layer.bytes },
    { path: 'bbb/layer.tar', linkTarget: '../aaa/layer.tar' },
    { path: 'ccc/layer.tar', content: packed.bytes },
    { path: configName, content: changes.config ?? config },
    {
      path: 'manifest.json',
      content: JSON.stringify(
        changes.list ?? [
          { Config: configName, RepoTags: ['app:1'], Layers: ['aaa/layer.tar', 'bbb/layer.tar', 'ccc/layer.tar'] },
        ],
      ),
    },
  ];
}

async function using<T>(source: ImageSource, use: (source: ImageSource) => Promise<T>): Promise<T> {
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

describe('docker save archives', () => {
  test.each([
    ['plain', (tar: Buffer) => tar],
    ['gzip', (tar: Buffer) => gzipSync(tar)],
  ])('%s: a manifest is made whose digests are those of the bytes', async (_name, pack) => {
    await using(openArchive(save(dockerFiles(), pack)), async (source) => {
      const read = await readImages(source);
      const { manifest, config: readConfig } = read.images[0]!;
      expect(readConfig.user).toBe('app');
      expect(manifest.layers.map(({ digest, size, mediaType }) => [digest, size, mediaType.split('.').at(-1)])).toEqual(
        [
          [layer.descriptor.digest, layer.bytes.length, 'tar'],
          [layer.descriptor.digest, layer.bytes.length, 'tar'],
          [packed.descriptor.digest, packed.bytes.length, 'gzip'],
        ],
      );
      for (const descriptor of manifest.layers) {
        const { stream } = await unpackedLayer(await source.blob(descriptor));
        expect((await stream.toArray()).length).toBeGreaterThan(0);
      }
      expect((await source.root()).descriptor.digest).toBe(digestOf((await source.root()).bytes));
    });
  });

  test('go into a registry like any other source', async () => {
    const registry = await startTinyRegistry();
    try {
      await using(openArchive(save(dockerFiles())), (source) =>
        pushImage(source, { registry: registry.host, repository: 'app', tag: '1' }),
      );
      expect(registry.manifests.has('1')).toBe(true);
      expect(registry.blobs.get(layer.descriptor.digest)?.equals(layer.bytes)).toBe(true);
    } finally {
      await registry.close();
    }
  });

  test('Docker 25 and later: an OCI layout beside manifest.json is what is read', async () => {
    const files = [...layoutFiles([{ image }]), { path: 'manifest.json', content: '[{"Config":"nonsense"}]' }];
    await using(openArchive(save(files)), async (source) => {
      expect((await source.root()).descriptor.digest).toBe(image.descriptor.digest);
    });
  });

  test('Podman: layers and config under blobs/sha256 without an index', async () => {
    const name = (digest: string) => `blobs/sha256/${digest.slice(7)}`;
    const files: TarInput[] = [
      { path: name(configDigest), content: config },
      { path: name(layer.descriptor.digest), content: layer.bytes },
      {
        path: 'manifest.json',
        content: JSON.stringify([
          { Config: name(configDigest), Layers: [name(layer.descriptor.digest)], RepoTags: null },
        ]),
      },
    ];
    await using(openArchive(save(files)), async (source) => {
      const read = await readImages(source);
      await (await source.blob(read.images[0]!.manifest.layers[0]!)).toArray();
      expect(read.images[0]?.manifest.layers[0]?.digest).toBe(layer.descriptor.digest);
    });
  });

  test('a config that does not have the digest it is named by', async () => {
    const changed = Buffer.from(config.toString().replace('"app"', '"root"'));
    await expect(openArchive(save(dockerFiles({ config: changed }))).root()).rejects.toThrow(DigestMismatch);
  });

  test('so with the names that crane and kaniko give configs', async () => {
    const Config = `sha256:${'f'.repeat(64)}`;
    const list = [{ Config, RepoTags: ['app:1'], Layers: ['aaa/layer.tar'] }];
    const file = save(dockerFiles({ list, more: [{ path: Config, content: config }] }));
    await expect(openArchive(file).root()).rejects.toThrow(DigestMismatch);
  });

  test('a tag that several images have means none of them; a whole name does', async () => {
    const list = ['app:latest', 'docker.io/library/web:latest'].map((tag) => ({
      Config: configName,
      RepoTags: [tag],
      Layers: ['aaa/layer.tar'],
    }));
    const file = save(dockerFiles({ list }));
    await expect(openArchive(file, 'latest').root()).rejects.toThrow(/several images are named "latest".*library\/web/);
    await using(openArchive(file, 'web:latest'), async (source) => expect((await source.root()).bytes).toBeDefined());
  });

  test('images without tags are told apart by their configs', async () => {
    const more = [{ path: 'other.json', content: '{"config":{"User":"other"}}' }];
    const list = [configName, 'other.json'].map((Config) => ({ Config, RepoTags: null, Layers: ['aaa/layer.tar'] }));
    const file = save(dockerFiles({ list, more }));
    await expect(openArchive(file).root()).rejects.toThrow(`it has: ${configName}, other.json.`);
    await using(openArchive(file, 'other.json'), async (source) =>
      expect((await readImages(source)).images[0]?.config.user).toBe('other'),
    );
  });

  test('several images: one must be named', async () => {
    const list = ['app:1', 'app:2'].map((tag) => ({ Config: configName, RepoTags: [tag], Layers: ['aaa/layer.tar'] }));
    const file = save(dockerFiles({ list }));
    await expect(openArchive(file).root()).rejects.toThrow(/several images.*app:1, app:2/);
    await using(openArchive(file, 'app:2'), async (source) => expect((await readImages(source)).images.length).toBe(1));
    await expect(openArchive(file, 'app:3').root()).rejects.toThrow(/nothing named "app:3"/);
  });

  test.each([
    ['a layer that is not there', [{ Config: configName, Layers: ['zzz/layer.tar'] }]],
    ['a layer outside the archive', [{ Config: configName, Layers: ['../../etc/passwd'] }]],
    ['an absolute layer', [{ Config: configName, Layers: ['/etc/passwd'] }]],
    ['no image', []],
    ['no list', { Config: 'x' }],
  ])('%s is refused', async (_name, list) => {
    await expect(openArchive(save(dockerFiles({ list }))).root()).rejects.toThrow(BadArchive);
  });

  test('a pipe is refused, although nobody ever writes to it', async () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(openArchive(pipe).root()).rejects.toThrow(/pipe: it is no regular file/);
  });

  test('hostile entries are ignored: names and links that lead out, loops', async () => {
    const more: TarInput[] = [
      { path: '../../manifest.json', content: '[]' },
      { path: '/manifest.json', content: '[]' },
      { path: 'loop/a', linkTarget: 'b' },
      { path: 'loop/b', linkTarget: 'a' },
      { path: 'out', linkTarget: '/etc/passwd' },
    ];
    await using(openArchive(save(dockerFiles({ more }))), async (source) => {
      expect((await readImages(source)).images.length).toBe(1);
    });
    const list = [{ Config: configName, Layers: ['loop/a'] }];
    await expect(openArchive(save(dockerFiles({ more, list }))).root()).rejects.toThrow(BadArchive);
    await expect(
      openArchive(save(dockerFiles({ more, list: [{ Config: configName, Layers: ['out'] }] }))).root(),
    ).rejects.toThrow(BadArchive);
  });

  test('what is no image archive', async () => {
    await expect(openArchive(save([{ path: 'readme', content: 'x' }])).root()).rejects.toThrow(/neither an OCI layout/);
    const text = fresh();
    writeFileSync(text, 'just some text '.repeat(100));
    await expect(openArchive(text).root()).rejects.toThrow(BadArchive);
    const cut = save(dockerFiles(), (tar) => gzipSync(tar).subarray(0, 200));
    await expect(openArchive(cut).root()).rejects.toThrow(BadArchive);
    const xz = fresh();
    writeFileSync(xz, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0]));
    await expect(openArchive(xz).root()).rejects.toThrow(UnsupportedCompression);
  });
});

describe('layouts', () => {
  const chart = buildArtifact({
    config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', bytes: Buffer.from('{}') },
  });
  const two = [
    { image, name: 'v1' },
    { image: chart, name: 'chart' },
  ];

  test('of several images, one is named by its ref name or digest', async () => {
    const made = writeFiles(fresh(), layoutFiles(two));
    await expect(openLayout(made).root()).rejects.toThrow(/several images.*v1, chart/);
    expect((await readImages(openLayout(made, 'v1'))).images.length).toBe(1);
    expect((await readImages(openLayout(made, image.descriptor.digest))).images.length).toBe(1);
    await expect(readImages(openLayout(made, 'chart'))).rejects.toThrow(NotAnImage);
    await expect(openLayout(made, 'v9').root()).rejects.toThrow(BadLayout);
  });

  test('of several platforms without names are an index', async () => {
    const arm = buildImage({ layers: [layer], config: { architecture: 'arm64' } });
    const made = writeFiles(fresh(), layoutFiles([{ image }, { image: arm }]));
    expect((await readImages(openLayout(made))).images.length).toBe(2);
  });

  describe('as Docker 25 saves several images', () => {
    const web = buildImage({ layers: [layer], config: { user: 'web' } });
    const saved = (entries: readonly (readonly [typeof image, Record<string, string>])[]) => {
      const files = layoutFiles(entries.map(([each]) => ({ image: each })));
      const manifests = entries.map(([{ descriptor }, annotations]) => ({ ...descriptor, annotations }));
      const index = { path: 'index.json', content: JSON.stringify({ schemaVersion: 2, manifests }) };
      return openArchive.bind(undefined, save([...files.filter(({ path: name }) => name !== 'index.json'), index]));
    };
    const named = (repository: string, tag: string) => ({
      'io.containerd.image.name': `docker.io/library/${repository}:${tag}`,
      'org.opencontainers.image.ref.name': tag,
    });

    test('of one tag: they are not taken for platforms of one image, and each answers to its name', async () => {
      const open = saved([
        [image, named('app', 'latest')],
        [web, named('web', 'latest')],
      ]);
      await expect(open().root()).rejects.toThrow(
        /several images.*library\/app:latest, docker\.io\/library\/web:latest/,
      );
      await expect(open('latest').root()).rejects.toThrow(/several images are named "latest"/);
      for (const name of ['web:latest', 'docker.io/library/web:latest'])
        await using(open(name), async (source) =>
          expect((await source.root()).descriptor.digest).toBe(web.descriptor.digest),
        );
    });

    test('one image under two names is one image', async () => {
      const open = saved([
        [image, named('app', 'latest')],
        [image, named('app', '1')],
      ]);
      await using(open(), async (source) =>
        expect((await source.root()).descriptor.digest).toBe(image.descriptor.digest),
      );
    });

    test('platforms that share a name beside another image are an index of their own', async () => {
      const arm = buildImage({ layers: [layer], config: { architecture: 'arm64' } });
      const open = saved([
        [image, { 'org.opencontainers.image.ref.name': 'v1' }],
        [arm, { 'org.opencontainers.image.ref.name': 'v1' }],
        [web, { 'org.opencontainers.image.ref.name': 'v2' }],
      ]);
      await using(open('v1'), async (source) =>
        expect((await readImages(source)).images.map(({ platform }) => platform.architecture)).toEqual([
          'amd64',
          'arm64',
        ]),
      );
    });
  });

  test('that are none or empty', async () => {
    await expect(openLayout(writeFiles(fresh(), [{ path: 'x' }])).root()).rejects.toThrow(BadLayout);
    const empty = writeFiles(fresh(), [{ path: 'index.json', content: '{"schemaVersion":2,"manifests":[]}' }]);
    await expect(openLayout(empty).root()).rejects.toThrow(/lists no image/);
  });
});

describe('openSource', () => {
  const described = async (text: string) => using(await openSource(text), async ({ description }) => description);

  test('decides by what is there', async () => {
    const made = writeFiles(fresh(), layoutFiles([{ image, name: 'v1' }]));
    const file = save(dockerFiles());
    expect(await described(made)).toBe(`layout folder ${made}`);
    expect(await described(`oci-dir:${made}:v1`)).toBe(`layout folder ${made}`);
    expect(await described(`oci:${made}:v1`)).toBe(`layout folder ${made}`);
    expect(await described('docker://alpine')).toBe('registry-1.docker.io/library/alpine:latest');
    expect(await described(file)).toBe(`archive ${file}`);
    expect(await described(`archive:${file}:app:1`)).toBe(`archive ${file}`);
    expect(await described('registry:alpine')).toBe('registry-1.docker.io/library/alpine:latest');
    expect(await described('localhost:5000/app:1')).toBe('localhost:5000/app:1');
    const named = await openSource(`${made}:v1`);
    expect((await readImages(named)).images.length).toBe(1);
  });

  test.each([
    ['./not-there', /no such file or folder/],
    ['not-there.tar', /no such file or folder/],
    ['not-there.cdx.json', /no such file.*registry:not-there\.cdx\.json/],
    ['sboms/not-there.xml', /no such file/],
    ['archive:not-there', /no such file/],
    ['oci-dir:not-there', /no such folder/],
    ['oci:not-there:1.0', /no such folder/],
    ['docker-daemon:app:1', /docker save/],
  ])('refuses %s', async (text, message) => {
    await expect(openSource(text)).rejects.toThrow(UnknownSource);
    await expect(openSource(text)).rejects.toThrow(message);
  });

  test('a folder that is no layout says how to mean the registry', async () => {
    const previous = process.cwd();
    writeFiles(path.join(folder, 'alpine'), [{ path: 'x' }]);
    try {
      process.chdir(folder);
      await expect(openSource('alpine')).rejects.toThrow(/write registry:alpine/);
    } finally {
      process.chdir(previous);
    }
  });
});
