import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { digestOf, OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '#shared/oci';
import {
  type Registry,
  type RegistryDelete,
  type RegistryOptions,
  type RegistryPush,
  startRegistry,
} from '../../../local/registry/index.ts';

/** An HTTP answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a request is made of. */
export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** A running registry, with what it told its listeners. */
export interface Running extends Registry {
  readonly folder: string;
  readonly pushes: RegistryPush[];
  readonly deletes: RegistryDelete[];
  readonly faults: unknown[];
  ask(method: string, target: string, ask?: Ask): Promise<Answer>;
  /** pushes a blob in one PUT; gives its digest */
  blob(repository: string, bytes: Buffer, algorithm?: 'sha256' | 'sha512'): Promise<string>;
  manifest(repository: string, reference: string, body: Buffer | object, mediaType?: string): Promise<Answer>;
  /** pushes an image of one layer; gives its manifest */
  image(repository: string, tag: string, layer: string): Promise<{ digest: string; body: Buffer; layer: string }>;
  /** the files below the folder, by their relative paths with '/' */
  files(): Promise<string[]>;
}

/** Starts a registry that ends with the test. */
export async function aRegistry(options: Partial<RegistryOptions> = {}): Promise<Running> {
  const folder = options.folder ?? (await aFolder());
  const pushes: RegistryPush[] = [];
  const deletes: RegistryDelete[] = [];
  const faults: unknown[] = [];
  const registry = await startRegistry({
    folder,
    onPush: (event) => pushes.push(event),
    onDelete: (event) => deletes.push(event),
    onFault: (fault) => faults.push(fault),
    now: () => new Date('2026-01-02T03:04:05Z'),
    ...options,
  });
  onTestFinished(() => registry.close());
  const ask = (method: string, target: string, { headers = {}, body }: Ask = {}): Promise<Answer> =>
    send(registry, method, target, headers, body);

  const running: Running = {
    ...registry,
    folder,
    pushes,
    deletes,
    faults,
    ask,
    async blob(repository, bytes, algorithm = 'sha256') {
      const digest = digestOf(bytes, algorithm);
      const begun = await ask('POST', `/v2/${repository}/blobs/uploads/`);
      const done = await ask('PUT', `${begun.headers.location}?digest=${digest}`, { body: bytes });
      if (done.status !== 201) throw new Error(`blob not pushed: ${done.status} ${done.body.toString()}`);
      return digest;
    },
    manifest(repository, reference, body, mediaType = OCI_MANIFEST) {
      return ask('PUT', `/v2/${repository}/manifests/${reference}`, {
        headers: { 'content-type': mediaType },
        body: Buffer.isBuffer(body) ? body : JSON.stringify(body),
      });
    },
    async image(repository, tag, layer) {
      const bytes = Buffer.from(layer);
      const config = Buffer.from('{"os":"linux","architecture":"amd64"}');
      await running.blob(repository, bytes);
      await running.blob(repository, config);
      const body = Buffer.from(JSON.stringify(imageManifest(config, [bytes])));
      const done = await running.manifest(repository, tag, body);
      if (done.status !== 201) throw new Error(`image not pushed: ${done.status} ${done.body.toString()}`);
      return { digest: digestOf(body), body, layer: digestOf(bytes) };
    },
    async files() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
        .sort();
    },
  };
  return running;
}

/** A temporary folder that ends with the test. */
export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'drydock-registry-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An OCI image manifest over these bytes. */
export const imageManifest = (config: Buffer, layers: readonly Buffer[], more: object = {}): object => ({
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: { mediaType: OCI_CONFIG, digest: digestOf(config), size: config.length },
  layers: layers.map((bytes) => ({ mediaType: OCI_LAYER, digest: digestOf(bytes), size: bytes.length })),
  ...more,
});

/** The code of the first error of an answer's body. */
export function codeOf(answer: Answer): string | undefined {
  const { errors } = JSON.parse(answer.body.toString()) as { errors: { code: string }[] };
  return errors[0]?.code;
}

// node:http and not fetch: fetch sets Host and forbids others
function send(
  registry: Registry,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer | string | undefined,
): Promise<Answer> {
  const [host, port] = registry.host.split(':');
  return new Promise((done, failed) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = httpRequest({ host, port, method, path: target, headers: { ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', failed);
      response.once('end', () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.once('error', failed);
    sent.end(body);
  });
}
