import { advisoriesChanged } from '#shared/events';
import { type JudgePorts, readDueNames, rematch, rematchDone } from '#shared/findings';
import type { Emit } from '../emit.ts';
import { tellTouched } from '../news.ts';
import { makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

/** What rematch needs from outside. */
export interface RematchPorts extends JudgePorts {
  readonly emit: Emit;
  readonly now: () => Date;
  readonly report: (failure: RecordFailure) => void;
}

/** Judges again what changed advisories touch, and hands the running workloads on. Nothing is pulled. */
export function makeRematch(ports: RematchPorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeQueueHandler(async (event) => {
    const { generation, since, list, ...told } = advisoriesChanged.parse(event.detail);
    const changes = told.changes ?? (list === undefined ? undefined : await readDueNames(ports.blobs, list));
    const { workloads } = await rematch(ports, changes ?? [], since);
    await tellTouched(ports, ['advisories', generation, since ?? null, list ?? changes ?? []], workloads);
    if (list !== undefined) await rematchDone(ports.table, generation, list);
  }, ports.report);
}
