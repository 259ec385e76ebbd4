import {
  feedTried,
  type RefreshRequest,
  readFeeds,
  refreshAdvisories,
  staleFeeds,
  wantedFeeds,
  wantFeed,
} from '#shared/advisories';
import { advisoriesWanted, type BusEvent } from '#shared/events';
import type { Emit } from '../emit.ts';
import { makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';
import { tellAdvisories } from './tell.ts';

/** What refresh-advisories needs from outside. */
export interface RefreshAdvisoriesPorts {
  /** the store, and the source that it may read; undefined: it may read none (offline) */
  readonly request: Omit<RefreshRequest, 'source'> & { readonly source?: RefreshRequest['source'] };
  readonly emit: Emit;
  readonly report: (failure: RecordFailure) => void;
  /** policy's threshold of how likely an exploit is; undefined: that is never told */
  readonly likelyFrom?: () => Promise<number | undefined>;
  /** told of the feeds whose last good answer is too old, none too */
  readonly stale?: (feeds: readonly { readonly feed: string; readonly text: string }[]) => void;
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
  for (const ecosystem of wanted ?? []) await wantFeed(table, ecosystem, now());
  const ecosystems = wanted ?? (await wantedFeeds(table));
  if (ecosystems.length === 0) return;
  await take(ports, ecosystems);
  for (const ecosystem of ecosystems) await feedTried(table, ecosystem, now());
}

async function take(ports: RefreshAdvisoriesPorts, ecosystems: readonly string[]): Promise<void> {
  const { source } = ports.request;
  if (source === undefined) return;
  const result = await refreshAdvisories({ ...ports.request, source, ecosystems });
  for (const refused of result.refused)
    await ports.emit('FeedRefused', { source: source.describe, text: refused.message });
  ports.stale?.(staleFeeds(await readFeeds(ports.request.table), ports.request.now()));
  await tellAdvisories(ports.request, ports.emit, await ports.likelyFrom?.());
}
