import { describe, expect, it } from 'vitest';
import type { BusEvent, Route } from '#shared/events';
import type { SqsEvent } from '../../../local/bus/index.ts';
import { HandClock } from './hand-clock.ts';
import { opened, start } from './open-bus.ts';

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
    await opened.pop()?.close({ grace: 0 });
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
