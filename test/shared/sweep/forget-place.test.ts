import { describe, expect, it } from 'vitest';
import { keepUnreadable, listUnreadable, type Unreadable } from '#shared/findings';
import { keys } from '#shared/store';
import { imageOf, missingOf, racingAt, sweptWorld } from './swept-world.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const place = { registry: 'registry.test', repository: 'app' };

describe('what could not be read', () => {
  it('is forgotten when it is neither listed under a tag nor running, a day later', async () => {
    const made = sweptWorld();
    const listed = made.push('app', 'listed', imageOf('listed'));
    const notes: Partial<Unreadable>[] = [
      { tag: 'listed' },
      { digest: listed },
      { tag: 'gone' },
      { digest: digest('b') },
    ];
    for (const note of notes)
      await keepUnreadable(made.table, {
        ...place,
        ...note,
        code: 'not-found',
        text: '',
        at: made.now().toISOString(),
      });
    const runs = { ...place, digest: digest('c'), code: 'not-found', text: '', at: made.now().toISOString() };
    await keepUnreadable(made.table, runs);
    await made.run('shop', 'app', digest('c') as typeof listed);
    const left = async (): Promise<(string | undefined)[]> => {
      const found: (string | undefined)[] = [];
      for await (const { tag, digest: of } of listUnreadable(made.table)) found.push(tag ?? of);
      return found.sort();
    };
    await made.sweep();
    expect(await left()).toHaveLength(5);
    await made.nights(1);
    expect(await left()).toEqual(['listed', listed, digest('c')].sort());
  });
});

describe('a repository of which nothing is stored any more', () => {
  const emptied = async () => {
    const made = sweptWorld();
    const old = made.push('app', '1', imageOf('old'));
    await made.scan('app', '1');
    made.listed.length = 0;
    await made.nights(1);
    made.wait(31);
    await made.sweep();
    return { ...made, old };
  };
  const known = keys.knownRepository('registry.test', 'app');

  it('is forgotten too', async () => {
    const made = await emptied();
    await made.settle();
    expect(await made.table.get(known)).toBeUndefined();
  });

  it('stays when an image of it is read meanwhile, at any write of the sweep', async () => {
    for (let raced = true, writes = 0; raced; writes += 1) {
      const made = await emptied();
      const racing = racingAt(made.table, writes, async () => {
        made.push('app', '1', imageOf('old'));
        await made.scan('app', '1');
      });
      await made.sweep(racing);
      raced = racing.raced();
      if (!raced) break;
      expect(await made.table.get(known), `at write ${writes}`).toBeDefined();
      expect(await missingOf(made, made.old, 'app'), `at write ${writes}`).toEqual([]);
    }
  });
});
