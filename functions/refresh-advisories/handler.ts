import { type RefreshRequest, refreshAdvisories } from '#shared/advisories';
import { advisoriesWanted, type BusEvent } from '#shared/events';
import { keys } from '#shared/store';
import type { Emit } from '../emit.ts';
import { makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';
import { tellAdvisories } from './tell.ts';

/** What refresh-advisories needs from outside. */
export interface RefreshAdvisoriesPorts {
  /** the store, and the source that it may read; undefined: it may read none (offline) */
  readonly request: Omit<RefreshRequest, 'source'> & { readonly source?: RefreshRequest['source'] };
  readonly emit: Emit;
  readonly report: (failure: RecordFailure) => void;
}

/**
 * Takes the newest advisories of the ecosystems that images have needed so far, and tells which names can be judged differently. What is
 * needed for the first time is remembered before it is read. A refused publication keeps its last good shards.
 */
export function makeRefreshAdvisories(ports: RefreshAdvisoriesPorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeQueueHandler((event) => refresh(ports, event), ports.report);
}

async function refresh(ports: RefreshAdvisoriesPorts, event: BusEvent): Promise<void> {
  const { table, now } = ports.request;
  const wanted =
    event['detail-type'] === 'AdvisoriesWanted' ? advisoriesWanted.parse(event.detail).ecosystems : undefined;
  for (const ecosystem of wanted ?? [])
    await table.put({ ...keys.feed(ecosystem), ecosystem, wantedAt: now().toISOString() }, { absent: true });
  const { source } = ports.request;
  if (source === undefined) return;
  const ecosystems = wanted ?? (await known(ports));
  if (ecosystems.length === 0) return;
  const result = await refreshAdvisories({ ...ports.request, source, ecosystems });
  for (const refused of result.refused)
    await ports.emit('FeedRefused', { source: source.describe, text: refused.message });
  await tellAdvisories(ports.request, ports.emit);
}

async function known(ports: RefreshAdvisoriesPorts): Promise<string[]> {
  const ecosystems: string[] = [];
  for await (const item of ports.request.table.query({ pk: keys.feed('').pk }))
    if (typeof item.ecosystem === 'string') ecosystems.push(item.ecosystem);
  return ecosystems;
}
