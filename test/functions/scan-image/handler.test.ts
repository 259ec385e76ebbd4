import { describe, expect, it } from 'vitest';
import { makeScanImage } from '#functions/scan-image';
import { listUnreadable } from '#shared/findings';
import { buildImage, UnsupportedImage } from '#shared/oci';
import { checkout } from '../../../local/demo/images.ts';
import { heartbleed, world } from '../../shared/findings/world.ts';
import { layerOf, stanza } from '../../shared/inventory/images.ts';
import { batch, envelope, listening } from '../envelopes.ts';

const setUp = () => {
  const made = world({ records: [heartbleed] });
  const heard = listening();
  const handle = makeScanImage({
    ...made.ports,
    ...heard,
    registryOf: () => 'registry.test',
    wantsAdvisories: () => false,
  });
  return { made, heard, handle };
};

const pushed = (detail: object): string =>
  envelope('ECR Image Action', { 'action-type': 'PUSH', result: 'SUCCESS', ...detail }, { source: 'aws.ecr' });

describe('scan-image', () => {
  it('reads what was pushed and says what it found', async () => {
    const { made, heard, handle } = setUp();
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    const result = await handle(
      batch(pushed({ 'repository-name': 'checkout', 'image-digest': digest, 'image-tag': '1' })),
    );
    expect(result).toEqual({ batchItemFailures: [] });
    expect(heard.emitted).toEqual([
      {
        type: 'ImageScanned',
        detail: expect.objectContaining({ digest, repository: 'checkout', tag: '1', layersRead: 2, layersReused: 0 }),
      },
    ]);
  });

  it('tells an image that was read but not told, when the wish comes again; then no more', async () => {
    const { made, heard, handle } = setUp();
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    const wanted = batch(envelope('ImageWanted', { registry: 'registry.test', repository: 'checkout', digest }));
    heard.failing.add('ImageScanned');
    expect(await handle(wanted)).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
    expect(heard.types()).toEqual([]);
    expect(await handle(wanted)).toEqual({ batchItemFailures: [] });
    expect(heard.types()).toEqual(['ImageScanned']);
    await handle(wanted);
    expect(heard.types()).toEqual(['ImageScanned']);
    await handle(
      batch(envelope('ImageWanted', { registry: 'registry.test', repository: 'checkout', digest, again: true })),
    );
    expect(heard.types()).toEqual(['ImageScanned', 'ImageScanned']);
  });

  it('gives back only the record that can succeed later, and refuses for good what cannot', async () => {
    const { made, heard, handle } = setUp();
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    const unreachable = makeScanImage({
      ...made.ports,
      ...heard,
      registryOf: () => 'registry.test',
      wantsAdvisories: () => false,
      open: async (reference) => {
        if (reference.repository === 'down') throw new Error('connect ECONNREFUSED');
        if (reference.repository === 'windows')
          throw new UnsupportedImage('registry.test/windows:1', 'it is for Windows', 'push a Linux image');
        return made.ports.open(reference);
      },
    });
    const result = await unreachable(
      batch(
        '{',
        pushed({ 'repository-name': 'down', 'image-tag': '1' }),
        pushed({ 'repository-name': 'windows', 'image-tag': '1' }),
        pushed({ 'repository-name': 'gone', 'image-tag': '1' }),
        pushed({ 'repository-name': 'checkout', 'image-tag': '1', 'image-digest': digest }),
        pushed({ 'repository-name': 'checkout' }),
        pushed({ 'repository-name': '', 'image-tag': '1' }),
        envelope('ImageWanted', { registry: 'registry.test', repository: 'checkout' }),
        pushed({ 'repository-name': 'checkout', 'image-tag': '1', 'action-type': 'DELETE' }),
      ),
    );
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(heard.reported).toEqual([
      { messageId: '0', final: true },
      { messageId: '1', final: false },
      { messageId: '6', final: true },
      { messageId: '7', final: true },
    ]);
    expect(heard.emitted.map(({ type, detail }) => `${type} ${detail.repository}`)).toEqual([
      'ImageUnreadable windows',
      'ImageUnreadable gone',
      'ImageScanned checkout',
    ]);
    void handle;
  });

  it('asks for the advisories that are missing, never for those that nobody publishes', async () => {
    const { made, heard } = setUp();
    const handle = makeScanImage({ ...made.ports, ...heard, registryOf: () => 'registry.test' });
    const layer = layerOf({
      'etc/os-release': 'ID=kali\nVERSION_ID=2024.1\n',
      'var/lib/dpkg/status': stanza('bash', '5.2'),
      'opt/conda/conda-meta/openssl-3.2.0-0.json': '{"name":"openssl","version":"3.2.0"}',
      'app/lib/plug/ebin/plug.app': '{application,plug,[{vsn,"1.15.3"}]}.',
      'app/lib/ssl/ebin/ssl.app': '{application,ssl,[{vsn,"11.0"}]}.',
    });
    made.push('tool', '1', buildImage({ layers: [layer] }));
    await handle(batch(pushed({ 'repository-name': 'tool', 'image-tag': '1' })));
    expect(heard.emitted).toContainEqual({ type: 'AdvisoriesWanted', detail: { ecosystems: ['Hex'] } });
  });

  it('keeps what could not be read until it can be', async () => {
    const { made, handle } = setUp();
    const event = batch(pushed({ 'repository-name': 'checkout', 'image-tag': '1' }));
    await handle(event);
    expect((await all(listUnreadable(made.table))).map(({ repository, tag }) => `${repository}:${tag}`)).toEqual([
      'checkout:1',
    ]);
    made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await handle(event);
    expect(await all(listUnreadable(made.table))).toEqual([]);
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
