import { describe, expect, test } from 'vitest';
import { DOCKER_INDEX, DOCKER_MANIFEST, digestOf, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#shared/oci';
import { aRegistry, codeOf, imageManifest } from './a-registry.ts';

const CONFIG = Buffer.from('{"os":"linux"}');
const LAYER = Buffer.from('a layer');
const IMAGE = Buffer.from(JSON.stringify(imageManifest(CONFIG, [LAYER])));

async function withBlobs() {
  const registry = await aRegistry();
  await registry.blob('app', CONFIG);
  await registry.blob('app', LAYER);
  return registry;
}

describe('PUT of a manifest', () => {
  test('stores exactly its bytes, to be had by tag and by digest', async () => {
    const registry = await withBlobs();
    const odd = Buffer.concat([IMAGE, Buffer.from('\n \n')]);
    const put = await registry.manifest('app', 'v1', odd);
    expect(put.status).toBe(201);
    expect(put.headers.location).toBe(`/v2/app/manifests/${digestOf(odd)}`);
    expect(put.headers['docker-content-digest']).toBe(digestOf(odd));
    for (const reference of ['v1', digestOf(odd)]) {
      for (const method of ['GET', 'HEAD']) {
        const got = await registry.ask(method, `/v2/app/manifests/${reference}`);
        expect(got.status).toBe(200);
        expect(got.headers['content-type']).toBe(OCI_MANIFEST);
        expect(got.headers['content-length']).toBe(String(odd.length));
        expect(got.headers['docker-content-digest']).toBe(digestOf(odd));
        expect(got.body.equals(method === 'GET' ? odd : Buffer.alloc(0))).toBe(true);
      }
    }
  });

  test('tells of every push, of a tag that moves too', async () => {
    const registry = await withBlobs();
    const other = Buffer.from(JSON.stringify(imageManifest(CONFIG, [])));
    await registry.manifest('app', 'v1', IMAGE);
    await registry.manifest('app', 'v1', IMAGE);
    await registry.manifest('app', 'v1', other);
    await registry.manifest('app', digestOf(IMAGE), IMAGE);
    const at = new Date('2026-01-02T03:04:05Z');
    const common = { repository: 'app', mediaType: OCI_MANIFEST, artifactType: OCI_CONFIG, at };
    const first = { ...common, digest: digestOf(IMAGE), size: IMAGE.length, tag: 'v1' };
    expect(registry.pushes).toEqual([
      first,
      first,
      { ...common, digest: digestOf(other), size: other.length, tag: 'v1' },
      { ...common, digest: digestOf(IMAGE), size: IMAGE.length },
    ]);
    expect((await registry.ask('GET', '/v2/app/manifests/v1')).body.equals(other)).toBe(true);
  });

  test('tells of it when it can be read, and survives a listener that throws', async () => {
    const faults: unknown[] = [];
    const registry = await aRegistry({
      onPush: () => {
        throw new Error('the listener broke');
      },
      onFault: (fault) => faults.push(fault),
    });
    await registry.blob('app', CONFIG);
    const put = await registry.manifest('app', 'v1', imageManifest(CONFIG, []));
    expect([put.status, String(faults)]).toEqual([201, 'Error: the listener broke']);
  });

  test('by sha512, with tags as parameters', async () => {
    const registry = await withBlobs();
    const digest = digestOf(IMAGE, 'sha512');
    const put = await registry.manifest('app', `${digest}?tag=v1&tag=v2`, IMAGE);
    expect([put.status, put.headers['oci-tag'], put.headers['docker-content-digest']]).toEqual([201, 'v1, v2', digest]);
    const got = await registry.ask('HEAD', '/v2/app/manifests/v2');
    expect(got.headers['docker-content-digest']).toBe(digest);
    expect(registry.pushes.map((push) => push.tag)).toEqual(['v1', 'v2']);
  });

  test('refuses another digest than its own, and shows nothing', async () => {
    const registry = await withBlobs();
    const digest = digestOf(Buffer.from('other'));
    const put = await registry.manifest('app', digest, IMAGE);
    expect([put.status, codeOf(put)]).toEqual([400, 'DIGEST_INVALID']);
    expect((await registry.ask('GET', `/v2/app/manifests/${digest}`)).status).toBe(404);
    expect((await registry.ask('GET', `/v2/app/manifests/${digestOf(IMAGE)}`)).status).toBe(404);
    expect(registry.pushes).toEqual([]);
  });

  test('refuses one whose blobs are missing here, naming each', async () => {
    const registry = await aRegistry();
    await registry.blob('elsewhere', CONFIG);
    const put = await registry.manifest('app', 'v1', IMAGE);
    expect(put.status).toBe(404);
    expect(JSON.parse(put.body.toString()).errors).toMatchObject([
      { code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest: digestOf(CONFIG) } },
      { code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest: digestOf(LAYER) } },
    ]);
    expect((await registry.ask('GET', '/v2/app/manifests/v1')).status).toBe(404);
  });

  test('takes one whose missing layers are fetched elsewhere', async () => {
    const registry = await withBlobs();
    const foreign = ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'];
    const docker = ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'];
    for (const mediaType of [...foreign, ...docker]) {
      const manifest = imageManifest(CONFIG, [], {
        layers: [{ mediaType, digest: digestOf(Buffer.from('windows')), size: 7, urls: ['https://example.com/x'] }],
      });
      expect((await registry.manifest('app', 'v1', manifest)).status).toBe(201);
    }
  });

  test('takes an index when all that it lists is here, manifests or blobs', async () => {
    const registry = await withBlobs();
    await registry.manifest('app', digestOf(IMAGE), IMAGE);
    const child = { mediaType: OCI_MANIFEST, digest: digestOf(IMAGE), size: IMAGE.length };
    const blob = { mediaType: 'application/octet-stream', digest: digestOf(LAYER), size: LAYER.length };
    const missing = { ...child, digest: digestOf(Buffer.from('missing')) };
    const index = (...manifests: object[]) => ({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });

    expect((await registry.manifest('app', 'all', index(child, blob), OCI_INDEX)).status).toBe(201);
    const refused = await registry.manifest('app', 'some', index(child, missing), OCI_INDEX);
    expect([refused.status, codeOf(refused)]).toEqual([404, 'MANIFEST_BLOB_UNKNOWN']);
    expect(registry.pushes.at(-1)).not.toHaveProperty('artifactType');
  });

  test('takes the forms of Docker', async () => {
    const registry = await withBlobs();
    const manifest = Buffer.from(JSON.stringify(imageManifest(CONFIG, [LAYER], { mediaType: DOCKER_MANIFEST })));
    expect((await registry.manifest('app', 'v1', manifest, DOCKER_MANIFEST)).status).toBe(201);
    const list = {
      schemaVersion: 2,
      mediaType: DOCKER_INDEX,
      manifests: [{ mediaType: DOCKER_MANIFEST, digest: digestOf(manifest), size: manifest.length }],
    };
    expect((await registry.manifest('app', 'list', list, DOCKER_INDEX)).status).toBe(201);
    expect((await registry.ask('GET', '/v2/app/manifests/list')).headers['content-type']).toBe(DOCKER_INDEX);
  });

  test('believes the manifest when a tool says only that it is JSON', async () => {
    const registry = await withBlobs();
    expect((await registry.manifest('app', 'v1', IMAGE, 'application/json')).status).toBe(201);
    expect((await registry.ask('GET', '/v2/app/manifests/v1')).headers['content-type']).toBe(OCI_MANIFEST);
  });

  test.each<[string, Buffer | object, string]>([
    ['no JSON', Buffer.from('{'), OCI_MANIFEST],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), OCI_MANIFEST],
    ['null', Buffer.from('null'), OCI_MANIFEST],
    ['a list', [], OCI_MANIFEST],
    ['schema 1', { schemaVersion: 1 }, 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
    ['an unknown type', imageManifest(CONFIG, []), 'text/html'],
    ['a type that it contradicts', imageManifest(CONFIG, []), DOCKER_MANIFEST],
    ['image and index at once', imageManifest(CONFIG, [], { manifests: [] }), OCI_MANIFEST],
    ['no config', { schemaVersion: 2, layers: [] }, OCI_MANIFEST],
    [
      'a digest that is a path',
      imageManifest(CONFIG, [], { config: { mediaType: 'a', digest: '../../x', size: 1 } }),
      OCI_MANIFEST,
    ],
    [
      'a negative size',
      imageManifest(CONFIG, [], { config: { mediaType: 'a', digest: digestOf(CONFIG), size: -1 } }),
      OCI_MANIFEST,
    ],
  ])('refuses %s', async (_, body, mediaType) => {
    const registry = await withBlobs();
    const put = await registry.manifest('app', 'v1', body, mediaType);
    expect([put.status, codeOf(put)]).toEqual([400, 'MANIFEST_INVALID']);
    expect(registry.pushes).toEqual([]);
  });

  test('takes 4 MiB and not a byte more, however it is sent', async () => {
    const registry = await withBlobs();
    const bare = JSON.stringify(imageManifest(CONFIG, [], { annotations: { pad: '' } }));
    const fitting = Buffer.from(bare.replace('"pad":""', `"pad":"${'x'.repeat(4 * 1024 * 1024 - bare.length)}"`));
    expect(fitting.length).toBe(4 * 1024 * 1024);
    expect((await registry.manifest('app', 'v1', fitting)).status).toBe(201);

    const larger = Buffer.concat([fitting, Buffer.from(' ')]);
    expect((await registry.manifest('app', 'v2', larger)).status).toBe(413);
    const streamed = await fetch(`${registry.url}/v2/app/manifests/v2`, {
      method: 'PUT',
      headers: { 'content-type': OCI_MANIFEST },
      body: new Blob([larger]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(streamed.status).toBe(413);
    expect((await registry.ask('GET', '/v2/app/manifests/v2')).status).toBe(404);
  });

  test.each(['-x', '.x', 'a'.repeat(129), 'a b', 'ä', 'a%00'])('refuses the tag %j', async (tag) => {
    const registry = await withBlobs();
    const put = await registry.manifest('app', encodeURIComponent(tag), IMAGE);
    expect([put.status, codeOf(put)]).toEqual([400, 'TAG_INVALID']);
  });
});

describe('DELETE of a manifest', () => {
  test('by tag takes the tag alone, and tells of it', async () => {
    const registry = await aRegistry();
    const { digest } = await registry.image('app', 'v1', 'layer');
    expect((await registry.ask('DELETE', '/v2/app/manifests/v1')).status).toBe(202);
    expect((await registry.ask('GET', '/v2/app/manifests/v1')).status).toBe(404);
    expect((await registry.ask('GET', `/v2/app/manifests/${digest}`)).status).toBe(200);
    expect(registry.deletes).toEqual([{ repository: 'app', tag: 'v1', digest, at: new Date('2026-01-02T03:04:05Z') }]);
  });

  test('by digest takes its tags along, tells of each, and leaves the others', async () => {
    const registry = await aRegistry();
    const { digest, body } = await registry.image('app', 'v1', 'layer');
    await registry.manifest('app', 'V1', body);
    const other = await registry.image('app', 'v2', 'other');

    expect((await registry.ask('DELETE', `/v2/app/manifests/${digest}`)).status).toBe(202);

    const tags = await registry.ask('GET', '/v2/app/tags/list');
    expect(JSON.parse(tags.body.toString())).toEqual({ name: 'app', tags: ['v2'] });
    expect((await registry.ask('HEAD', `/v2/app/manifests/${digest}`)).status).toBe(404);
    expect((await registry.ask('GET', '/v2/app/manifests/v2')).body.equals(other.body)).toBe(true);
    expect(
      registry.deletes
        .slice(0, 2)
        .map((event) => event.tag)
        .sort(),
    ).toEqual(['V1', 'v1']);
    expect(registry.deletes.at(-1)).toEqual({ repository: 'app', digest, at: expect.any(Date) });
  });

  test('of what is not there is said so', async () => {
    const registry = await aRegistry();
    for (const reference of ['v1', digestOf(IMAGE)]) {
      const answer = await registry.ask('DELETE', `/v2/app/manifests/${reference}`);
      expect([answer.status, codeOf(answer)]).toEqual([404, 'MANIFEST_UNKNOWN']);
    }
    expect(registry.deletes).toEqual([]);
  });
});
