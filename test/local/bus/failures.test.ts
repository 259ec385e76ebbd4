import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bus, createBus, type Trouble } from '../../../local/bus/index.ts';
import { seeded } from '../../faults/seeded.ts';
import { breathe, HandClock } from './hand-clock.ts';
import { push, pushRoutes, repositoryOf, start } from './open-bus.ts';

describe('failures', () => {
  const failing = async (
    fails: (receives: number, repository: string) => boolean,
    settings = {},
  ): Promise<{ bus: Bus; clock: HandClock; at: [string, number, number][]; troubles: Trouble[] }> => {
    const clock = new HandClock();
    const begin = clock.now().getTime();
    const at: [string, number, number][] = [];
    const troubles: Trouble[] = [];
    const bus = await start({
      routes: pushRoutes,
      clock,
      random: () => 1,
      trouble: (trouble) => troubles.push(trouble),
      queues: {
        'scan-image-interactive': {
          maxReceiveCount: 4,
          backoff: 1000,
          maxBackoff: 3000,
          batchSize: 3,
          concurrency: 1,
          ...settings,
        },
      },
      handlers: {
        'scan-image': async (event) => {
          const failures = event.Records.filter((record) => {
            at.push([
              repositoryOf(record.body),
              Number(record.attributes.ApproximateReceiveCount),
              clock.now().getTime() - begin,
            ]);
            return fails(Number(record.attributes.ApproximateReceiveCount), repositoryOf(record.body));
          });
          return { batchItemFailures: failures.map((record) => ({ itemIdentifier: record.messageId })) };
        },
      },
    });
    return { bus, clock, at, troubles };
  };

  it('give back the failed record of a batch alone, later and later, until it succeeds', async () => {
    const { bus, clock, at } = await failing((receives, repository) => repository === 'bad' && receives < 4);
    await Promise.all(['first', 'bad', 'good', 'more'].map((name) => bus.put(push(name))));
    await bus.idle();
    expect(bus.depths()[0]).toMatchObject({ visible: 0, inFlight: 0, delayed: 1, dead: 0 });
    await clock.advance(60_000);
    expect(at.filter(([name]) => name === 'bad')).toEqual([
      ['bad', 1, 0],
      ['bad', 2, 1000],
      ['bad', 3, 3000],
      ['bad', 4, 6000],
    ]);
    expect(at).toHaveLength(7);
    await bus.drain();
  });

  it('end among the dead letters, with the error, and live again when asked', async () => {
    let broken = true;
    const { bus, clock, at, troubles } = await failing(() => broken);
    await bus.put(push('poison'));
    await clock.advance(60_000);
    expect(at).toHaveLength(4);
    expect(troubles.map((trouble) => [trouble.kind, trouble.receives])).toEqual([
      ['failed', 1],
      ['failed', 2],
      ['failed', 3],
      ['dead', 4],
    ]);
    const [letter] = bus.deadLetters();
    expect(letter).toMatchObject({
      queue: 'scan-image-interactive',
      receives: 4,
      error: 'the function asked to have it again',
      event: push('poison'),
      since: '2026-11-20T12:00:06.000Z',
    });
    await bus.drain();
    broken = false;
    expect(await bus.redrive({ queue: 'alert' })).toBe(0);
    expect(await bus.redrive({ id: letter!.id })).toBe(1);
    await bus.drain();
    expect(at.at(-1)).toEqual(['poison', 1, 60_000]);
    expect(bus.deadLetters()).toEqual([]);
  });

  it('of the function itself fail the whole batch', async () => {
    const { bus, clock, at, troubles } = await failing((receives) => {
      if (receives === 1) throw new TypeError('out of order');
      return false;
    });
    await Promise.all([bus.put(push('a')), bus.put(push('b'))]);
    await clock.advance(60_000);
    expect(at.filter(([, receives]) => receives === 2)).toHaveLength(2);
    expect(troubles[0]?.error).toBe('TypeError: out of order');
  });

  it('to answer are noticed: the message is handed over again, and a late answer is not heard', async () => {
    const clock = new HandClock();
    const answers: (() => void)[] = [];
    const left: number[] = [];
    const bus = await start({
      routes: pushRoutes,
      clock,
      random: () => 0,
      queues: {
        'scan-image-interactive': { visibilityTimeout: 10_000, backoff: 1000, concurrency: 1, maxReceiveCount: 3 },
      },
      handlers: {
        'scan-image': (_, context) => {
          left.push(context.getRemainingTimeInMillis());
          return new Promise((done) => answers.push(() => done(undefined)));
        },
      },
    });
    await bus.put(push('slow'));
    await clock.advance(10_400);
    expect(bus.depths()[0]).toMatchObject({ inFlight: 0, delayed: 1 });
    answers[0]?.();
    await breathe();
    expect(bus.depths()[0]).toMatchObject({ delayed: 1 });
    await clock.advance(200);
    expect(left).toEqual([10_000, 10_000]);
    answers[1]?.();
    await bus.drain();
  });

  it('are not over before the message is done, whenever somebody begins to wait for that', async () => {
    for (let turns = 0; turns < 30; turns += 1) {
      let doneWhenDrained: boolean | undefined;
      let done = false;
      const { bus, clock } = await failing((receives) => {
        done = receives > 1;
        if (!done) void waiting();
        return !done;
      });
      const waiting = async (): Promise<void> => {
        for (let turn = 0; turn < turns; turn += 1) await undefined;
        await bus.drain();
        doneWhenDrained = done;
      };
      await bus.put(push('late'));
      await clock.advance(60_000);
      await bus.drain();
      await breathe();
      expect(doneWhenDrained, `after ${turns} turns`).toBe(true);
    }
  });

  it('lose nothing and repeat only what failed, whatever fails when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        async (seed, count, batchSize, concurrency) => {
          const random = seeded(seed);
          const clock = new HandClock();
          const outcomes = new Map<string, boolean[]>();
          const bus = await createBus({
            routes: pushRoutes,
            clock,
            random,
            queues: { 'scan-image-interactive': { batchSize, concurrency, maxReceiveCount: 3 } },
            handlers: {
              'scan-image': async (event) => {
                if (random() < 0.2) {
                  for (const record of event.Records) outcomes.get(repositoryOf(record.body))?.push(false);
                  throw new Error('all');
                }
                const failed = event.Records.filter((record) => {
                  const bad = random() < 0.4;
                  outcomes.get(repositoryOf(record.body))?.push(!bad);
                  return bad;
                });
                return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) };
              },
            },
          });
          const names = Array.from({ length: count }, (_, n) => `app${n}`);
          for (const name of names) outcomes.set(name, []);
          await Promise.all(names.map((name) => bus.put(push(name))));
          await clock.advance(3_600_000);
          const dead = new Set(bus.deadLetters().map((letter) => letter.event.detail['repository-name']));
          for (const name of names) {
            const story = outcomes.get(name) ?? [];
            expect(story.slice(0, -1).every((success) => !success)).toBe(true);
            expect(story.at(-1)).toBe(!dead.has(name));
            if (dead.has(name)) expect(story).toHaveLength(3);
          }
          expect(bus.depths()[0]).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
          await bus.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});
