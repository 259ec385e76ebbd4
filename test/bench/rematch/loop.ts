import { changesSince } from '#shared/advisories';
import { type BusEvent, makeEvent } from '#shared/events';
import type { ReconcilePorts } from '#shared/findings';
import { memoryOrchestrator } from '#shared/fleet';
import type { Item } from '#shared/store';
import { makeMapWorkloads } from '../../../functions/map-workloads/handler.ts';
import { tellChange } from '../../../functions/news.ts';
import { makeRematch } from '../../../functions/rematch/handler.ts';

/** What one change of advisories took, from the moment its names are known. */
export interface Reached {
  readonly names: number;
  /** messages that named the services */
  readonly messages: number;
  readonly workloads: number;
  /** events that told people of a problem, and the transitions in them */
  readonly events: number;
  readonly transitions: readonly string[];
  /** milliseconds until the services were known, the first problem stood in the store, the first was told, the last row stood */
  readonly known: number;
  readonly first: number;
  readonly told: number;
  readonly all: number;
  readonly cpu: number;
  /** processor time and waiting alone: what it takes where nobody else wants the processor */
  readonly alone: number;
  /** the same until the first problem stood */
  readonly firstAlone: number;
}

/** Makes the ports of one function; `wrote` hears of every item that it puts. */
export type MakePorts = (tell: ReconcilePorts['tell'], wrote: (item: Item) => void) => ReconcilePorts;

const place = { account: '111122223333', region: 'eu-central-1' };

/**
 * Goes the way of a change through the code of the functions: rematch hears the names, its messages go into a queue, and so many map-workloads take one
 * after another from it, each with ports and warm shards of its own, as functions of their own have them. One process, one thread.
 */
export async function reach(make: MakePorts, since: number, functions: number): Promise<Reached> {
  let began = 0;
  const at: Partial<Record<'known' | 'first' | 'told', number>> = {};
  let cpu = process.cpuUsage();
  let loop = performance.eventLoopUtilization();
  const cpuSince = (): number => {
    const { user, system } = process.cpuUsage(cpu);
    return (user + system) / 1_000;
  };
  const aloneSince = (): number =>
    Math.min(performance.now() - began, cpuSince() + performance.eventLoopUtilization(loop).idle);
  let firstAlone = Number.NaN;
  const mark = (what: keyof typeof at): void => {
    if (what === 'first' && at.first === undefined) firstAlone = aloneSince();
    at[what] ??= performance.now() - began;
  };
  const queue: BusEvent[] = [];
  const transitions: string[] = [];
  let events = 0;
  const emit = async (type: string, detail: object): Promise<void> => {
    const event = makeEvent(type, detail, { now: new Date(), id: String(queue.length), ...place });
    if (type === 'WorkloadsTouched') queue.push(event);
    if (type !== 'ProblemChanged') return;
    mark('told');
    events += 1;
    transitions.push(...(detail as { transitions: { transition: string }[] }).transitions.map((one) => one.transition));
  };
  const failed: unknown[] = [];
  const report = ({ error }: { readonly error: unknown }): void => void failed.push(error);
  const wrote = ({ pk, sk }: Item): void => {
    if (pk.startsWith('P#') && sk === 'A') mark('first');
  };
  const portsOf = (): ReconcilePorts =>
    make(
      tellChange(emit, () => new Date()),
      wrote,
    );
  const judging = portsOf();
  const { changes } = await changesSince(judging, since);
  const generation = (await judging.book.manifest({ fresh: true })).generation;
  const warm = async ({ book }: ReconcilePorts): Promise<void> => {
    await book.manifest({ fresh: true });
    for (const { shard, names } of changes) (await book.shard(shard))?.lookup(names[0] ?? '');
  };
  await warm(judging);
  const handlers = [];
  for (let n = 0; n < functions; n += 1) {
    const ports = portsOf();
    await warm(ports);
    handlers.push(makeMapWorkloads({ ...ports, emit, report, orchestrator: memoryOrchestrator({ now: Date.now }) }));
  }
  const rematch = makeRematch({ ...judging, emit, report });
  const body = (event: BusEvent) => ({ Records: [{ messageId: event.id, body: JSON.stringify(event) }] });

  cpu = process.cpuUsage();
  loop = performance.eventLoopUtilization();
  began = performance.now();
  await rematch(
    body(makeEvent('AdvisoriesChanged', { generation, since, changes }, { now: new Date(), id: 'change', ...place })),
  );
  mark('known');
  const messages = [...queue];
  const open = messages.values();
  await Promise.all(
    handlers.map(async (handle) => {
      for (const event of open) await handle(body(event));
    }),
  );
  const all = performance.now() - began;
  const [used, alone] = [cpuSince(), aloneSince()];
  if (failed.length > 0) throw failed[0];
  return {
    names: changes.reduce((sum, { names }) => sum + names.length, 0),
    messages: messages.length,
    workloads: messages.flatMap(({ detail }) => (detail as { workloads: string[] }).workloads).length,
    events,
    transitions,
    known: at.known ?? Number.NaN,
    first: at.first ?? Number.NaN,
    told: at.told ?? Number.NaN,
    all,
    cpu: used,
    firstAlone,
    alone,
  };
}
