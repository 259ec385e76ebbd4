import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Registry, startRegistry } from '#local/registry/index';
import type { RegistryPush } from '#local/registry/types';
import {
  attachReferrer,
  buildImage,
  buildLayer,
  type Digest,
  openRegistry,
  pushImage,
  RegistryClient,
} from '#shared/oci';
import { ecrPush } from '../../../local/stack/ecr-event.ts';
import { temporaryFolder } from './stored.ts';
import { NOWHERE, startTinyRegistry, type TinyRegistry } from './tiny-registry.ts';

const artifactType = 'application/vnd.cyclonedx+json';
const image = buildImage({ layers: [buildLayer([{ path: 'etc/os-release', content: 'ID=debian\n' }])] });
const { digest } = image.descriptor;
const sbom = (text: string) => ({ artifactType, bytes: Buffer.from(text) });

describe('attaching to an image in a registry with referrers', () => {
  let registry: Registry;
  const pushes: RegistryPush[] = [];
  const subject = () => ({ registry: registry.host, repository: 'team/app', digest });

  beforeAll(async () => {
    registry = await startRegistry({
      folder: path.join(temporaryFolder(), 'registry'),
      onPush: (push) => pushes.push(push),
    });
    await pushImage(image.source, { registry: registry.host, repository: 'team/app', tag: '1' });
  });
  afterAll(() => registry.close());

  test('keeps the document beside the image, once, and leaves the image as it is', async () => {
    const first = await attachReferrer(subject(), sbom('{"a":1}'));
    expect(first.outcome).toBe('attached');
    const count = pushes.length;
    expect(await attachReferrer(subject(), sbom('{"a":1}'))).toEqual({ ...first, outcome: 'there' });
    expect(pushes).toHaveLength(count);
    const second = await attachReferrer(subject(), sbom('{"a":2}'));
    const source = openRegistry({ ...subject(), tag: '1' });
    const listed = await source.referrers(digest, artifactType);
    expect(listed.map((each) => each.digest).sort()).toEqual([first.digest, second.digest].sort());
    expect((await source.root()).descriptor.digest).toBe(digest);
    const manifest = JSON.parse(
      (await source.manifest(listed.find((each) => each.digest === first.digest)!)).toString(),
    ) as {
      layers: { digest: Digest; size: number; mediaType: string }[];
    };
    expect(manifest).toMatchObject({ artifactType, subject: { digest, size: image.descriptor.size } });
    const bytes = await (await source.blob(manifest.layers[0]!)).toArray();
    expect(Buffer.concat(bytes).toString()).toBe('{"a":1}');
    await source.close();
  });

  test('is told as ECR tells it: no rule that reads pushed images takes it', () => {
    const at = { account: '000000000000', region: 'eu-central-1', id: 'x' };
    const types = pushes.map((push) => ecrPush(push, at)['detail-type']);
    expect(types[0]).toBe('ECR Image Action');
    expect(new Set(types.slice(1))).toEqual(new Set(['ECR Referrer Action']));
    expect(ecrPush(pushes.at(-1)!, at).detail).toMatchObject({ 'artifact-media-type': artifactType });
  });

  test('fails when the image is not there', async () => {
    await expect(attachReferrer({ ...subject(), digest: NOWHERE }, sbom('{}'))).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

describe('attaching in a registry that keeps no list of referrers', () => {
  let registry: TinyRegistry;
  beforeAll(async () => {
    registry = await startTinyRegistry();
    registry.put(image, '1');
  });
  afterAll(() => registry.close());

  test('keeps the list under the tag that stands for it', async () => {
    const subject = { registry: registry.host, repository: 'team/app', digest };
    const first = await attachReferrer(subject, sbom('{"a":1}'));
    const second = await attachReferrer(subject, sbom('{"a":2}'));
    expect(await attachReferrer(subject, sbom('{"a":1}'))).toEqual({ ...first, outcome: 'there' });
    expect(registry.manifests.has(digest.replace(':', '-'))).toBe(true);
    const client = new RegistryClient(subject);
    const listed = await client.referrers(digest, artifactType);
    client.close();
    expect(listed.map((each) => [each.digest, each.artifactType])).toEqual([
      [first.digest, artifactType],
      [second.digest, artifactType],
    ]);
  });
});
