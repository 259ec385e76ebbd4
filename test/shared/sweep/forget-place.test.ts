import { describe, expect, it } from 'vitest';
import { keepUnreadable, listUnreadable, readImageHead, type Unreadable } from '#shared/findings';
import type { Digest } from '#shared/oci';
import { keys } from '#shared/store';
import { listedRegistry, sweepWhole } from './listed-registry.ts';
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

describe('where nobody may list a registry', () => {
  it('a tag that was read long ago stands as long as its image runs, and history is kept', async () => {
    const made = sweptWorld();
    const ran = made.push('app', '1', imageOf('ran'));
    const runs = made.push('app', '2', imageOf('runs'));
    for (const tag of ['1', '2']) await made.scan('app', tag);
    await made.run('shop', 'app', runs);
    const tag = (name: string) => made.table.get(keys.repositoryTag('registry.test', 'app', name));
    const night = (days: number) => {
      made.wait(days);
      return sweepWhole({ ...made.portsOn(made.table), catalogue: listedRegistry([], 'elsewhere.test') });
    };
    expect(await night(399)).toMatchObject({ history: 0 });
    expect(await tag('1')).toBeDefined();
    expect(await night(2)).toMatchObject({ history: 1 });
    expect([await tag('1'), await tag('2')]).toMatchObject([undefined, { digest: runs }]);
    for (let nights = 0; nights < 3; nights += 1) await night(31);
    expect(await readImageHead(made.table, ran)).toBeUndefined();
    expect(await missingOf(made, runs, 'app')).toEqual([]);
  });

  it('what could not be read is forgotten with history, unless it runs', async () => {
    const made = sweptWorld();
    for (const letter of ['b', 'c'])
      await keepUnreadable(made.table, {
        registry: 'elsewhere.test',
        repository: 'app',
        digest: digest(letter),
        code: 'not-found',
        text: '',
        at: made.now().toISOString(),
      });
    await made.run('shop', 'app', digest('c') as Digest);
    made.wait(401);
    expect(await made.sweep()).toMatchObject({ history: 1 });
    const left: unknown[] = [];
    for await (const each of listUnreadable(made.table)) left.push(each.digest);
    expect(left).toEqual([digest('c')]);
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
