import { createHash } from 'node:crypto';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BuiltImage,
  type BuiltLayer,
  buildArtifact,
  buildImage,
  buildIndex,
  buildLayer,
  type Digest,
  digestOf,
  OCI_CONFIG,
  packLayer,
  tarBytes,
} from '#shared/oci';
import { appLayer, debianImage, debianLayer, statusOf } from './an-image.ts';
import { eventually } from './eventually.ts';
import { starterOf } from './own-starter.ts';
import { services } from './services.ts';
import type { AlertsShape, ImageShape, ImagesShape, ProblemsShape, UnreadableShape } from './shapes.ts';
import { dataFolder, endAll, type StackProcess, startProcess } from './stack-process.ts';

/** Where a layer would like to write. */
const escaped = path.join(tmpdir(), `drydock-escaped-${process.pid}`);

/** A name of npm that Slack would set in bold, in italics and crossed out. */
const odd = '*bold*._it_.~gone~';

/** A name that is markup for a browser, for Slack and for a terminal at once. */
const hostile = '<img/src=x>&<!channel>*b*\u001b[2J\u202ex';

let stack: StackProcess;

beforeAll(async () => {
  const folder = await dataFolder();
  const flaws = [
    { name: 'part', fixed: '2.0-1', summary: `${hostile} in <b>words</b>` },
    { ecosystem: 'npm', name: odd, fixed: '2.0.0' },
  ] as const;
  stack = await startProcess(folder, { args: ['--offline', '--no-demo', '--starter', await starterOf(folder, flaws)] });
});

afterAll(endAll);

const part = { part: '1.0-1' };
const flawOf = (image: ImageShape) => image.findings.filter((each) => each.package.matchedName === 'part');

const readImage = (digest: string): Promise<ImageShape> =>
  eventually(
    `the image ${digest}`,
    async () => {
      const { status, body } = await stack.ask('GET', `/images/${digest}`);
      return status === 200 && (body as ImageShape);
    },
    { seen: () => stack.printed.slice(-1_000) },
  );

const unreadable = (repository: string) =>
  eventually(
    `the word that ${repository} cannot be read`,
    async () =>
      (await stack.api<UnreadableShape>('/unreadable')).unreadable.find((each) => each.repository === repository),
    { seen: () => stack.printed.slice(-1_000) },
  );

/** What stays true whatever came in: the stack lives, and an honest image is read as ever. */
async function stillWorks(name: string): Promise<void> {
  const image = await readImage(await stack.push(debianImage(part, name), `honest-${name}:1.0`));
  expect(flawOf(image)).toHaveLength(1);
}

const layersOf = (...layers: readonly BuiltLayer[]): BuiltImage => buildImage({ layers });

/** The file of a registry's folder that holds the bytes of a digest. */
async function fileOf(folder: string, digest: string): Promise<string> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && digestOf(await readFile(file)) === digest) return file;
  }
  throw new Error(`${folder} has no file of ${digest}`);
}

describe('bytes that are not what their digest says', () => {
  it('are refused when they are pushed', async () => {
    const digest = digestOf(Buffer.from('promised'));
    const begun = await fetch(`${stack.endpoints.registry}/v2/liar/blobs/uploads/`, { method: 'POST' });
    const at = new URL(begun.headers.get('location') ?? '', stack.endpoints.registry);
    at.searchParams.set('digest', digest);
    const put = await fetch(at, {
      method: 'PUT',
      body: 'other',
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(put.status).toBe(400);
    expect(JSON.stringify(await put.json())).toContain('DIGEST_INVALID');
  });

  it.each(['layer', 'config'] as const)('are not believed when the registry serves them: %s', async (which) => {
    // given a registry on whose disk some bytes have changed, under a stack that has read nothing of it yet
    const layer = buildLayer([{ path: 'x', content: `only ${which}` }]);
    const image = layersOf(debianLayer(part), layer);
    const manifest = image.blobs.get(image.descriptor.digest) ?? Buffer.alloc(0);
    const config = JSON.parse(manifest.toString()).config.digest as string;
    const lying = await startProcess(await spoilt(image, which === 'layer' ? layer.descriptor.digest : config));

    // when it is told of the image
    const put = await fetch(`${lying.endpoints.registry}/v2/liar/manifests/2.0`, {
      method: 'PUT',
      headers: { 'content-type': image.descriptor.mediaType },
      body: new Uint8Array(manifest),
    });
    expect(put.status).toBe(201);

    // then nothing is believed, and it is said which bytes are wrong
    const word = await eventually(
      'the word of the wrong bytes',
      async () => (await lying.api<UnreadableShape>('/unreadable')).unreadable[0],
      { seen: () => lying.printed.slice(-1_500) },
    );
    expect(word.code).toMatch(/digest/);
    expect(word.text).toContain(which === 'layer' ? layer.descriptor.digest : config);
    expect((await lying.api<ImagesShape>('/images')).images).toEqual([]);
    await lying.kill9();
  });

  it('are not believed when a registry serves another manifest to the scan than to those who run it', async () => {
    // given a registry that tells the truth to everybody but us, and a service of its image
    const image = debianImage(part, 'two-faced');
    const other = debianImage({}, 'clean');
    const twoFaced = await lyingRegistry(image, other);
    try {
      await services(stack.ecs).run('two-faced', `${twoFaced.host}/two-faced@${image.descriptor.digest}`, 'observe');

      // then what runs is unread and said to be so, not clean
      const word = await unreadable('two-faced');
      expect([word.digest, word.code]).toEqual([image.descriptor.digest, expect.stringMatching(/digest/)]);
      const { images } = await stack.api<ImagesShape>('/images');
      expect(images.map((each) => each.digest)).not.toContain(other.descriptor.digest);
      expect(images.map((each) => each.digest)).not.toContain(image.descriptor.digest);
    } finally {
      await twoFaced.close();
    }
  });
});

/** Serves an image to those who run it, and to our reader another one's manifest under the same digest. */
async function lyingRegistry(image: BuiltImage, other: BuiltImage) {
  const server = createServer((request, response) => {
    const [, kind, reference] = /\/(manifests|blobs)\/([^/?]+)$/.exec(request.url ?? '') ?? [];
    if (request.url === '/v2/') return void response.end('{}');
    const lies = kind === 'manifests' && request.headers['user-agent']?.includes('drydock') === true;
    const bytes = lies ? other.blobs.get(other.descriptor.digest) : image.blobs.get(reference as Digest);
    if (bytes === undefined) return void response.writeHead(404).end('{}');
    const type = kind === 'manifests' ? image.descriptor.mediaType : 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length });
    if (request.method === 'HEAD') return void response.end();
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A data folder whose registry has the image, and other bytes of the same length under one of its digests. Nothing of it was read. */
async function spoilt(image: BuiltImage, digest: string): Promise<string> {
  const pushed = await dataFolder();
  const first = await startProcess(pushed);
  await first.push(image, 'liar:1.0');
  await first.kill9();
  const fresh = await dataFolder();
  for (const name of ['registry', 'drydock-data'])
    await cp(path.join(pushed, name), path.join(fresh, name), { recursive: true });
  const file = await fileOf(path.join(fresh, 'registry'), digest);
  const bytes = await readFile(file);
  bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
  await writeFile(file, bytes);
  return fresh;
}

describe('archives that are made to hurt', () => {
  it.each<readonly [string, () => BuiltLayer, 'unreadable' | 'partial' | 'read']>([
    ['truncated gzip', () => whole(debianLayer(part).bytes.subarray(0, 200)), 'unreadable'],
    [
      'gzip with a wrong end',
      () =>
        whole(Buffer.concat([gzipSync(tarBytes([{ path: 'a', content: 'b' }])).subarray(0, -4), Buffer.alloc(4, 7)])),
      'unreadable',
    ],
    ['no tar at all', () => packLayer(Buffer.alloc(3_000, 'not a tar ')), 'unreadable'],
    [
      'names that climb',
      () =>
        buildLayer([
          { path: `../../../../../../..${escaped}`, content: 'x' },
          { path: escaped, content: 'x' },
        ]),
      'read',
    ],
    [
      'link loops',
      () =>
        buildLayer([
          { path: 'a', linkTarget: 'b' },
          { path: 'b', linkTarget: 'a' },
          { path: 'var/lib/loop', linkTarget: 'loop' },
          { path: 'c', kind: 'hardlink', linkTarget: 'c' },
        ]),
      'read',
    ],
    ['a sparse file of 10 GB', () => packLayer(sparse('big.bin', 10 * 2 ** 30)), 'read'],
    [
      'a gzip bomb of 600 MB in one file',
      () => buildLayer([{ path: 'zeros', content: Buffer.alloc(600 * 2 ** 20) }]),
      'read',
    ],
  ])('%s: the stack lives, and says what it could not read', async (name, layer, outcome) => {
    const repository = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    const digest = await stack.push(layersOf(debianLayer(part), layer()), `${repository}:1.0`);
    if (outcome === 'unreadable') {
      const word = await eventually('what became of it', async () => {
        const { images } = await stack.api<ImagesShape>('/images');
        const { unreadable: not } = await stack.api<UnreadableShape>('/unreadable');
        const refused = not.find((each) => each.repository === repository);
        const read = images.find((each) => each.digest === digest);
        return (
          refused?.text ?? (read !== undefined && read.coverage.state !== 'scanned' && JSON.stringify(read.coverage))
        );
      });
      expect(word).toMatch(/compressed data|tar archive|cut off|ends too early/i);
    } else {
      const image = await readImage(digest);
      expect(flawOf(image)).toHaveLength(1);
    }
    await expect(readFile(escaped)).rejects.toThrow('ENOENT');
    await stillWorks(repository);
  });
});

/** Bytes as a gzip layer, whatever they are. */
function whole(bytes: Buffer): BuiltLayer {
  const layer = buildLayer([]);
  return { ...layer, bytes, descriptor: { ...layer.descriptor, digest: digestOf(bytes), size: bytes.length } };
}

/** A GNU sparse header that claims a size that the archive does not hold. */
function sparse(name: string, size: number): Buffer {
  const tar = Buffer.from(tarBytes([{ path: name, content: 'x'.repeat(512) }]));
  tar.write('S', 156, 'latin1');
  tar.write('ustar  \0', 257, 'latin1');
  tar.fill(0, 345, 512);
  const octal = (value: number, at: number) => tar.write(`${value.toString(8).padStart(11, '0')}\0`, at, 'latin1');
  octal(size - 512, 386);
  octal(512, 398);
  // eleven octal digits hold 8 GB: larger sizes are written in base 256
  tar.writeUInt8(0x80, 483);
  tar.writeBigUInt64BE(BigInt(size), 487);
  tar.writeUInt8(0x80, 386);
  tar.fill(0, 387, 398);
  tar.writeBigUInt64BE(BigInt(size - 512), 390);
  tar.fill(0x20, 148, 156);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return tar;
}

/** As BuildKit writes it beside an image: an image manifest by its config, but what it holds is a statement. */
const attestation = (): BuiltImage =>
  buildArtifact({
    config: {
      mediaType: OCI_CONFIG,
      bytes: Buffer.from(
        JSON.stringify({
          architecture: 'unknown',
          os: 'unknown',
          config: {},
          rootfs: { type: 'layers', diff_ids: [digestOf(Buffer.from('{}'))] },
        }),
      ),
    },
    layers: [{ mediaType: 'application/vnd.in-toto+json', bytes: Buffer.from('{}') }],
  });

describe('things that are no image, or not one that is known', () => {
  it.each<readonly [string, () => BuiltImage, RegExp]>([
    [
      'attestations',
      () =>
        buildIndex([
          {
            image: attestation(),
            platform: { os: 'unknown', architecture: 'unknown' },
            annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
          },
        ]),
      /attestation|no image|platform/i,
    ],
    [
      'chart',
      () =>
        buildArtifact({
          config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', bytes: Buffer.from('{}') },
          layers: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: Buffer.from('chart') }],
        }),
      /helm|no image|not an image/i,
    ],
  ])('%s: said to be none, never clean', async (name, image, words) => {
    await stack.push(image(), `${name}:1.0`);
    const word = await unreadable(name);
    expect(word.text).toMatch(words);
    expect(
      (await stack.api<ImagesShape>('/images')).images.filter((each) =>
        each.names.some((one) => one.repository === name),
      ),
    ).toEqual([]);
  });

  it("an unknown distribution is unsupported, with its name; a status that is not dpkg's is said to be damaged", async () => {
    const unknown = await readImage(
      await stack.push(
        layersOf(
          buildLayer([
            { path: 'etc/os-release', content: 'ID=plan9fs\nVERSION_ID=4\nPRETTY_NAME="Plan 9 from User Space"\n' },
            { path: 'var/lib/dpkg/status', content: statusOf(part) },
          ]),
          appLayer('a'),
        ),
        'unknown:1.0',
      ),
    );
    expect(unknown.coverage.state).not.toBe('scanned');
    expect(unknown.coverage.reasons.map((each) => each.text).join()).toMatch(/plan9fs/i);
    const noise = createHash('sha512').update('noise').digest('hex').repeat(200);
    const damaged = await readImage(
      await stack.push(
        layersOf(debianLayer({}, [{ path: 'var/lib/dpkg/status', content: noise }]), appLayer('b')),
        'noise:1.0',
      ),
    );
    expect(damaged.coverage.state).not.toBe('scanned');
    expect(damaged.coverage.reasons.map((each) => each.text).join()).toContain('var/lib/dpkg/status');
  });
});

/** Characters that a terminal or a reader would obey; a new line is ours. */
const obeyed = (text: string): readonly string[] => text.match(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu) ?? [];

describe('names that are markup', () => {
  it('are reported where they can be no name, and stay text where they can: in the story, in the api, in Slack and in mail', async () => {
    // given an image with both kinds, and a service of it
    const manifest = {
      path: 'app/node_modules/odd/package.json',
      content: JSON.stringify({ name: odd, version: '1.0.0' }),
    };
    const image = layersOf(debianLayer({ [hostile]: '1.0-1', part: '1.0-1' }), buildLayer([manifest]));
    const digest = await stack.push(image, 'markup:1.0');
    await services(stack.ecs).run('markup', `${stack.registry}/markup:1.0`, 'ask');
    const alert = await eventually('the alert about the odd name', async () =>
      (await stack.api<AlertsShape>('/alerts')).alerts.find((each) => each.alert.header.includes(odd)),
    );
    const { problems } = await stack.api<ProblemsShape>('/problems');
    const read = await readImage(digest);

    // then what can be no name is none, and is said
    expect(read.packageList.map((each) => each.key.name).sort()).toEqual([odd, 'part']);
    const reasons = read.coverage.reasons.map((each) => each.text).join();
    expect(reasons).toContain('<img/src=x>');
    expect(obeyed(reasons)).toEqual([]);

    // and nothing obeys the other
    expect(problems.find((each) => each.package === odd)?.workloads).toEqual(['000000000000/local/shop/markup']);
    const sections = JSON.stringify(alert.slack.blocks.filter((each) => JSON.stringify(each).includes('mrkdwn')));
    expect(sections).toContain('bold');
    for (const markup of ['*bold*', '_it_', '~gone~', '<!channel>', '<img']) expect(sections).not.toContain(markup);
    expect(alert.mail.subject).toMatch(/^[\x20-\x7e]*$/);
    expect(obeyed(`${stack.printed}${alert.mail.text}`)).toEqual([]);
    const answer = await fetch(`${stack.endpoints.api}/images/${digest}`);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });
});
