import { randomUUID } from 'node:crypto';
import { type BusEvent, checkPattern, type FunctionName, matches, ownSource, type Route } from '#shared/events';
import { type BusClock, callAt, machineClock } from './clock.ts';
import { type Message, memoryJournal, openJournal } from './journal.ts';
import { type Depth, defaultSettings, Queue, type QueueSettings, type Trouble } from './queue.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import type { SqsHandler } from './sqs-event.ts';

export type { BusClock } from './clock.ts';
export type { Depth, QueueSettings, Trouble } from './queue.ts';
export type { InvocationContext, SqsBatchResult, SqsEvent, SqsHandler, SqsRecord } from './sqs-event.ts';

/** A message that was given up, with its event as it was sent. */
export interface DeadLetter {
  readonly queue: string;
  readonly id: string;
  readonly event: BusEvent;
  readonly receives: number;
  readonly error: string;
  /** ISO */
  readonly since: string;
}

/** EventBridge, SQS and Lambda's pollers in one process. */
export interface Bus {
  /** Feeds the queues of all rules that match; resolves when the messages survive the process. */
  put(event: BusEvent): Promise<void>;
  /** Called with every event that is put, whether a rule wants it or not; the answer ends it. A listener that throws is ignored. */
  subscribe(listener: (event: BusEvent) => void): () => void;
  depths(): readonly Depth[];
  deadLetters(): readonly DeadLetter[];
  /** Gives dead letters a new life: all, those of a queue, or one. Returns how many. */
  redrive(only?: { readonly queue?: string; readonly id?: string }): Promise<number>;
  /** Runs a scheduled rule now. Throws for a name that is none. */
  run(route: string): Promise<void>;
  /** Resolves when nothing is visible or in flight; failed messages may still wait for their next delivery. */
  idle(): Promise<void>;
  /** Resolves when nothing is left but dead letters. */
  drain(): Promise<void>;
  /** Hands over no more and resolves when what is under way has ended, or after `grace` ms (ten seconds). What is not done is kept. */
  close(options?: { readonly grace?: number }): Promise<void>;
}

/** How a bus is made. `routes` and `handlers` belong together: every function that a route names needs its handler. */
export interface BusOptions {
  readonly routes: readonly Route[];
  readonly handlers: { readonly [name in FunctionName]?: SqsHandler };
  /** keeps what is not yet done over restarts; without it, in memory */
  readonly folder?: string;
  readonly clock?: BusClock;
  /** by queue name: the function's, for scan-image `scan-image-interactive` and `scan-image-backlog` */
  readonly queues?: Readonly<Record<string, Partial<QueueSettings>>>;
  /** false: scheduled rules run only by `run` */
  readonly schedules?: boolean;
  readonly account?: string;
  readonly region?: string;
  readonly random?: () => number;
  readonly newId?: () => string;
  readonly trouble?: (trouble: Trouble) => void;
}

/** The queue that a route feeds. */
export const queueOf = (route: Route): string =>
  route.lane === undefined ? route.function : `${route.function}-${route.lane}`;

/** Starts a bus; what an earlier one in the same folder left undone is handed over again. Throws for patterns, schedules or handlers that are missing or wrong. */
export async function createBus(options: BusOptions): Promise<Bus> {
  const {
    routes,
    handlers,
    clock = machineClock,
    account = '000000000000',
    region = 'local',
    newId = randomUUID,
  } = options;
  const schedules = new Map<string, Schedule>();
  for (const route of routes) {
    if ('pattern' in route) checkPattern(route.pattern);
    else schedules.set(route.name, parseSchedule(route.schedule));
  }
  const journal = options.folder === undefined ? memoryJournal() : await openJournal(options.folder);
  const waiters = new Set<() => void>();
  const settled = (): void => {
    for (const waiter of waiters) waiter();
  };
  const queues = new Map<string, Queue>();
  for (const route of routes) {
    const name = queueOf(route);
    const handler = handlers[route.function];
    if (handler === undefined)
      throw new Error(
        `the route ${route.name} leads to ${route.function}, which has no handler; give one or leave the route out`,
      );
    if (queues.has(name)) continue;
    const settings = { ...defaultSettings, ...options.queues?.[name] };
    queues.set(
      name,
      new Queue({
        name,
        handler,
        settings,
        journal,
        clock,
        region,
        account,
        newId,
        settled,
        random: options.random ?? Math.random,
        trouble: options.trouble ?? (() => undefined),
      }),
    );
  }

  const listeners = new Set<(event: BusEvent) => void>();
  const timers = new Map<string, () => void>();
  let closed = false;
  // messages on their way into the journal: they count as not yet done
  let sending = 0;

  const send = async (route: Route, event: BusEvent): Promise<void> => {
    const now = clock.now().getTime();
    const message: Message = {
      id: newId(),
      queue: queueOf(route),
      route: route.name,
      body: JSON.stringify(event),
      sentAt: now,
      visibleAt: now,
      receives: 0,
    };
    await journal.append({ op: 'put', message });
    const kept = journal.state.messages.get(message.id);
    if (kept !== undefined) queues.get(message.queue)?.take(kept);
  };
  const counted = async (work: () => Promise<unknown>): Promise<void> => {
    sending += 1;
    try {
      await work();
    } finally {
      sending -= 1;
      settled();
    }
  };

  const fire = async (route: Route): Promise<void> => {
    const now = clock.now();
    await journal.append({ op: 'ran', route: route.name, at: now.getTime() });
    // one that nobody took yet says the same as a second one
    if (queues.get(queueOf(route))?.waits(route.name)) return;
    const resources = [`arn:aws:events:${region}:${account}:rule/${route.name}`];
    await send(route, {
      version: '0',
      id: newId(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account,
      time: now.toISOString(),
      region,
      resources,
      detail: {},
    });
  };
  const arm = (route: Route, schedule: Schedule): void => {
    if (closed) return;
    const ran = journal.state.ran.get(route.name);
    const now = clock.now();
    const due = ran === undefined ? (schedule.atStart ? now : schedule.next(now)) : schedule.next(new Date(ran));
    const next = (): void => arm(route, schedule);
    timers.set(
      route.name,
      callAt(clock, due.getTime(), () => {
        if (!closed)
          void counted(() => fire(route)).then(next, () => timers.set(route.name, clock.setTimer(60_000, next)));
      }),
    );
  };

  const until = (over: () => boolean): Promise<void> =>
    new Promise((done) => {
      const check = (): void => {
        if (!over()) return;
        waiters.delete(check);
        done();
      };
      waiters.add(check);
      check();
    });
  const depths = (): Depth[] => [...queues.values()].map((queue) => queue.depth);

  for (const message of journal.state.messages.values()) {
    // a queue that is no more: its messages wait in the journal for a version that has it
    queues.get(message.queue)?.take(message);
  }
  if (options.schedules ?? true) {
    for (const route of routes) {
      const schedule = schedules.get(route.name);
      if (schedule !== undefined) arm(route, schedule);
    }
  }

  return {
    async put(event) {
      if (closed) throw new Error('the bus is closed; start it again to send');
      const bus = event.source === ownSource ? 'drydock' : 'default';
      await counted(() =>
        Promise.all(
          routes
            .filter((route) => 'pattern' in route && route.bus === bus && matches(route.pattern, event))
            .map((route) => send(route, event)),
        ),
      );
      for (const listener of listeners) {
        try {
          listener(event);
        } catch {
          // who watches must not stop what happens
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    depths,
    deadLetters: () =>
      [...queues.values()].flatMap((queue) =>
        queue.dead.map(({ id, queue: name, body, receives, error, deadAt }) => ({
          queue: name,
          id,
          event: JSON.parse(body) as BusEvent,
          receives,
          error: error ?? '',
          since: new Date(deadAt ?? 0).toISOString(),
        })),
      ),
    async redrive(only = {}) {
      let count = 0;
      for (const [name, queue] of queues)
        if (only.queue === undefined || only.queue === name) count += await queue.redrive(only.id);
      return count;
    },
    async run(name) {
      const route = routes.find((each) => each.name === name && 'schedule' in each);
      if (route === undefined)
        throw new Error(`${name} is no scheduled rule; there are ${[...schedules.keys()].join(', ')}`);
      await counted(() => fire(route));
    },
    idle: () => until(() => sending === 0 && depths().every((depth) => depth.visible + depth.inFlight === 0)),
    drain: () =>
      until(() => sending === 0 && depths().every((depth) => depth.visible + depth.inFlight + depth.delayed === 0)),
    async close({ grace = 10_000 } = {}) {
      closed = true;
      for (const cancel of timers.values()) cancel();
      let cancel = (): void => undefined;
      const late = new Promise<void>((done) => {
        cancel = machineClock.setTimer(grace, done);
      });
      await Promise.race([Promise.all([...queues.values()].map((queue) => queue.stop())), late]);
      cancel();
      await journal.close();
    },
  };
}
