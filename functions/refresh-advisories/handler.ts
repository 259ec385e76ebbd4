import { type RefreshPorts, refreshAdvisories } from '#shared/advisories';
import type { Emit } from '../emit.ts';
import { makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

/** What refresh-advisories needs from outside. */
export interface RefreshAdvisoriesPorts extends RefreshPorts {
  readonly emit: Emit;
  readonly report: (failure: RecordFailure) => void;
}

/** Takes the newest advisories and tells which names can be judged differently. A refused source keeps its last good shards. */
export function makeRefreshAdvisories(ports: RefreshAdvisoriesPorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeQueueHandler(async () => {
    const result = await refreshAdvisories(ports);
    for (const refused of result.refused) await ports.emit('FeedRefused', refused);
    if (result.changes.length > 0)
      await ports.emit('AdvisoriesChanged', { generation: result.generation, changes: result.changes });
  }, ports.report);
}
