import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BusEvent, makeEvent } from '#shared/events';
import { parseReference, pushImage, RegistryClient } from '#shared/oci';
import { type Stack, startStack } from '../../local/stack/index.ts';
import { debianImage } from './an-image.ts';
import { starterOf } from './own-starter.ts';
import type { ImagesShape, UnreadableShape } from './shapes.ts';
import { dataFolder, endAll } from './stack-process.ts';

let stack: Stack;
const said: string[] = [];

beforeAll(async () => {
  const folder = await dataFolder();
  const starter = await starterOf(folder, [{ name: 'part', fixed: '2.0-1' }]);
  stack = await startStack({ folder, fresh: false, demo: false, offline: true, advisories: '', starter }, (text) => {
    said.push(text);
  });
});

afterAll(async () => {
  await stack.close();
  await endAll();
});

const images = async (): Promise<ImagesShape> =>
  (await (await fetch(`${stack.endpoints.api}/images`)).json()) as ImagesShape;
const unreadable = async (): Promise<UnreadableShape['unreadable']> =>
  ((await (await fetch(`${stack.endpoints.api}/unreadable`)).json()) as UnreadableShape).unreadable;

/** What ECR really sends (recorded, names changed), with these fields. */
const pushOf = (detail: Readonly<Record<string, unknown>>): BusEvent =>
  ({
    version: '0',
    id: '13cde686-328b-6117-af20-0e5566167482',
    'detail-type': 'ECR Image Action',
    source: 'aws.ecr',
    account: '123456789012',
    time: '2026-11-16T01:54:34Z',
    region: 'us-west-2',
    resources: [],
    detail: { 'action-type': 'PUSH', result: 'SUCCESS', ...detail },
  }) as BusEvent;

/** Sends an event as the registry or a function would, and waits until nothing of it is left to do. */
async function told(event: BusEvent): Promise<void> {
  await stack.bus.put(event);
  await stack.bus.drain();
  expect(stack.bus.deadLetters()).toEqual([]);
}

const wanted = (detail: object): BusEvent =>
  makeEvent('ImageWanted', { lane: 'interactive', ...detail }, { now: new Date(), id: crypto.randomUUID() });

describe('events that are not as one would like them', () => {
  it('without a tag, without a media type, with what is new: the image is read', async () => {
    const { source, descriptor } = debianImage({ part: '1.0-1' }, 'untagged');
    await pushImage(source, parseReference(`${stack.registry}/untagged@${descriptor.digest}`));
    await stack.bus.drain();
    await told(
      pushOf({ 'repository-name': 'untagged', 'image-digest': descriptor.digest, 'of-next-year': { a: [1] } }),
    );
    const found = (await images()).images.find((each) => each.digest === descriptor.digest);
    expect(found?.names).toEqual([{ registry: stack.registry, repository: 'untagged', tags: [] }]);
    expect(said).toEqual([]);
  });

  it('with neither tag nor digest, of a failure, of a deletion: nothing to do, and nothing breaks', async () => {
    const before = [await images(), await unreadable()];
    await told(pushOf({ 'repository-name': 'nothing' }));
    await told(pushOf({ 'repository-name': 'failed', 'image-tag': '1', result: 'FAILURE' }));
    await told(pushOf({ 'repository-name': 'gone', 'image-tag': '1', 'action-type': 'DELETE' }));
    expect([await images(), await unreadable()]).toEqual(before);
  });

  it('about an image that is deleted by now: said to be unread', async () => {
    const { source, descriptor } = debianImage({ part: '1.0-1' }, 'deleted');
    const name = parseReference(`${stack.registry}/deleted:1.0`);
    await pushImage(source, name);
    await stack.bus.drain();
    const response = await fetch(`${stack.endpoints.registry}/v2/deleted/manifests/${descriptor.digest}`, {
      method: 'DELETE',
    });
    expect(response.status).toBe(202);
    await told(pushOf({ 'repository-name': 'deleted', 'image-digest': descriptor.digest, 'image-tag': '1.0' }));
    await told(
      pushOf({ 'repository-name': 'never-was', 'image-digest': `sha256:${'0'.repeat(64)}`, 'image-tag': '2' }),
    );
    const word = (await unreadable()).filter((each) => ['deleted', 'never-was'].includes(each.repository));
    expect(word.map((each) => [each.repository, each.code])).toEqual(
      expect.arrayContaining([
        ['deleted', 'not-found'],
        ['never-was', 'not-found'],
      ]),
    );
    expect(await new RegistryClient(name).hasManifest(descriptor.digest)).toBe(false);
  });

  it('about a repository that we may not read: said once, with what to do, and not tried for ever', async () => {
    // given a registry that gives its images to others only
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'DENIED', message: 'not for you \u001b[2J<!channel>' }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      await told(wanted({ registry, repository: 'secret', tag: '1.0' }));
      const word = (await unreadable()).find((each) => each.repository === 'secret');
      expect(word?.code).toMatch(/denied|unauthorized|forbidden/);
      expect(word?.text).toContain(registry);
      expect(asked).toBeLessThan(10);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('that are no events of ours at all: reported, and out of the way', async () => {
    await stack.bus.put({
      ...wanted({ registry: 'r', repository: 'r', tag: 't' }),
      detail: { lane: 'interactive', registry: 7 },
    });
    await stack.bus.drain();
    expect(stack.bus.deadLetters()).toEqual([]);
    expect(said.join('\n')).toMatch(/registry/);
    const { source } = debianImage({ part: '1.0-1' }, 'after');
    const { digest } = await pushImage(source, parseReference(`${stack.registry}/after:1.0`));
    await stack.bus.drain();
    expect((await images()).images.map((each) => each.digest)).toContain(digest);
  });
});
