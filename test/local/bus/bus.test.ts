import { describe, expect, it } from 'vitest';
import { type BusEvent, makeEvent, type Route, routes } from '#shared/events';
import { createBus, queueOf, type SqsEvent } from '../../../local/bus/index.ts';
import { recorded } from '../../events/recorded.ts';
import { breathe, HandClock } from './hand-clock.ts';
import { push, pushRoutes, start } from './open-bus.ts';

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
