import { describe, expect, it } from 'vitest';
import { makeRefreshAdvisories } from '#functions/refresh-advisories';
import { makeScanImage } from '#functions/scan-image';
import { awaitedFeeds } from '#shared/advisories';
import { checkout } from '../../local/demo/images.ts';
import { world } from '../shared/findings/world.ts';
import { batch, envelope, listening } from './envelopes.ts';

const later = (now: Date, minutes: number): Date => new Date(now.getTime() + minutes * 60_000);

describe('the first advisories of an ecosystem', () => {
  it('are awaited from the image that needs them until some time after they were taken, or could not be', async () => {
    const made = world({ records: [] });
    const heard = listening();
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    const scan = makeScanImage({ ...made.ports, ...heard, registryOf: () => 'registry.test' });
    await scan(batch(envelope('ImageWanted', { registry: 'registry.test', repository: 'checkout', digest })));
    const wanted = heard.emitted.find(({ type }) => type === 'AdvisoriesWanted')!;
    const ecosystems = (wanted.detail.ecosystems as string[]).sort();
    expect(ecosystems.length).toBeGreaterThan(0);
    expect((await awaitedFeeds(made.table, made.ports.now())).sort()).toEqual(ecosystems);

    const { table, blobs, now } = made.ports;
    const refresh = makeRefreshAdvisories({ ...heard, request: { table, blobs, now } });
    expect(await refresh(batch(envelope('AdvisoriesWanted', { ecosystems })))).toEqual({ batchItemFailures: [] });
    expect((await awaitedFeeds(table, now())).sort(), 'their re-match may be under way').toEqual(ecosystems);
    expect(await awaitedFeeds(table, later(now(), 11))).toEqual([]);
  });
});
