import { describe, expect, it } from 'vitest';
import { isTold, markImageTold, readImageHead, scanImage } from '#shared/findings';
import { extractorsVersion } from '#shared/inventory';
import { buildIndex, type Digest } from '#shared/oci';
import { changePlan, type PlanRecord } from '#shared/remedy';
import { type Key, keys } from '#shared/store';
import { RepositoryClosed } from '#shared/sweep';
import { writeNewPlan } from '../../../shared/remedy/plan-store.ts';
import { forgetImage } from '../../../shared/sweep/forget-image.ts';
import { familyOf, readImageRows } from '../../../shared/sweep/image-rows.ts';
import { faultyTable } from '../../faults/table.ts';
import { listedRegistry, sweepWhole } from './listed-registry.ts';
import { dyingAt, ends, imageOf, keysIn, missingOf, racingAt, type SweptWorld, sweptWorld } from './swept-world.ts';

const place = { registry: 'registry.test', repository: 'app' };

/** A repository whose tag was moved from one image to another, both of them read and told. */
async function movedTag(): Promise<SweptWorld & { readonly old: Digest; readonly fresh: Digest }> {
  const made = sweptWorld();
  const old = made.push('app', '1', imageOf('old'));
  await made.scan('app', '1');
  made.untag(old);
  const fresh = made.push('app', '1', imageOf('fresh'));
  await made.scan('app', '1');
  for (const digest of [old, fresh]) await markImageTold(made.table, { ...place, digest }, extractorsVersion);
  return { ...made, old, fresh };
}

/** An offered plan that goes back to the old image; of its content only what a sweep looks at. */
const planTo = ({ fresh, old }: { readonly fresh: Digest; readonly old: Digest }): PlanRecord => ({
  plan: {
    id: 'p',
    madeAt: '2026-01-01T00:00:00Z',
    changes: [{ containers: [{ name: 'app', from: fresh, to: old, accepted: [], leaving: [] }] }],
    closes: [],
    remaining: [],
    rejected: [],
    unhelped: [],
  } as unknown as PlanRecord['plan'],
  state: 'offered',
  problems: [],
  offeredAt: '2026-01-01T00:00:00Z',
  announced: true,
  rev: 1,
});

/** So long unused that policy lets it go with the next sweep. */
async function longUnused() {
  const made = await movedTag();
  await made.nights(1);
  made.wait(31);
  return made;
}

async function blobKeys(made: SweptWorld): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of made.blobs.list()) if (!key.startsWith('facts/')) found.push(key);
  return found.sort();
}

describe('an image that is neither tagged nor running', () => {
  it('is forgotten when policy says so and its days are over, with all that hung on it alone, and is read anew when it comes again', async () => {
    const only = sweptWorld();
    only.push('app', '1', imageOf('fresh'));
    await only.scan('app', '1');
    const made = await movedTag();
    expect(await made.sweep()).toMatchObject({ stored: 2, unused: 1, forgettable: 0, forgotten: 0 });
    made.wait(29);
    expect(await made.sweep()).toMatchObject({ unused: 1, forgettable: 0, forgotten: 0 });
    expect(await missingOf(made, made.old, 'app')).toEqual([]);
    made.wait(2);
    expect(await made.sweep()).toMatchObject({ unused: 1, forgettable: 1, forgotten: 1, forgets: true });
    await made.settle();
    expect(await keysIn(made.table)).toEqual(await keysIn(only.table));
    expect(await blobKeys(made)).toEqual(await blobKeys(only));
    expect(await missingOf(made, made.fresh, 'app')).toEqual([]);
    made.push('app', '2', imageOf('old'));
    await made.scan('app', '2');
    expect(await missingOf(made, made.old, 'app')).toEqual([]);
  });

  it('is only counted until policy says so', async () => {
    const made = await longUnused();
    made.state.policy = { ...made.state.policy, forget: false };
    const before = await keysIn(made.table);
    expect(await made.sweep()).toMatchObject({ forgettable: 1, forgotten: 0, forgets: false });
    expect(await keysIn(made.table)).toEqual(before);
  });

  it('is remembered without a write in every later night', async () => {
    const made = await movedTag();
    await made.nights(1);
    const written = new Set<string>();
    const beforeWrite = (_: number, of: readonly Key[]): void => {
      for (const { pk } of of) written.add(pk);
    };
    await made.sweep(faultyTable(made.table, { seed: 1, beforeWrite }));
    expect([...written]).toEqual(['SWEEP']);
  });

  const kept: readonly (readonly [string, (made: Awaited<ReturnType<typeof longUnused>>) => Promise<unknown>])[] = [
    ['runs', (made) => made.run('shop', 'app', made.old)],
    [
      'ran before what runs now',
      async (made) => {
        await made.run('shop', 'app', made.old);
        await made.run('shop', 'app', made.fresh);
      },
    ],
    [
      'ran before its service was put to sleep',
      async (made) => {
        await made.run('shop', 'app', made.old);
        await made.run('shop', 'app', undefined);
      },
    ],
    [
      'got a tag that nobody told',
      async (made) => {
        made.push('app', 'stable', imageOf('old'));
      },
    ],
    [
      'is tagged in another repository',
      async (made) => {
        made.push('copy', '1', imageOf('old'));
        await made.scan('copy', '1');
      },
    ],
    [
      'is of an index that is tagged',
      async (made) => {
        made.push('app', 'all', buildIndex([{ image: imageOf('old') }, { image: imageOf('old', 'arm64') }]));
        await made.scan('app', 'all');
      },
    ],
    [
      'is of an index of which another image runs',
      async (made) => {
        const index = made.push(
          'app',
          'all',
          buildIndex([{ image: imageOf('old') }, { image: imageOf('old', 'arm64') }]),
        );
        await made.scan('app', 'all');
        made.untag(index);
        await made.run('shop', 'app', imageOf('old', 'arm64').descriptor.digest);
      },
    ],
    [
      'is of a repository of bases',
      async (made) => {
        made.state.policy = { ...made.state.policy, bases: ['registry.test/app'] };
      },
    ],
    [
      'is what a rollout under way goes to',
      async (made) => {
        const change = { from: made.fresh, to: made.old, accepted: [], leaving: [] };
        await made.table.put({ ...keys.rolling('r'), rollout: 'r', part: 1, until: 'x', rev: 1 });
        await made.table.put({ ...keys.rolloutWorkload('r', 'shop'), row: { containers: [change] }, rev: 1 });
      },
    ],
    [
      'is what a plan that waits for a yes goes to',
      async (made) => void (await writeNewPlan(made.table, planTo(made))),
    ],
  ];
  it.each(kept)('stays as long as it %s', async (_, use) => {
    const made = await longUnused();
    await use(made);
    for (let night = 0; night < 3; night += 1) {
      expect(await made.sweep()).toMatchObject({ forgotten: 0 });
      made.wait(40);
    }
    expect(await missingOf(made, made.old, 'app')).toEqual([]);
  });

  it('goes when the plan that went to it is offered no more', async () => {
    const made = await longUnused();
    await writeNewPlan(made.table, planTo(made));
    expect(await made.sweep()).toMatchObject({ forgotten: 0 });
    await changePlan(made.table, 'p', { state: 'moot' });
    expect(await made.sweep()).toMatchObject({ forgotten: 1 });
  });

  it('stays for as many days as one that ran between two sweeps, unseen by both', async () => {
    const made = await movedTag();
    for (let week = 0; week < 8; week += 1) {
      await made.nights(1);
      await made.run('job', 'app', made.old);
      await made.run('job', 'app', undefined);
      await made.table.delete(keys.fleetWorkload('1/local/demo/job'));
      made.wait(6);
    }
    expect(await missingOf(made, made.old, 'app')).toEqual([]);
    made.wait(22);
    expect(await made.sweep()).toMatchObject({ forgotten: 0 });
    made.wait(3);
    expect(await made.sweep()).toMatchObject({ forgotten: 1 });
  });

  it('stays as long as a stored tag names it where nobody may list the registry or the repository', async () => {
    const made = await movedTag();
    made.wait(100);
    const elsewhere = listedRegistry([], 'elsewhere.test');
    const closed = {
      ...listedRegistry(made.listed),
      images: (repository: string) => {
        throw new RepositoryClosed(repository, 'AccessDenied');
      },
    };
    for (const catalogue of [elsewhere, closed, elsewhere, closed]) {
      await sweepWhole({ ...made.portsOn(made.table), catalogue });
      made.wait(40);
    }
    expect(await missingOf(made, made.fresh, 'app')).toEqual([]);
    expect(await readImageHead(made.table, made.old)).toBeUndefined();
  });
});

describe('forgetting an image', () => {
  it('that is cut at any write is gone on with, to the same end', async () => {
    const whole = await longUnused();
    await whole.settle();
    const expected = await keysIn(whole.table);
    let writes = 0;
    for (let ended = false; !ended; writes += 1) {
      const made = await longUnused();
      ended = await ends(made.sweep(dyingAt(made.table, writes)));
      await made.settle();
      expect(await keysIn(made.table), `cut at ${writes}`).toEqual(expected);
      expect(await missingOf(made, made.fresh, 'app')).toEqual([]);
    }
    expect(writes).toBeGreaterThan(10);
  });

  it('loses nothing of it when it is pushed and read again at any of its writes', async () => {
    let writes = 0;
    for (let raced = true; raced; writes += 1) {
      const made = await longUnused();
      const racing = racingAt(made.table, writes, async () => {
        made.push('app', '2', imageOf('old'));
        await made.scan('app', '2');
      });
      await made.sweep(racing);
      raced = racing.raced();
      if (raced) expect(await missingOf(made, made.old, 'app'), `at write ${writes}`).toEqual([]);
      await made.settle();
      if (raced) expect(await missingOf(made, made.old, 'app'), `at write ${writes}, nights later`).toEqual([]);
    }
    expect(writes).toBeGreaterThan(10);
  });

  it('never leaves half of it when it begins to run at any of its writes: it is known whole, or asked for', async () => {
    const ways = new Set<string>();
    for (let raced = true, writes = 0; raced; writes += 1) {
      const made = await longUnused();
      const racing = racingAt(made.table, writes, () => made.run('shop', 'app', made.old));
      await made.sweep(racing);
      raced = racing.raced();
      if (!raced) break;
      made.wanted.length = 0;
      await made.nights(1);
      if (made.wanted.some(({ digest }) => digest === made.old)) {
        ways.add('asked for');
        expect(await isTold(made.table, { ...place, digest: made.old }, extractorsVersion)).toBe(false);
        await scanImage(made.ports, { ...place, digest: made.old });
      } else ways.add('known');
      expect(await missingOf(made, made.old, 'app'), `at write ${writes}`).toEqual([]);
      await made.settle();
      expect(await missingOf(made, made.old, 'app'), `at write ${writes}, nights later`).toEqual([]);
    }
    expect(ways).toEqual(new Set(['known', 'asked for']));
  });

  it('leaves it when it begins to run before its head goes', async () => {
    const made = await longUnused();
    const rows = await readImageRows(made.table, made.old);
    const racing = racingAt(made.table, 0, () => made.run('shop', 'app', made.old));
    expect(await forgetImage(racing, rows, await familyOf(made.table, rows), place)).toBe(false);
    expect(await missingOf(made, made.old, 'app')).toEqual([]);
  });

  it('that is cut never leaves it told without its head: whoever asks for it is heard', async () => {
    let headless = 0;
    for (let ended = false, writes = 0; !ended; writes += 1) {
      const made = await longUnused();
      ended = await ends(made.sweep(dyingAt(made.table, writes)));
      if ((await readImageHead(made.table, made.old)) !== undefined) continue;
      headless += 1;
      expect(await isTold(made.table, { ...place, digest: made.old }, extractorsVersion), `cut at ${writes}`).toBe(
        false,
      );
    }
    expect(headless).toBeGreaterThan(3);
  });
});
