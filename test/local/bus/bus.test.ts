import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type BusEvent, makeEvent, type Route, routes } from '#shared/events';
import {
  type Bus,
  type BusOptions,
  createBus,
  queueOf,
  type SqsEvent,
  type Trouble,
} from '../../../local/bus/index.ts';
import { pushEvent, recorded } from '../../events/recorded.ts';
import { seeded } from '../../faults/seeded.ts';
import { breathe, HandClock } from './hand-clock.ts';

const open: Bus[] = [];
afterEach(async () => {
  for (const bus of open.splice(0)) await bus.close();
});
const start = async (options: BusOptions): Promise<Bus> => {
  const bus = await createBus(options);
  open.push(bus);
  return bus;
};
const pushRoutes = routes.filter((route) => route.name === 'image-pushed');
const push = (repository: string): BusEvent => pushEvent({ 'repository-name': repository });
const repositoryOf = (body: string): string =>
  (JSON.parse(body) as { detail: Record<string, string> }).detail['repository-name'] ?? '';

describe('delivery', () => {
  it('hands each event to the functions of all rules that match, in the form of SQS, and to nobody else', async () => {
    const seen: [string, SqsEvent][] = [];
    const handler = (name: string) => async (event: SqsEvent) => {
      seen.push([name, event]);
      return { batchItemFailures: [] };
    };
    const names = [...new Set(routes.map((route) => route.function))];
    const bus = await start({
      routes,
      handlers: Object.fromEntries(names.map((name) => [name, handler(name)])),
      schedules: false,
      clock: new HandClock(),
      account: '111122223333',
      region: 'eu-west-1',
    });
    for (const [, , event] of recorded.filter(
      ([, where, { source }]) => where === (source === 'drydock' ? 'drydock' : 'default'),
    ))
      await bus.put(event);
    await bus.put(
      makeEvent(
        'ImageScanned',
        {
          registry: 'r',
          repository: 'a',
          digest: `sha256:${'a'.repeat(64)}`,
          coverage: { state: 'scanned' },
          counts: {},
        },
        { now: new Date(0), id: '1' },
      ),
    );
    await bus.idle();
    const counts = Object.fromEntries(names.map((name) => [name, seen.filter(([who]) => who === name).length]));
    expect(counts).toEqual({
      'scan-image': 4,
      'refresh-advisories': 0,
      rematch: 0,
      sweep: 0,
      'map-workloads': 5,
      alert: 0,
      'start-rollout': 1,
    });
    const [, first] = seen[0]!;
    expect(first.Records).toHaveLength(1);
    expect(first.Records[0]).toMatchObject({
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:scan-image-interactive',
      awsRegion: 'eu-west-1',
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.UTC(2026, 10, 20, 12)) },
    });
    expect(JSON.parse(first.Records[0]?.body ?? '')).toEqual(recorded[0]?.[2]);
    expect(bus.depths().every((depth) => depth.visible + depth.inFlight + depth.delayed + depth.dead === 0)).toBe(true);
  });

  it('keeps the lanes of scan-image apart, so that a backlog does not stand in the way of people', async () => {
    const gates: (() => void)[] = [];
    const done: string[] = [];
    const bus = await start({
      routes: routes.filter((route) => route.function === 'scan-image'),
      queues: { 'scan-image-backlog': { concurrency: 1 }, 'scan-image-interactive': { concurrency: 1 } },
      clock: new HandClock(),
      handlers: {
        'scan-image': async (event) => {
          const arn = event.Records[0]?.eventSourceARN ?? '';
          if (arn.endsWith('backlog')) await new Promise<void>((go) => gates.push(go));
          done.push(arn.split(':').at(-1) ?? '');
          return undefined;
        },
      },
    });
    const wanted = (lane: string): BusEvent =>
      makeEvent('ImageWanted', { registry: 'r', repository: 'a', tag: 'x', lane }, { now: new Date(0), id: lane });
    for (let n = 0; n < 10; n += 1) await bus.put(wanted('backlog'));
    await bus.put(wanted('interactive'));
    await breathe();
    expect(done).toEqual(['scan-image-interactive']);
    expect(bus.depths()).toContainEqual({ queue: 'scan-image-backlog', visible: 9, inFlight: 1, delayed: 0, dead: 0 });
    while (done.length < 11) {
      gates.shift()?.();
      await breathe();
    }
    await bus.drain();
  });

  it('works on so many batches at once and no more', async () => {
    let now = 0;
    let most = 0;
    const bus = await start({
      routes: pushRoutes,
      queues: { 'scan-image-interactive': { concurrency: 3, batchSize: 4 } },
      clock: new HandClock(),
      handlers: {
        'scan-image': async (event) => {
          expect(event.Records.length).toBeLessThanOrEqual(4);
          now += 1;
          most = Math.max(most, now);
          await breathe();
          now -= 1;
          return undefined;
        },
      },
    });
    await Promise.all(Array.from({ length: 40 }, (_, n) => bus.put(push(`app${n}`))));
    await bus.idle();
    expect(most).toBe(3);
  });

  it('refuses routes that lead nowhere, and events after its end', async () => {
    await expect(createBus({ routes: pushRoutes, handlers: {} })).rejects.toThrow(
      /image-pushed leads to scan-image, which has no handler/,
    );
    await expect(
      createBus({
        routes: [{ ...pushRoutes[0]!, pattern: { a: [] } } as Route],
        handlers: { 'scan-image': async () => undefined },
      }),
    ).rejects.toThrow(/empty list/);
    const bus = await createBus({
      routes: pushRoutes,
      handlers: { 'scan-image': async () => undefined },
      clock: new HandClock(),
    });
    await bus.close();
    await expect(bus.put(push('a'))).rejects.toThrow(/closed/);
  });

  it('shows every event to who watches, and goes on when a watcher throws', async () => {
    const bus = await start({
      routes: pushRoutes,
      handlers: { 'scan-image': async () => undefined },
      clock: new HandClock(),
    });
    const seen: string[] = [];
    bus.subscribe(() => {
      throw new Error('a bad watcher');
    });
    const end = bus.subscribe((event) => seen.push(event['detail-type']));
    await bus.put(push('a'));
    await bus.put(makeEvent('AlertSent', { header: 'x' }, { now: new Date(0), id: '1' }));
    end();
    await bus.put(push('b'));
    expect(seen).toEqual(['ECR Image Action', 'AlertSent']);
  });
});

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

describe('schedules', () => {
  const scheduled: readonly Route[] = [
    { name: 'often', function: 'map-workloads', bus: 'default', schedule: 'rate(15 minutes)' },
    { name: 'nightly', function: 'sweep', bus: 'default', schedule: 'cron(17 2 * * ? *)' },
  ];

  it('run a rate at once and then again and again, a cron at its time, in UTC', async () => {
    const clock = new HandClock();
    const ran: string[] = [];
    const handler = async (event: SqsEvent): Promise<undefined> => {
      const body = JSON.parse(event.Records[0]?.body ?? '') as BusEvent;
      expect(body).toMatchObject({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} });
      ran.push(`${body.resources[0]?.split('/')[1]} ${clock.now().toISOString().slice(8, 16)}`);
    };
    await start({ routes: scheduled, clock, handlers: { 'map-workloads': handler, sweep: handler } });
    await clock.advance(15 * 60 * 60_000);
    expect(ran.slice(0, 3)).toEqual(['often 20T12:00', 'often 20T12:15', 'often 20T12:30']);
    expect(ran.filter((line) => line.startsWith('nightly'))).toEqual(['nightly 21T02:17']);
    expect(ran).toHaveLength(15 * 4 + 1 + 1);
  });

  it('do not pile up behind a slow function', async () => {
    const clock = new HandClock();
    let begun = 0;
    const bus = await start({
      routes: scheduled.slice(0, 1),
      clock,
      queues: { 'map-workloads': { concurrency: 1, visibilityTimeout: 24 * 60 * 60_000 } },
      handlers: {
        'map-workloads': () => {
          begun += 1;
          return new Promise(() => undefined);
        },
      },
    });
    await clock.advance(5 * 60 * 60_000);
    expect(begun).toBe(1);
    expect(bus.depths()[0]).toMatchObject({ visible: 1, inFlight: 1 });
    // the function never answers
    await open.pop()?.close({ grace: 0 });
  });

  it('can be run by hand, and stand still when they are switched off', async () => {
    const clock = new HandClock();
    let ran = 0;
    const handler = async (): Promise<undefined> => {
      ran += 1;
    };
    const bus = await start({
      routes: scheduled,
      clock,
      schedules: false,
      handlers: { 'map-workloads': handler, sweep: handler },
    });
    await clock.advance(48 * 60 * 60_000);
    expect(ran).toBe(0);
    await bus.run('nightly');
    await bus.idle();
    expect(ran).toBe(1);
    await expect(bus.run('image-pushed')).rejects.toThrow(
      /image-pushed is no scheduled rule; there are often, nightly/,
    );
  });
});

it('names a queue by its function and lane', () => {
  expect([...new Set(routes.map(queueOf))].sort()).toEqual([
    'alert',
    'map-workloads',
    'refresh-advisories',
    'rematch',
    'scan-image-backlog',
    'scan-image-interactive',
    'start-rollout',
    'sweep',
  ]);
});
