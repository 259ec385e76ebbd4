import { awaitedFeeds } from '#shared/advisories';
import type { BusEvent } from '#shared/events';
import { baselineTold, endBaseline, listDueRematches, untoldBaseline } from '#shared/findings';
import { type SweepItem, type SweepPorts, type SweepReport, sweepTurn } from '#shared/sweep';
import type { Emit } from '../emit.ts';
import { makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

/** What sweep needs from outside. */
export interface SweepFunctionPorts extends Omit<SweepPorts, 'want'> {
  /** true while the first, silent look at the fleet goes on */
  readonly baseline: () => Promise<boolean>;
  readonly emit: Emit;
  readonly report: (failure: RecordFailure) => void;
}

/**
 * Nightly, and every few minutes until the baseline stands: asks for every image that was missed, running ones first, within the day's budget, and clears away
 * what nobody needs. What one turn does not end is handed on; should that be lost, the frequent rule goes on with it. When nothing that runs is left to read
 * or to be judged for the first time, the baseline ends in one report.
 */
export function makeSweep(ports: SweepFunctionPorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeQueueHandler((event) => handle(ports, event), ports.report);
}

async function handle(ports: SweepFunctionPorts, event: BusEvent): Promise<void> {
  const first = await ports.baseline();
  if (!first) await tellBaseline(ports);
  const begin = first || !isGoingOn(event);
  if (begin) await tellBehind(ports);
  const turn = await sweepTurn({ ...ports, want: (item) => want(ports, item) }, { begin });
  if (turn.state === 'unfinished') {
    const { began, stage, turns } = turn.run;
    await ports.emit('SweepUnfinished', { began, stage, turns });
  }
  if (turn.state !== 'done') return;
  const { report } = turn;
  await ports.emit('SweepDone', { ...report, behind: behind(await late(ports)) });
  if (!first || report.fleetReadAt === undefined || !isQuiet(report)) return;
  if ((await awaitedFeeds(ports.table, ports.now())).length > 0) return;
  await endBaseline(ports.table, { workloads: report.workloads, images: report.known, at: report.at });
  await tellBaseline(ports);
}

const want = (ports: SweepFunctionPorts, { image, turn, why, again }: SweepItem): Promise<void> =>
  ports.emit('ImageWanted', {
    registry: image.registry,
    repository: image.repository,
    digest: image.digest,
    ...(image.tags[0] === undefined ? {} : { tag: image.tags[0] }),
    lane: turn === 0 ? 'interactive' : 'backlog',
    ...(image.pushedAt === undefined ? {} : { pushedAt: image.pushedAt }),
    ...(again === undefined ? {} : { again }),
    why,
  });

const patienceMs = 60 * 60_000;

/** What was to be judged again an hour ago and is not done: its message was lost, or given up. */
const late = async ({ table, now }: SweepFunctionPorts) =>
  (await listDueRematches(table)).filter(({ at }) => now().getTime() - Date.parse(at) > patienceMs);

/** Tells it again. */
async function tellBehind(ports: SweepFunctionPorts): Promise<void> {
  for (const { generation, since, list, names } of await late(ports))
    await ports.emit('AdvisoriesChanged', { generation, since, list, names });
}

/** The shards that lie behind. */
const behind = (due: Awaited<ReturnType<typeof late>>): string[] =>
  [...new Set(due.flatMap(({ shards }) => shards))].sort().slice(0, 100);

/** First the bus, then the row: whoever was cut in between is followed by one who says it again, as the same event. */
async function tellBaseline(ports: SweepFunctionPorts): Promise<void> {
  const report = await untoldBaseline(ports.table);
  if (report === undefined) return;
  await ports.emit('BaselineDone', report, { id: 'baseline-done', time: report.at });
  await baselineTold(ports.table);
}

const quietMs = 9 * 60_000;

/** Whether what runs was all read by the turn before this one: what was read last has been judged and told meanwhile. */
const isQuiet = ({ quietSince, at }: SweepReport): boolean =>
  quietSince !== undefined && Date.parse(at) - Date.parse(quietSince) >= quietMs;

/** A turn that begins nothing: handed on, or by the frequent rule, which carries its route's name in its ARN, with or without the hyphen. */
const isGoingOn = (event: BusEvent): boolean =>
  event['detail-type'] === 'SweepUnfinished' || event.resources.some((arn) => /sweep-?baseline/i.test(arn));
