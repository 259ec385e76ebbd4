import { describe, expect, test } from 'vitest';
import {
  type AdvisorySource,
  advisoryBook,
  changesSince,
  refreshAdvisories,
  type WithdrawnRecord,
} from '#shared/advisories';
import { keys, memoryBlobs, memoryTable } from '#shared/store';
import { tracesOf, withTraces } from '../../../shared/advisories/withdrawn.ts';

interface Rec {
  readonly id: string;
  readonly [field: string]: unknown;
}

const rec = (id: string, names: readonly string[], more: object = {}): Rec => ({
  id,
  modified: '2024-01-01T00:00:00Z',
  aliases: [`CVE-2024-${id.slice(-4)}`],
  affected: names.map((name) => {
    const [ecosystem, own] = name.includes(' ') ? name.split(' ') : ['npm', name];
    return { package: { ecosystem, name: own }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }] };
  }),
  ...more,
});

const source = (records: readonly Rec[], describe = 'osv'): AdvisorySource => ({
  describe,
  ecosystems: async () => ['npm', 'Debian'],
  async *records(ecosystem) {
    for (const one of records)
      if (JSON.stringify(one).includes(`"ecosystem":"${ecosystem}`) || ecosystem === 'npm')
        yield { id: one.id, bytes: Buffer.from(JSON.stringify(one)) };
  },
  modified: async () => JSON.stringify(records),
});

function setUp() {
  const ports = { blobs: memoryBlobs(), table: memoryTable() };
  let day = 1;
  const book = advisoryBook(ports, { maxAge: 0 });
  const refresh = (records: readonly Rec[], more: object = {}) => {
    const now = new Date(Date.UTC(2026, 0, day++));
    return refreshAdvisories({ ...ports, now: () => now, source: source(records), ecosystems: ['npm'], ...more });
  };
  return { ...ports, book, refresh };
}

const [a, b] = [rec('GHSA-1001', ['a']), rec('GHSA-1002', ['b', 'c'])];

describe('a record that was judged by and is no more', () => {
  test('leaves a trace: by its publisher with its own time, else when it was missed', async () => {
    const { book, refresh } = setUp();
    await refresh([a, b, rec('GHSA-1003', ['d'])]);
    expect(await book.withdrawn('GHSA-1001')).toEqual([]);
    await refresh([{ ...a, withdrawn: '2025-12-24T10:00:00Z' }, rec('GHSA-1003', ['d'])]);
    expect(await book.withdrawn('GHSA-1001')).toEqual([
      {
        id: 'GHSA-1001',
        aliases: ['CVE-2024-1001'],
        source: 'osv',
        at: '2025-12-24T10:00:00Z',
        how: 'withdrawn',
        shards: ['npm'],
      },
    ]);
    expect(await book.withdrawn('cve-2024-1002'), 'by what else it went by').toEqual([
      {
        id: 'GHSA-1002',
        aliases: ['CVE-2024-1002'],
        source: 'osv',
        at: '2026-01-02T00:00:00.000Z',
        how: 'gone',
        shards: ['npm'],
      },
    ]);
    expect(await book.withdrawn('GHSA-1003')).toEqual([]);
    expect((await book.shard('npm'))?.lookup('a')).toEqual([]);
  });

  test('keeps its trace through later generations, until it comes back', async () => {
    const { book, refresh } = setUp();
    await refresh([a, b]);
    await refresh([b]);
    await refresh([b, rec('GHSA-1004', ['e'])]);
    expect(await book.withdrawn('GHSA-1001')).toHaveLength(1);
    await refresh([a, b]);
    expect(await book.withdrawn('GHSA-1001')).toEqual([]);
    expect(await book.withdrawn('GHSA-1004')).toHaveLength(1);
  });

  test('that is damaged where it is kept, or whose older generation is, does not keep the next one from being published', async () => {
    const { blobs, table, book, refresh } = setUp();
    await refresh([a, b]);
    const first = (await table.get(keys.generation()))?.['manifest'];
    await refresh([b]);
    await blobs.put(`withdrawn/${(await book.manifest()).withdrawn?.hash}`, Buffer.from('something else'));
    await blobs.put(String(first), Buffer.from('something else'));
    const result = await refresh([rec('GHSA-1004', ['e'])]);
    expect(result).toMatchObject({ generation: 3, published: true });
    expect(await book.withdrawn('GHSA-1001'), 'what was damaged is not known').toEqual([]);
    expect(await book.withdrawn('GHSA-1002')).toHaveLength(1);
    expect((await changesSince({ blobs, table }, 1)).changes, 'what of it is not known counts as new').toEqual([
      { shard: 'npm', names: ['e'] },
    ]);
  });

  test('what lost a package, or was withdrawn before anybody judged by it, is not withdrawn', async () => {
    const { book, refresh } = setUp();
    await refresh([a, b, rec('GHSA-1005', ['f'], { withdrawn: '2020-01-01T00:00:00Z' })]);
    await refresh([a, rec('GHSA-1002', ['c'])]);
    for (const id of ['GHSA-1002', 'GHSA-1005']) expect(await book.withdrawn(id), id).toEqual([]);
  });

  test('a release that its source gives up, or another source that speaks, withdraws nothing', async () => {
    const { book, refresh } = setUp();
    const both = [rec('DSA-1006', ['Debian:12 x']), rec('DSA-1007', ['Debian:11 x'])];
    const debian = { ecosystems: ['Debian'] };
    await refresh(both, debian);
    await refresh(both.slice(0, 1), debian);
    expect(await book.shard('Debian:11')).toBeUndefined();
    expect(await book.withdrawn('DSA-1007')).toEqual([]);
    await refresh([], { ...debian, source: source([rec('DSA-1008', ['Debian:12 y'])], 'mirror') });
    expect(await book.withdrawn('DSA-1006')).toEqual([]);
  });
});

describe('traces', () => {
  const trace = (n: number): WithdrawnRecord => ({
    id: `GHSA-${n}`,
    aliases: [],
    source: 'osv',
    at: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
    how: 'gone',
    shards: ['npm'],
  });

  test('are the newest five thousand, whatever goes', () => {
    const many = Array.from({ length: 6_000 }, (_, n) => trace(n));
    const kept = withTraces(many.slice(0, 3_000), many.slice(2_000), new Set(['GHSA-5999']));
    expect(kept).toHaveLength(5_000);
    expect(kept[0]?.id).toBe('GHSA-5999');
    expect(kept.at(-1)?.id).toBe('GHSA-1000');
    expect(tracesOf(kept, 'ghsa-5000')).toHaveLength(1);
    expect(tracesOf(kept, 'GHSA-1')).toEqual([]);
  });
});
