import { describe, expect, it } from 'vitest';
import { buildIndex } from '#shared/oci';
import { keys } from '#shared/store';
import { dyingAt, ends, imageOf, keysIn, missingOf, racingAt, sweptWorld } from './swept-world.ts';

const cuts = [
  ['an image', imageOf('cut'), 1],
  ['an index', buildIndex([{ image: imageOf('cut') }, { image: imageOf('cut', 'arm64') }]), 2],
] as const;

describe('what a writer that was cut leaves behind', () => {
  it.each(cuts)(
    'of %s is taken away after a day wherever it was cut, and nothing else is',
    async (_, image, images) => {
      const whole = sweptWorld();
      whole.push('kept', '1', imageOf('kept'));
      await whole.scan('kept', '1');
      const expected = await keysIn(whole.table);
      let writes = 0;
      for (let ended = false; !ended; writes += 1) {
        const made = sweptWorld();
        const kept = made.push('kept', '1', imageOf('kept'));
        made.push('cut', '1', image);
        await made.scan('kept', '1');
        ended = await ends(made.scan('cut', '1', dyingAt(made.table, writes)));
        const before = await keysIn(made.table);
        await made.sweep();
        const after = new Set(await keysIn(made.table));
        expect(
          before.filter((key) => !after.has(key)),
          `cut at ${writes}: its writer may still be at it`,
        ).toEqual([]);
        await made.settle();
        const left = await keysIn(made.table);
        // what has a place is found by everybody, and is no orphan
        if (!left.some((key) => key.startsWith('R#registry.test/cut / I#')))
          expect(
            left.filter((key) => !key.includes('registry.test/cut')),
            `cut at ${writes}`,
          ).toEqual(expected);
        expect(await missingOf(made, kept, 'kept'), `cut at ${writes}`).toEqual([]);
        const again = await made.scan('cut', '1');
        expect(again.images).toHaveLength(images);
        for (const nights of [0, 2]) {
          await made.nights(nights);
          for (const { head } of again.images)
            expect(await missingOf(made, head.digest, 'cut'), `cut at ${writes}, read again, ${nights} nights`).toEqual(
              [],
            );
        }
      }
      expect(writes).toBeGreaterThan(10);
    },
  );

  it('goes also when the sweep is cut anywhere, and told to go on', async () => {
    let writes = 0;
    for (let ended = false; !ended; writes += 1) {
      const made = sweptWorld();
      made.push('kept', '1', imageOf('kept'));
      await made.scan('kept', '1');
      const expected = await keysIn(made.table);
      const digest = made.push('cut', '1', imageOf('cut'));
      await made.scan('cut', '1');
      for (const key of [
        keys.image(digest),
        keys.imageRepository(digest, 'registry.test', 'cut'),
        keys.repositoryImage('registry.test', 'cut', digest),
        keys.repositoryTag('registry.test', 'cut', '1'),
        keys.knownRepository('registry.test', 'cut'),
      ])
        await made.table.delete(key);
      made.listed.pop();
      made.wait(2);
      ended = await ends(made.sweep(dyingAt(made.table, writes)));
      await made.settle();
      expect(await keysIn(made.table), `cut at ${writes}`).toEqual(expected);
    }
    expect(writes).toBeGreaterThan(8);
  });
});

describe('a scan of an image whose package sets and judgements are about to be taken away', () => {
  /** An image that was forgotten, and another one on the same base. */
  const aboutToGo = async (nights: number) => {
    const made = sweptWorld();
    const old = made.push('old', '1', imageOf('old'));
    await made.scan('old', '1');
    await made.table.delete(keys.image(old));
    await made.table.delete(keys.repositoryImage('registry.test', 'old', old));
    made.listed.length = 0;
    const digest = made.push('new', '1', imageOf('new'));
    made.wait(2);
    await made.nights(nights);
    return { made, digest };
  };

  it.each([0, 1, 2, 3, 4])('loses nothing at any write of the sweep, in night %i', async (nights) => {
    let writes = 0;
    for (let raced = true; raced; writes += 1) {
      const { made, digest } = await aboutToGo(nights);
      const racing = racingAt(made.table, writes, () => made.scan('new', '1'));
      await made.sweep(racing);
      raced = racing.raced();
      if (raced) expect(await missingOf(made, digest, 'new'), `at write ${writes}`).toEqual([]);
      await made.settle();
      if (raced) expect(await missingOf(made, digest, 'new'), `at write ${writes}, nights later`).toEqual([]);
    }
    expect(writes).toBeGreaterThan(4);
  });

  it.each([0, 1, 2, 3, 4])('loses nothing when the sweep comes at any of its writes, in night %i', async (nights) => {
    let writes = 0;
    for (let raced = true; raced; writes += 1) {
      const { made, digest } = await aboutToGo(nights);
      const racing = racingAt(made.table, writes, () => made.sweep());
      await made.scan('new', '1', racing);
      raced = racing.raced();
      expect(await missingOf(made, digest, 'new'), `at write ${writes}`).toEqual([]);
      await made.settle();
      expect(await missingOf(made, digest, 'new'), `at write ${writes}, nights later`).toEqual([]);
    }
    expect(writes).toBeGreaterThan(8);
  });

  it('loses nothing when it was cut there and is repeated', async () => {
    for (let cut = 0; cut < 12; cut += 1) {
      const { made, digest } = await aboutToGo(cut % 4);
      await made.sweep(racingAt(made.table, cut % 5, () => ends(made.scan('new', '1', dyingAt(made.table, cut)))));
      await made.scan('new', '1');
      expect(await missingOf(made, digest, 'new'), `cut at ${cut}`).toEqual([]);
      await made.settle();
      expect(await missingOf(made, digest, 'new'), `cut at ${cut}, nights later`).toEqual([]);
    }
  });
});
