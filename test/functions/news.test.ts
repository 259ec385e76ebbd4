import { describe, expect, it } from 'vitest';
import { keepWorkload } from '#shared/findings';
import { memoryTable, type Table } from '#shared/store';
import { labelsOf, modesOf } from '../../functions/news.ts';
import { workload } from '../shared/findings/world.ts';

const idOf = (name: string): string => workload(name, 'a', undefined, '').id;

async function fleet(tags: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<Table> {
  const table = memoryTable();
  for (const [name, given] of Object.entries(tags))
    await keepWorkload(table, {
      ...workload(name, 'registry.test/a:1', undefined, '2026-01-01T00:00:00Z'),
      tags: given,
    });
  return table;
}

describe('what an alert says of its services', () => {
  it('is their environment and team, several where they differ, unknown where nobody says it', async () => {
    const table = await fleet({
      a: { Env: 'prod', team: 'shop' },
      b: { stage: 'prod', owner: 'pay' },
      c: { env: '', other: 'x' },
    });
    expect(await labelsOf(table, ['a'].map(idOf))).toEqual({ env: 'prod', team: 'shop' });
    expect(await labelsOf(table, ['a', 'b'].map(idOf))).toEqual({ env: 'prod', team: 'several' });
    expect(await labelsOf(table, ['c', 'gone'].map(idOf))).toEqual({ env: 'unknown', team: 'unknown' });
    expect(await labelsOf(table, ['a', 'gone'].map(idOf))).toEqual({ env: 'several', team: 'several' });
  });

  it('is what may be done to each, and nothing to one that is not known', async () => {
    const table = await fleet({ a: { repair: 'auto' }, b: {} });
    const mode = ({ tags }: { readonly tags: Readonly<Record<string, string>> }) =>
      tags.repair === 'auto' ? 'auto' : 'ask';
    expect(await modesOf(table, ['gone', 'b', 'a'].map(idOf), mode)).toEqual({
      [idOf('gone')]: 'observe',
      [idOf('b')]: 'ask',
      [idOf('a')]: 'auto',
    });
  });

  it('is read in one call, also of thousands', async () => {
    let calls = 0;
    const inner = await fleet({ a: { env: 'prod' } });
    const table: Table = {
      ...inner,
      get: () => Promise.reject(new Error('one by one')),
      batchGet: async (...given) => {
        calls += 1;
        expect(given[0].length).toBeLessThanOrEqual(100);
        return inner.batchGet(...given);
      },
    };
    const ids = Array.from({ length: 5_000 }, (_, n) => idOf(n === 0 ? 'a' : `s${n}`));
    await labelsOf(table, ids);
    await modesOf(table, ids, () => 'ask');
    expect(calls).toBe(2);
  });
});
