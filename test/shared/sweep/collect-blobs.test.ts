import { describe, expect, it } from 'vitest';
import { type AdvisorySource, refreshAdvisories } from '#shared/advisories';
import { factsBlob, keepDueRematch } from '#shared/findings';
import type { Digest } from '#shared/oci';
import { type Blobs, keys, memoryBlobs, memoryTable } from '#shared/store';
import { unownedBlobs } from '../../../shared/sweep/blob-owners.ts';
import { collectBlobs } from '../../../shared/sweep/collect-blobs.ts';

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const hex = 'a'.repeat(64);
const digest = `sha256:${hex}` as Digest;
const todays = factsBlob({ blob: digest, extractors: 'a 1' });
const days = (count: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + count * 24 * 60 * 60_000);

function store() {
  let now = days(0);
  const table = memoryTable();
  const blobs = memoryBlobs(() => now);
  const sweep = async (on: Blobs = blobs) => {
    const writings = await allOf(blobs.list());
    return collectBlobs(on, await unownedBlobs({ table, blobs }, 'a 1'), writings, now);
  };
  return { table, blobs, sweep, at: (count: number) => (now = days(count)), now: () => now };
}

const keysOf = async (blobs: Blobs): Promise<string[]> => (await allOf(blobs.list())).map(({ key }) => key);

describe('blobs that nothing points to', () => {
  const pointed: readonly (readonly [string, object])[] = [
    [`inventories/sha256/${hex}`, { ...keys.image(digest), inventory: `inventories/sha256/${hex}` }],
    [`inventories/sha256/${hex}-hidden`, { ...keys.image(digest), hidden: `inventories/sha256/${hex}-hidden` }],
    [`inventories/sha256/${hex}-in-use`, { ...keys.image(digest), inUse: `inventories/sha256/${hex}-in-use` }],
    [`inventories/sha256/${hex}-vex`, { ...keys.image(digest), vex: `inventories/sha256/${hex}-vex` }],
    [
      `inventories/unreadable/sha256/${hex}`,
      { ...keys.image(digest), inventory: `inventories/unreadable/sha256/${hex}` },
    ],
    [`facts/sha256/${hex}/0123`, { ...keys.layerFacts(digest, 'a 1'), blob: `facts/sha256/${hex}/0123` }],
    [todays, { ...keys.layerFacts(digest, 'a 1'), blob: todays }],
    [`sets/${hex}`, { ...keys.set(hex) }],
    [`sets/${hex}`, { ...keys.setImage(hex, digest) }],
    [`sets/${hex}`, { ...keys.setWorkload(hex, '1/local/demo/shop') }],
  ];

  it.each(pointed)('of the kind %s stay as long as a row does, and a day longer', async (key, row) => {
    const { table, blobs, sweep, at } = store();
    await table.put(row as { pk: string; sk: string });
    await blobs.put(key, Buffer.from('x'));
    at(10);
    expect(await sweep()).toBe(0);
    await table.delete(row as { pk: string; sk: string });
    expect(await sweep()).toBe(1);
    await blobs.put(key, Buffer.from('its row is still to be written'));
    at(10.9);
    expect(await sweep()).toBe(0);
    at(11);
    expect(await sweep()).toBe(1);
  });

  it('are judgements whose rows have others by now, and those without an entry', async () => {
    const { table, blobs, sweep, at } = store();
    const [one, two] = [keys.judgement('npm', 'a', '1', 'x'), keys.judgement('npm', 'a', '1', 'y')];
    const blob = `judgements/${hex}`;
    await table.put({ ...one, blob });
    for (const [at, of] of [one, two].entries()) await table.put({ ...keys.judgementBlob(hex, String(at)), of });
    await blobs.put(blob, Buffer.from('x'));
    await blobs.put(`judgements/${'b'.repeat(64)}`, Buffer.from('a write that was cut'));
    at(2);
    expect(await sweep()).toBe(1);
    await table.put({ ...one, blob: 'judgements/other' });
    await table.put({ ...two, blob });
    expect(await sweep()).toBe(0);
    await table.delete(two);
    expect(await sweep()).toBe(1);
  });

  it('are not those that somebody else keeps here', async () => {
    const { blobs, sweep, at } = store();
    for (const key of ['backup/of/mine', 'inventories/other', 'shards', 'readme'])
      await blobs.put(key, Buffer.from('x'));
    at(100);
    expect(await sweep()).toBe(0);
  });

  it('are names of a re-match that was done', async () => {
    const { table, blobs, sweep, at, now } = store();
    const part = { generation: 4, since: 3, changes: [{ shard: 'npm', names: ['a'] }] };
    const { list } = await keepDueRematch({ table, blobs }, part, now());
    at(5);
    expect(await sweep()).toBe(0);
    await table.delete(keys.dueRematch(4, list));
    expect(await sweep()).toBe(1);
  });

  it('are shards and manifests that newer ones took the place of a week ago', async () => {
    const { table, blobs, sweep, at, now } = store();
    let version = 0;
    const source: AdvisorySource = {
      describe: 'made up',
      ecosystems: async () => ['npm'],
      modified: async () => String(version),
      async *records() {
        const record = {
          id: `GHSA-${version}`,
          modified: '2026-01-01T00:00:00Z',
          affected: [{ package: { ecosystem: 'npm', name: 'a' }, versions: ['1.0.0'] }],
        };
        yield { id: record.id, bytes: Buffer.from(JSON.stringify(record)) };
      },
    };
    const publish = async () => {
      version += 1;
      await refreshAdvisories({ table, blobs, now, source, ecosystems: ['npm'], acceptAnything: true });
    };
    await publish();
    const first = await keysOf(blobs);
    at(1);
    await publish();
    const second = (await keysOf(blobs)).filter((key) => !first.includes(key));
    // the second has a trace of the record that the first had
    expect([first.length, second.length]).toEqual([2, 3]);
    await table.put({ ...keys.toldGeneration(), generation: 2 });
    at(6);
    expect(await sweep()).toBe(0);
    at(8);
    expect(await sweep()).toBe(2);
    expect((await keysOf(blobs)).sort()).toEqual(second.sort());
    at(100);
    expect(await sweep()).toBe(0);
  });

  it('stay when they are written again while the sweep is about to take them away', async () => {
    const { blobs, sweep, at } = store();
    await blobs.put(`sets/${hex}`, Buffer.from('old'));
    at(2);
    const raced: Blobs = {
      ...blobs,
      remove: async (writing) => {
        await blobs.put(`sets/${hex}`, Buffer.from('new'));
        await blobs.remove(writing);
      },
    };
    await sweep(raced);
    expect((await blobs.get(`sets/${hex}`))?.toString()).toBe('new');
  });
});
