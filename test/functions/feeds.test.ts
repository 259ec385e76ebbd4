import { describe, expect, it } from 'vitest';
import { makeRefreshAdvisories } from '#functions/refresh-advisories';
import { makeScanImage } from '#functions/scan-image';
import {
  type AdvisorySource,
  awaitedFeeds,
  type CveListSource,
  cveListEcosystem,
  readCveRecord,
  readFeeds,
} from '#shared/advisories';
import { checkout } from '../../local/demo/images.ts';
import { openSslRecord } from '../shared/advisories/cve-list/product-records.ts';
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

describe('the CVE List', () => {
  const npm: AdvisorySource = {
    describe: 'memory',
    ecosystems: async () => ['npm'],
    async *records() {
      yield {
        id: 'GHSA-1',
        bytes: Buffer.from(
          JSON.stringify({
            id: 'GHSA-1',
            modified: '2024-01-01T00:00:00Z',
            aliases: ['CVE-2024-1000'],
            affected: [
              { package: { ecosystem: 'npm', name: 'a' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }] },
            ],
          }),
        ),
      };
    },
    modified: async () => 'once',
  };
  const schedule = envelope('Scheduled Event', {}, { source: 'aws.events' });

  it('is read after the advisories, which do not wait for it: on schedule, and when nothing is known of it yet', async () => {
    const { table, blobs, now } = world({ records: [] }).ports;
    const heard = listening();
    const asked: string[][] = [];
    const cves: CveListSource = {
      describe: 'list',
      publication: async () => {
        asked.push([...heard.types()]);
        const rating = { by: 'redhat', container: 'cna', value: 'important' } as const;
        const entry = {
          cve: 'CVE-2024-1000',
          state: 'PUBLISHED',
          disputed: false,
          cna: 'redhat',
          ratings: [rating],
          updated: '2024-01-01T00:00:00Z',
        } as const;
        return {
          stamp: '1',
          since: () => undefined,
          async *all() {
            yield { id: entry.cve, entry };
          },
        };
      },
    };
    const refresh = makeRefreshAdvisories({ ...heard, request: { table, blobs, now, source: npm, cves } });
    await refresh(batch(schedule));
    expect(asked, 'nothing is wanted yet').toEqual([]);
    const wanted = envelope('AdvisoriesWanted', { ecosystems: ['npm'] });
    expect(await refresh(batch(wanted))).toEqual({ batchItemFailures: [] });
    expect(asked).toEqual([['AdvisoriesChanged']]);
    expect(heard.emitted.map(({ detail }) => detail.changes)).toEqual([
      [{ shard: 'npm', names: ['a'] }],
      [{ shard: 'npm', names: ['a'] }],
    ]);
    await refresh(batch(wanted));
    expect(asked, 'who pushes an image waits for it once').toHaveLength(1);
    await refresh(batch(schedule));
    expect(asked).toHaveLength(2);
    expect(Object.keys(await readFeeds(table)).sort()).toEqual(['cve-list', 'npm']);
  });

  it('judges the programs that images need it for, from the first reading on; where it is not read, nothing is refused', async () => {
    const { table, blobs, now } = world({ records: [] }).ports;
    const heard = listening();
    const read = readCveRecord(Buffer.from(JSON.stringify(openSslRecord('CVE-2024-6119', '3.0.0', '3.0.15'))))!;
    const cves: CveListSource = {
      describe: 'list',
      publication: async () => ({
        stamp: '1',
        since: () => undefined,
        async *all() {
          yield { id: read.entry.cve, ...read };
        },
      }),
    };
    const wanted = batch(envelope('AdvisoriesWanted', { ecosystems: [cveListEcosystem] }));
    const request = { table, blobs, now, source: npm };
    expect(await makeRefreshAdvisories({ ...heard, request })(wanted)).toEqual({ batchItemFailures: [] });
    expect(heard.emitted).toEqual([]);
    expect(await makeRefreshAdvisories({ ...heard, request: { ...request, cves } })(wanted)).toEqual({
      batchItemFailures: [],
    });
    expect(heard.emitted.map(({ type, detail }) => [type, detail.changes])).toEqual([
      ['AdvisoriesChanged', [{ shard: cveListEcosystem, names: ['openssl'] }]],
    ]);
    expect(Object.keys(await readFeeds(table)), 'how fresh it is, the list says').toEqual(['cve-list']);
  });

  it('that does not answer is told and keeps nothing from being judged', async () => {
    const { table, blobs, now } = world({ records: [] }).ports;
    const heard = listening();
    const cves: CveListSource = { describe: 'list', publication: async () => undefined };
    const refresh = makeRefreshAdvisories({ ...heard, request: { table, blobs, now, source: npm, cves } });
    expect(await refresh(batch(envelope('AdvisoriesWanted', { ecosystems: ['npm'] })))).toEqual({
      batchItemFailures: [],
    });
    expect(heard.types()).toEqual(['AdvisoriesChanged', 'FeedRefused']);
  });
});
