import { describe, expect, it } from 'vitest';
import { type Item, keys, memoryBlobs, memoryTable } from '#shared/store';
import { collectEntries } from '../../../shared/sweep/collect-entries.ts';

const day = (count: number): Date => new Date(Date.UTC(2026, 0, 1 + count));
const hash = 'a'.repeat(64);
const blob = `judgements/${hash}`;

/** The findings of one package are in a blob, to which an entry leads. */
async function judged() {
  const [table, blobs] = [memoryTable(), memoryBlobs()];
  const of = keys.judgement('Debian:12', 'linux', '6.1', 'q');
  const entry = { ...keys.judgementBlob(hash, 'owner'), of, rev: 'one' };
  await table.put(entry);
  await blobs.put(blob, Buffer.from('x'));
  await table.put({ ...of, generation: 1, blob });
  const sweep = async (count: number): Promise<number> => {
    const rows: Item[] = [];
    for await (const row of table.scan()) rows.push(row);
    return collectEntries({ table, blobs }, rows, day(count));
  };
  return { table, blobs, of, entry, sweep, isThere: async () => (await table.get(entry)) !== undefined };
}

describe('an entry that leads from a blob of findings to its judgement', () => {
  it('stays while the judgement points to the blob, though the blob is missing', async () => {
    const { blobs, sweep } = await judged();
    await blobs.delete(blob);
    expect([await sweep(1), await sweep(3)]).toEqual([0, 0]);
  });

  it('goes after the blob, a day after it was found needless', async () => {
    const { table, blobs, of, sweep, isThere } = await judged();
    await table.put({ ...of, generation: 2, findings: new Uint8Array([1]) });
    expect([await sweep(1), await sweep(3)], 'the blob says by it that nobody needs it').toEqual([0, 0]);
    await blobs.delete(blob);
    expect([await sweep(4), await sweep(4.5), await sweep(5)]).toEqual([0, 0, 1]);
    expect(await isThere()).toBe(false);
  });

  it('stays when somebody judges so again in between', async () => {
    const { table, blobs, of, entry, sweep, isThere } = await judged();
    await table.delete(of);
    await blobs.delete(blob);
    expect(await sweep(1)).toBe(0);
    await table.put({ ...entry, rev: 'two' });
    expect(await sweep(3)).toBe(0);
    await blobs.put(blob, Buffer.from('x'));
    await table.put({ ...of, generation: 3, blob });
    expect(await sweep(9)).toBe(0);
    expect(await isThere()).toBe(true);
  });

  it('of a version that did not number its writings is left as it is', async () => {
    const { table, blobs, of, entry, sweep } = await judged();
    await table.put({ ...keys.judgementBlob(hash, 'owner'), of: entry.of });
    await table.delete(of);
    await blobs.delete(blob);
    expect([await sweep(1), await sweep(9)]).toEqual([0, 0]);
  });
});
