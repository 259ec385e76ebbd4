import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registryResolver } from '#local/fleet/index';
import { digestOf, OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from '#shared/oci';

/** What the registry serves: path -> body. */
let served: Map<string, { body: Buffer; type: string; headers?: Record<string, string>; status?: number }>;
let asked: string[];
let server: Server;
let host: string;

function put(
  bytes: Buffer | string,
  type: string,
  ...names: string[]
): { digest: string; size: number; mediaType: string } {
  const body = Buffer.from(bytes);
  const digest = digestOf(body);
  const kind = type === OCI_MANIFEST || type === OCI_INDEX ? 'manifests' : 'blobs';
  for (const name of [digest, ...names]) served.set(`/v2/team/app/${kind}/${name}`, { body, type });
  return { digest, size: body.length, mediaType: type };
}

function image(labels: Record<string, string> = {}, ...tags: string[]) {
  const config = put(JSON.stringify({ os: 'linux', architecture: 'amd64', config: { Labels: labels } }), OCI_CONFIG);
  const layers = [put(Buffer.alloc(300_000, 7), OCI_LAYER), put('another layer', OCI_LAYER)];
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers });
  return { ...put(manifest, OCI_MANIFEST, ...tags), config, layers };
}

describe('registryResolver', () => {
  beforeEach(async () => {
    served = new Map();
    asked = [];
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const found = served.get(request.url ?? '');
      if (found === undefined) {
        response.writeHead(404).end('{"errors":[]}');
        return;
      }
      response.writeHead(found.status ?? 200, {
        'content-type': found.type,
        ...(request.url?.includes('/manifests/') === true ? { 'docker-content-digest': digestOf(found.body) } : {}),
        ...found.headers,
      });
      response.end(request.method === 'HEAD' ? undefined : found.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );

  it('resolves a tag and reads every blob of the image to its end', async () => {
    const { digest, config, layers } = image({}, '1');
    const resolver = registryResolver();
    expect(await resolver.resolve(`${host}/team/app:1`)).toEqual({ digest });
    expect(await resolver.pull(`${host}/team/app:1`, digest)).toEqual({ exits: false });
    const blobs = [config, ...layers].map((row) => `GET /v2/team/app/blobs/${row.digest}`);
    expect(asked).toEqual(['HEAD /v2/team/app/manifests/1', `GET /v2/team/app/manifests/${digest}`, ...blobs]);
  });

  it('answers the digest of an index and pulls the child that fits', async () => {
    const child = image();
    const index = put(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [
          { ...put('{}', OCI_MANIFEST), platform: { os: 'unknown', architecture: 'unknown' } },
          {
            digest: child.digest,
            size: child.size,
            mediaType: OCI_MANIFEST,
            platform: { os: 'linux', architecture: 'riscv64' },
          },
        ],
      }),
      OCI_INDEX,
      'multi',
    );
    const resolver = registryResolver({ architectures: ['riscv64'] });
    expect(await resolver.resolve(`${host}/team/app:multi`)).toEqual({ digest: index.digest });
    expect(await resolver.pull(`${host}/team/app:multi`, index.digest)).toEqual({ exits: false });
    const other = registryResolver({ architectures: ['amd64'] }).pull(`${host}/team/app:multi`, index.digest);
    await expect(other).rejects.toThrow(/matching platform 'linux\/amd64'/);
  });

  it('knows the label of an image that ends by itself', async () => {
    const { digest } = image({ 'drydock.demo.exit': '1' });
    expect(await registryResolver().pull(`${host}/team/app:1`, digest)).toEqual({ exits: true });
  });

  it('takes a reference without a host to the registry that it is told', async () => {
    const { digest } = image({}, 'latest');
    expect(await registryResolver({ defaultRegistry: host }).resolve('team/app')).toEqual({ digest });
  });

  it('says CannotPullContainerError for a tag that is not there', async () => {
    const missing = registryResolver().resolve(`${host}/team/app:none`);
    await expect(missing).rejects.toMatchObject({
      code: 'CannotPullContainerError',
      message: expect.stringMatching(/^CannotPullContainerError: .*team\/app:none: not found$/),
    });
  });

  it('believes no blob whose bytes are others', async () => {
    const { digest, layers } = image();
    served.set(`/v2/team/app/blobs/${layers[0]!.digest}`, { body: Buffer.alloc(300_000, 8), type: OCI_LAYER });
    await expect(registryResolver().pull(`${host}/team/app:1`, digest)).rejects.toMatchObject({
      code: 'CannotPullContainerError',
    });
  });

  it('believes no manifest whose bytes are others, and none that is no image', async () => {
    const { digest } = image();
    served.set(`/v2/team/app/manifests/${digest}`, { body: Buffer.from('{}'), type: OCI_MANIFEST });
    await expect(registryResolver().pull(`${host}/team/app:1`, digest)).rejects.toThrow(
      /the registry answered sha256:/,
    );
    const chart = put(JSON.stringify({ schemaVersion: 2, layers: [] }), OCI_MANIFEST);
    await expect(registryResolver().pull(`${host}/team/app:1`, chart.digest)).rejects.toThrow(/not one of an image/);
  });

  it('follows a redirect on loopback and refuses one to plain HTTP elsewhere', async () => {
    const { digest, layers } = image();
    const [layer] = layers;
    const at = `/v2/team/app/blobs/${layer!.digest}`;
    served.set('/elsewhere', served.get(at)!);
    served.set(at, { body: Buffer.alloc(0), type: 'text/plain', status: 307, headers: { location: '/elsewhere' } });
    expect(await registryResolver().pull(`${host}/team/app:1`, digest)).toEqual({ exits: false });
    const location = 'http://198.51.100.7/blob';
    served.set(at, { body: Buffer.alloc(0), type: 'text/plain', status: 307, headers: { location } });
    await expect(registryResolver().pull(`${host}/team/app:1`, digest)).rejects.toThrow(/redirects to http:/);
  });

  it.each(['app:1', 'library/app', 'registry.example/app:1', '', 'a b/c', `${'127.0.0.1:5000'}/UPPER:1`])(
    'refuses %j without asking anybody',
    async (text) => {
      await expect(registryResolver().resolve(text)).rejects.toMatchObject({ code: 'CannotPullContainerError' });
      expect(asked).toEqual([]);
    },
  );
});
