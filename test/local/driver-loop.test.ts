import { expect, test } from 'vitest';
import type { Pass } from '#shared/remedy';
import { driverLoop } from '../../local/stack/driver-loop.ts';

/** A loop whose passes are ended by hand; between two of them it would wait a minute. */
function byHand() {
  const ends: ((pass: Pass) => void)[] = [];
  let heard = (): void => undefined;
  const loop = driverLoop({
    pass: () =>
      new Promise<Pass>((end) => {
        ends.push(end);
        heard();
      }),
    trouble: (error) => expect.unreachable(String(error)),
    now: () => 0,
  });
  /** the pass of that number, once it has begun */
  const pass = async (number: number): Promise<(pass: Pass) => void> => {
    while (ends.length <= number)
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    return ends[number]!;
  };
  return { loop, pass, begun: () => ends.length };
}

const later: Pass = { done: false, waitUntil: new Date(60_000).toISOString() };

test('what happens during a pass is looked at in another one, at once', async () => {
  const { loop, pass, begun } = byHand();
  loop.drive('r');
  const end = await pass(0);
  loop.nudge();
  loop.drive('r');
  expect(begun()).toBe(1);
  end(later);
  (await pass(1))({ done: true } as Pass);
  await loop.close();
  expect(begun()).toBe(2);
});

test('what happens between two passes ends the wait, and so does the end of the loop', async () => {
  const { loop, pass, begun } = byHand();
  loop.drive('r');
  (await pass(0))(later);
  await new Promise(setImmediate);
  loop.nudge();
  (await pass(1))(later);
  await loop.close();
  expect(begun()).toBe(2);
});
