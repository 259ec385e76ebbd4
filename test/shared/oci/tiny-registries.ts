import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach } from 'vitest';
import { buildImage, buildLayer, openRegistry, packLayer, RegistryClient, type RegistryOptions } from '#shared/oci';
import { startTinyRegistry, type TinyRegistry } from './tiny-registry.ts';

// Two small registries for each test of the file that imports this, and an image in the first.

export const big = packLayer(randomBytes(3_000_000), { compression: 'none' });
export const small = buildLayer([{ path: 'a', content: 'a' }]);
export const image = buildImage({ layers: [small, big] });

export let registry: TinyRegistry;
export let other: TinyRegistry;
export const closing: { close(): void | Promise<void> }[] = [];
export let waits: number[] = [];

beforeEach(async () => {
  registry = await startTinyRegistry();
  other = await startTinyRegistry();
  registry.put(image, 'v1');
  waits = [];
});
afterEach(async () => {
  for (const each of [...closing.splice(0), registry, other]) await each.close();
});

export function options(more: RegistryOptions = {}): RegistryOptions {
  return { wait: async (milliseconds) => void waits.push(milliseconds), ...more };
}

export function open(more: RegistryOptions = {}, tag = 'v1') {
  const source = openRegistry({ registry: registry.host, repository: 'team/app', tag }, options(more));
  closing.push(source);
  return source;
}

export function client(more: RegistryOptions = {}, repository = 'team/app') {
  const made = new RegistryClient({ registry: registry.host, repository }, options(more));
  closing.push(made);
  return made;
}

export const bigPath = `/v2/team/app/blobs/${big.descriptor.digest}`;
export const readBig = async (more: RegistryOptions = {}) =>
  Buffer.concat(await (await open(more).blob(big.descriptor)).toArray()).equals(big.bytes);

/** Sends a part of a blob, then breaks the connection. */
export function cutAfter(length: number, times: number): TinyRegistry['before'] {
  let left = times;
  return (request, response, url) => {
    if (url.pathname !== bigPath || left-- <= 0) return false;
    const from = Number(/(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': big.bytes.length - from,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${big.bytes.length - 1}/${big.bytes.length}` } : {}),
    });
    response.write(big.bytes.subarray(from, from + length), () => response.destroy());
    return true;
  };
}
