import { advisoriesChanged } from '#shared/events';
import { type JudgePorts, readDueNames, rematch, rematchDone } from '#shared/findings';
import type { Emit } from '../emit.ts';
import { makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

/** What rematch needs from outside. */
export interface RematchPorts extends JudgePorts {
  readonly emit: Emit;
  readonly report: (failure: RecordFailure) => void;
}

/** How many workloads one event may name: far below an event's 1 MB. */
const perEvent = 500;

/** Judges again what changed advisories touch, and hands the running workloads on. Nothing is pulled. */
export function makeRematch(ports: RematchPorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeQueueHandler(async (event) => {
    const { generation, since, list, ...told } = advisoriesChanged.parse(event.detail);
    const changes = told.changes ?? (list === undefined ? undefined : await readDueNames(ports.blobs, list));
    const { workloads } = await rematch(ports, changes ?? [], since);
    for (let from = 0; from < workloads.length; from += perEvent)
      await ports.emit('WorkloadsTouched', { workloads: workloads.slice(from, from + perEvent) });
    if (list !== undefined) await rematchDone(ports.table, generation, list);
  }, ports.report);
}
