import { describe, expect, it } from 'vitest';
import { layerFactsStore } from '#shared/findings';
import type { LayerFacts } from '#shared/inventory';
import { memoryBlobs, memoryTable } from '#shared/store';
import { collectFacts } from '../../../shared/sweep/collect-facts.ts';
import { factsOf, layerOf } from '../inventory/images.ts';

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const days = (count: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + count * 24 * 60 * 60_000);

async function stored() {
  let now = days(0);
  const [table, blobs] = [memoryTable(), memoryBlobs()];
  const facts: LayerFacts = await factsOf(layerOf({ 'etc/hostname': 'a' }));
  const store = layerFactsStore(table, blobs, () => now);
  await store.put(facts);
  const sweep = async (extractors = facts.extractors) =>
    collectFacts(table, await allOf(table.scan()), { extractors, keepDays: 30, now });
  const read = () => store.get(facts.blob, facts.extractors);
  return { facts, table, sweep, read, at: (count: number) => (now = days(count)) };
}

describe('facts of layers', () => {
  it('stay as long as somebody reads them, and some days longer', async () => {
    const { facts, sweep, read, at } = await stored();
    for (const day of [20, 40, 60]) {
      at(day);
      expect(await sweep()).toBe(0);
      expect(await read()).toEqual(facts);
    }
    at(91);
    expect(await sweep()).toBe(1);
    expect(await read()).toBeUndefined();
  });

  it('of other extractors go after a week', async () => {
    const { sweep, at } = await stored();
    at(7);
    expect(await sweep('newer')).toBe(0);
    at(8);
    expect(await sweep('newer')).toBe(1);
  });

  it('stay when they are read while they are about to go', async () => {
    const { facts, table, read, at } = await stored();
    at(31);
    const rows = await allOf(table.scan());
    await read();
    expect(await collectFacts(table, rows, { extractors: facts.extractors, keepDays: 30, now: days(31) })).toBe(0);
    expect(await read()).toEqual(facts);
  });

  it('say that they are read at most once a week', async () => {
    const { table, read, at } = await stored();
    at(6);
    await read();
    const [row] = await allOf(table.scan());
    expect(row?.usedAt).toBe(days(0).toISOString());
    at(8);
    await read();
    expect((await allOf(table.scan()))[0]?.usedAt).toBe(days(8).toISOString());
  });
});
