import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AdvisorySource,
  advisoryBook,
  parseModifiedIds,
  type RefreshResult,
  readFeeds,
  refreshAdvisories,
  SourceUnavailable,
  staleFeeds,
} from '#shared/advisories';
import { memoryBlobs, memoryTable } from '#shared/store';

interface Rec {
  readonly id: string;
  readonly modified: string;
  readonly withdrawn?: string;
  readonly affected: readonly object[];
}

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString().replace('.000', '');
const rec = (n: number, minute: number, fixed: string, releases = ['12']): Rec => ({
  id: `DSA-${n}`,
  modified: at(minute),
  affected: releases.map((release) => ({
    package: { ecosystem: `Debian:${release}`, name: `p${n % 7}` },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
  })),
});

/** A publisher in memory with a list of changes; counts what is asked of it. */
function publisher(records: readonly Rec[]) {
  let held = records;
  const counts = { whole: 0, single: 0 };
  const publish = (next: readonly Rec[]): void => {
    held = next;
  };
  const source: AdvisorySource = {
    describe: 'publisher',
    ecosystems: async () => ['Debian'],
    async *records() {
      counts.whole += 1;
      for (const one of held) yield { id: one.id, bytes: Buffer.from(JSON.stringify(one)) };
    },
    modified: async () => JSON.stringify(held),
    journal: async () => ({
      stamp: JSON.stringify(held),
      ids: async () =>
        parseModifiedIds(held.map(({ id, modified }) => `${modified},${id}\n`).join(''), 'modified_id.csv'),
      record: async (id) => {
        counts.single += 1;
        const found = held.find((one) => one.id === id);
        return found === undefined ? undefined : Buffer.from(JSON.stringify(found));
      },
    }),
  };
  return { source, counts, publish, held: () => held };
}

const setUp = (records: readonly Rec[]) => {
  const made = publisher(records);
  const given = { blobs: memoryBlobs(), table: memoryTable(), now: () => new Date('2026-06-01T00:00:00Z') };
  const refresh = (): Promise<RefreshResult> => refreshAdvisories({ ...given, source: made.source });
  const hashes = async (ports = given) => {
    const { shards } = await advisoryBook(ports, { maxAge: 0 }).manifest();
    return Object.fromEntries(Object.entries(shards).map(([name, { hash }]) => [name, hash]));
  };
  const fromNothing = async () => {
    const other = { ...given, blobs: memoryBlobs(), table: memoryTable() };
    await refreshAdvisories({ ...other, source: publisher(made.held()).source });
    return hashes(other);
  };
  return { ...made, given, refresh, hashes, fromNothing };
};

const first = Array.from({ length: 60 }, (_, n) => rec(n, n, '1.0', n % 3 === 0 ? ['11', '12'] : ['12']));

describe('a refresh by a list of changes', () => {
  test('asks only for what changed, and comes to what reading everything comes to', async () => {
    const { refresh, publish, counts, hashes, fromNothing } = setUp(first);
    await refresh();
    expect(counts).toEqual({ whole: 1, single: 0 });
    publish([rec(3, 100, '2.0', ['11', '12']), ...first.filter(({ id }) => id !== 'DSA-3')]);
    const result = await refresh();
    expect(result).toMatchObject({ generation: 2, refused: [] });
    expect(result.changes).toEqual([
      { shard: 'Debian:11', names: ['p3'] },
      { shard: 'Debian:12', names: ['p3'] },
    ]);
    // the one that changed, and the one that shares the time of the watermark
    expect(counts).toEqual({ whole: 1, single: 2 });
    expect(await hashes()).toEqual(await fromNothing());
  });

  test('asks for nothing while the list is the same', async () => {
    const { refresh, counts } = setUp(first);
    await refresh();
    expect(await refresh()).toMatchObject({ generation: 1, published: false });
    expect(counts).toEqual({ whole: 1, single: 0 });
  });

  test('finds what was deleted or withdrawn, which nobody announces', async () => {
    const { refresh, publish, counts, given, hashes, fromNothing } = setUp(first);
    await refresh();
    publish([
      { ...rec(6, 100, '1.0'), withdrawn: at(100) },
      ...first.filter(({ id }) => id !== 'DSA-5' && id !== 'DSA-6'),
    ]);
    const result = await refresh();
    expect(result.changes).toEqual([
      { shard: 'Debian:11', names: ['p6'] },
      { shard: 'Debian:12', names: ['p5', 'p6'] },
    ]);
    expect(counts.whole).toBe(1);
    expect(await hashes()).toEqual(await fromNothing());
    const shard = await advisoryBook(given).shard('Debian:12');
    expect(shard?.lookup('p5').map(({ id }) => id)).not.toContain('DSA-5');
  });

  test('a release that loses its last record is gone', async () => {
    const { refresh, publish, hashes } = setUp([rec(1, 1, '1.0', ['9']), ...first.slice(40)]);
    await refresh();
    expect(Object.keys(await hashes())).toContain('Debian:9');
    publish([rec(1, 100, '1.0', ['12']), ...first.slice(40)]);
    await refresh();
    expect(Object.keys(await hashes())).not.toContain('Debian:9');
  });

  test('takes everything when too much changed', async () => {
    const { refresh, publish, counts, hashes, fromNothing } = setUp(first);
    await refresh();
    publish(Array.from({ length: 300 }, (_, n) => rec(n, 200 + n, '3.0')));
    await refresh();
    expect(counts).toEqual({ whole: 2, single: 0 });
    expect(await hashes()).toEqual(await fromNothing());
  });

  test('a record that is listed and not there yet is not taken for gone, nor passed by', async () => {
    const made = setUp(first);
    await made.refresh();
    const [changed, added] = [rec(3, 100, '9.0'), rec(70, 101, '1.0')];
    const before = await made.hashes();
    const late: AdvisorySource = {
      ...made.source,
      // the archive is still the old one
      modified: async () => JSON.stringify(first),
      journal: async () => {
        const journal = await made.source.journal?.('Debian');
        return journal === undefined
          ? undefined
          : {
              ...journal,
              record: async (id) => (id === added.id || id === changed.id ? undefined : journal.record(id)),
            };
      },
    };
    made.publish([changed, added, ...first.filter(({ id }) => id !== changed.id)]);
    expect(await refreshAdvisories({ ...made.given, source: late })).toMatchObject({ published: false, refused: [] });
    expect(await made.hashes()).toEqual(before);
    await made.refresh();
    expect(await made.hashes()).toEqual(await made.fromNothing());
    expect(made.counts.whole).toBe(1);
  });

  test('an old list, half of one, or a record that cannot be had leaves the last good generation', async () => {
    const made = setUp(first);
    await made.refresh();
    const good = await made.hashes();
    made.publish(first.slice(0, 30));
    expect((await made.refresh()).refused).toEqual([expect.objectContaining({ reason: 'older' })]);
    const newer = rec(70, 100, '1');
    for (const journal of [
      async () => ({
        stamp: 'half',
        ids: async () => parseModifiedIds('2026-01-01T00:00:00Z,DSA-1\n2026-', 'modified_id.csv'),
        record: async () => undefined,
      }),
      async () => ({
        stamp: 'down',
        ids: async () =>
          parseModifiedIds([newer, ...first].map(({ id, modified }) => `${modified},${id}\n`).join(''), 'm'),
        record: async (id: string) => {
          throw new SourceUnavailable(id, 'it answers 503');
        },
      }),
    ]) {
      const result = await refreshAdvisories({ ...made.given, source: { ...made.source, journal } });
      expect(result.refused).toHaveLength(1);
      expect(await made.hashes()).toEqual(good);
    }
  });

  test('whatever is published step by step, the shards are those that one reading of the last state makes', async () => {
    const step = fc.array(
      fc.record({
        n: fc.integer({ min: 0, max: 79 }),
        what: fc.constantFrom('change', 'withdraw', 'delete'),
        fixed: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const { refresh, publish, held, hashes, fromNothing } = setUp(first);
        await refresh();
        let minute = 100;
        for (const changes of steps) {
          const next = new Map(held().map((one) => [one.id, one]));
          for (const { n, what, fixed } of changes) {
            minute += 1;
            const fresh = rec(n, minute, `${fixed}.0`, fixed === 1 ? ['11'] : ['12', '13']);
            if (what === 'delete') next.delete(fresh.id);
            else next.set(fresh.id, what === 'change' ? fresh : { ...fresh, withdrawn: at(minute) });
          }
          publish([...next.values()]);
          const { refused } = await refresh();
          fc.pre(refused.length === 0);
        }
        expect(await hashes()).toEqual(await fromNothing());
      }),
      { numRuns: 40 },
    );
  });
});

describe('the freshness of feeds', () => {
  test('is kept with the generation: when each answered last, when it changed, since when it fails and why', async () => {
    const made = setUp(first);
    let clock = '2026-06-01T00:00:00.000Z';
    const given = { ...made.given, now: () => new Date(clock) };
    const feeds = async () => (await readFeeds(given.table))['Debian'];
    await refreshAdvisories({ ...given, source: made.source });
    expect(await feeds()).toEqual({ source: 'publisher', okAt: clock, changedAt: clock });
    clock = '2026-06-01T01:00:00.000Z';
    await refreshAdvisories({ ...given, source: made.source });
    expect(await feeds()).toEqual({ source: 'publisher', okAt: clock, changedAt: '2026-06-01T00:00:00.000Z' });
    const down = {
      ...made.source,
      journal: async () => Promise.reject(new SourceUnavailable('publisher', 'it answers 503')),
    };
    clock = '2026-06-01T02:00:00.000Z';
    await refreshAdvisories({ ...given, source: down });
    clock = '2026-06-01T03:00:00.000Z';
    await refreshAdvisories({ ...given, source: down });
    expect(await feeds()).toMatchObject({
      okAt: '2026-06-01T01:00:00.000Z',
      failing: { since: '2026-06-01T02:00:00.000Z', reason: 'unavailable', text: expect.stringContaining('503') },
    });
    clock = '2026-06-01T04:00:00.000Z';
    await refreshAdvisories({ ...given, source: made.source });
    expect(await feeds()).not.toHaveProperty('failing');
  });

  test('is stale when the last good answer is more than a day old, with the reason', () => {
    const feeds = {
      npm: { source: 'https://osv.example/', okAt: '2026-06-01T00:00:00.000Z' },
      kev: {
        source: 'https://kev.example/',
        failing: { since: '2026-06-01T00:00:00.000Z', reason: 'broken' as const, text: 'it is not JSON' },
      },
    };
    expect(staleFeeds(feeds, new Date('2026-06-01T23:59:00Z'))).toEqual([]);
    expect(staleFeeds(feeds, new Date('2026-06-02T00:00:01Z'))).toEqual([
      { feed: 'kev', text: 'kev from https://kev.example/: last good answer never; it is not JSON' },
      {
        feed: 'npm',
        text: 'npm from https://osv.example/: last good answer 2026-06-01T00:00:00.000Z; it was not asked',
      },
    ]);
  });
});
