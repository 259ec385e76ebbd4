import {
  cveListFeed,
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
  const { source, cves, ...request } = ports.request;
  if (source !== undefined) {
    await take(ports, { ...request, source, ecosystems });
    // after the rest, which must not wait for hundreds of megabytes; what is wanted for the first time is not told before it is rated
    if (cves !== undefined && (wanted === undefined || (await readFeeds(table))[cveListFeed] === undefined))
      await take(ports, { ...withoutDocuments(request), source, ecosystems: [], cves });
    ports.stale?.(staleFeeds(await readFeeds(table), now()));
  }
  for (const ecosystem of ecosystems) await feedTried(table, ecosystem, now());
}

const withoutDocuments = ({
  kev: _kev,
  epss: _epss,
  endOfLife: _endOfLife,
  ...rest
}: Omit<RefreshRequest, 'source'>): Omit<RefreshRequest, 'source'> => rest;

async function take(ports: RefreshAdvisoriesPorts, request: RefreshRequest): Promise<void> {
  const result = await refreshAdvisories(request);
  for (const refused of result.refused)
    await ports.emit('FeedRefused', { source: request.source.describe, text: refused.message });
  await tellAdvisories(request, ports.emit, await ports.likelyFrom?.());
}
