import type { Digest } from '#shared/oci';
import { keys, type Table } from '#shared/store';
import { childrenOf } from './exposures.ts';
import { readImageHeads } from './image-head.ts';
import { type ListedImage, type SweepItem, type SweepPolicy, sweepOrder } from './sweep-order.ts';
import { keepUnreadRunning } from './unread-running.ts';
import { listUnreadable } from './unreadable.ts';
import { listWorkloads } from './workloads.ts';

/** What a registry holds. Adapters: the ECR API, and the OCI distribution API. */
export interface RegistryCatalogue {
  images(): AsyncIterable<ListedImage>;
}

/** What sweeping needs. */
export interface SweepPorts {
  readonly table: Table;
  readonly catalogue: RegistryCatalogue;
  readonly policy: () => Promise<SweepPolicy>;
  /** extractor versions of today: what was read by older ones is read again */
  readonly extractors: string;
  readonly now: () => Date;
  readonly want: (item: SweepItem) => Promise<void>;
}

/** What one sweep came to, as `drydock status` and the baseline report tell it. */
export interface SweepReport {
  readonly listed: number;
  readonly wanted: number;
  readonly postponed: number;
  readonly bytes: number;
  /** images that were read already, or can never be */
  readonly known: number;
  readonly workloads: number;
  /** images that run and are still to be read */
  readonly unreadRunning: number;
  /** since when sweeps of this day have found nothing that runs unread, ISO */
  readonly quietSince?: string;
  /** when the whole fleet was last read, ISO; undefined: never yet, so nobody knows what runs */
  readonly fleetReadAt?: string;
  readonly at: string;
}

/**
 * Compares the registry with the store and asks for what is missing: part of correctness, because pushes are told at best effort. Asking
 * twice is harmless. The day's bytes are kept in the day's row, so a second sweep of the day goes on where the first stopped.
 */
export async function sweep(ports: SweepPorts): Promise<SweepReport> {
  const at = ports.now().toISOString();
  const day = keys.sweep(at.slice(0, 10));
  const before = await ports.table.get(day, { consistent: true });
  const used = Number(before?.bytes ?? 0);
  const fleetReadAt = (await ports.table.get(keys.fleetRead(), { consistent: true }))?.readAt;
  const listed: ListedImage[] = [];
  for await (const image of ports.catalogue.images()) listed.push(image);
  const running = new Set<string>();
  let workloads = 0;
  for await (const workload of listWorkloads(ports.table)) {
    workloads += 1;
    for (const digest of workload.runningDigests) running.add(digest);
  }
  const known = await knownDigests(
    ports,
    listed.map((image) => image.digest),
  );
  const order = sweepOrder(listed, running, known, await ports.policy(), used);
  for (const item of order.read) await ports.want(item);
  const unread = order.read.filter((item) => item.turn === 0).map((item) => item.image);
  await keepUnreadRunning(ports.table, unread, at);
  const report: SweepReport = {
    listed: listed.length,
    wanted: order.read.length,
    postponed: order.postponed.length,
    bytes: order.bytes,
    known: known.size,
    workloads,
    unreadRunning: unread.length,
    ...(unread.length > 0 ? {} : { quietSince: typeof before?.quietSince === 'string' ? before.quietSince : at }),
    ...(typeof fleetReadAt === 'string' ? { fleetReadAt } : {}),
    at,
  };
  await ports.table.put({ ...day, ...report, bytes: used + order.bytes });
  return report;
}

/** Digests that today's extractors have read; an index counts when its platform images have been. */
async function knownDigests(ports: SweepPorts, digests: readonly Digest[]): Promise<Set<string>> {
  const known = new Set<string>();
  // what can never be read is asked for again only when it is pushed again
  for await (const { digest } of listUnreadable(ports.table)) if (digest !== undefined) known.add(digest);
  const heads = await readImageHeads(ports.table, digests);
  for (const digest of digests) {
    if (heads.get(digest)?.extractors === ports.extractors) known.add(digest);
    if (heads.has(digest)) continue;
    const children = await childrenOf(ports.table, digest);
    const childHeads = await readImageHeads(ports.table, children);
    const isKnown = (child: Digest): boolean =>
      known.has(child) || childHeads.get(child)?.extractors === ports.extractors;
    if (children.length > 0 && children.every(isKnown)) known.add(digest);
  }
  return known;
}
