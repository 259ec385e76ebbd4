import { type Digest, InvalidReference, parseReference } from '#shared/oci';
import { keys, type Table } from '#shared/store';
import { childrenOf } from './exposures.ts';
import { readImageHeads } from './image-head.ts';
import { sideBySide } from './side-by-side.ts';
import { assumedBytes, type ListedImage, type SweepItem, type SweepPolicy, sweepOrder } from './sweep-order.ts';
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
  /** images that run and that no list names */
  readonly unlisted: number;
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
 * Compares the registry, and what runs, with the store and asks for what is missing: part of correctness, because pushes are told at best effort.
 * Asking twice is harmless. The day's bytes are kept in the day's row as they are asked for, so a sweep that was cut, and a second one of the day, go on
 * within the same budget.
 */
export async function sweep(ports: SweepPorts): Promise<SweepReport> {
  const at = ports.now().toISOString();
  const day = keys.sweep(at.slice(0, 10));
  const before = await ports.table.get(day, { consistent: true });
  const used = Number(before?.bytes ?? 0);
  const fleetReadAt = (await ports.table.get(keys.fleetRead(), { consistent: true }))?.readAt;
  const listed: ListedImage[] = [];
  for await (const image of ports.catalogue.images()) listed.push(image);
  const { running, unlisted, workloads } = await whatRuns(ports.table, listed);
  const all = [...listed, ...unlisted];
  const known = await knownDigests(
    ports,
    all.map((image) => image.digest),
  );
  const order = sweepOrder(all, running, known, await ports.policy(), used);
  let asked = used;
  for (const [at, item] of order.read.entries()) {
    await ports.want(item);
    asked += item.image.bytes ?? assumedBytes;
    if (at % checkpoint === checkpoint - 1) await ports.table.put({ ...before, ...day, bytes: asked });
  }
  const unread = order.read.filter((item) => item.turn === 0).map((item) => item.image);
  await keepUnreadRunning(ports.table, unread, at);
  const report: SweepReport = {
    listed: listed.length,
    unlisted: unlisted.length,
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

/** How many images are asked for between two notes of the day's bytes. */
const checkpoint = 100;

/**
 * What runs, and of it what no list names: another registry's images, and those that were deleted under the services that run them. They are watched for
 * as long as they run, and asked for like the others when today's extractors have not read them.
 */
async function whatRuns(
  table: Table,
  listed: readonly ListedImage[],
): Promise<{
  readonly running: ReadonlySet<string>;
  readonly unlisted: readonly ListedImage[];
  readonly workloads: number;
}> {
  const names = new Set<string>(listed.map((image) => image.digest));
  const running = new Set<string>();
  const unlisted = new Map<string, ListedImage>();
  let workloads = 0;
  for await (const { runningDigests, containers } of listWorkloads(table)) {
    workloads += 1;
    for (const digest of runningDigests) running.add(digest);
    for (const { digest, image } of containers) {
      if (digest === undefined || names.has(digest) || unlisted.has(digest) || !running.has(digest)) continue;
      const place = placeOf(image);
      if (place !== undefined) unlisted.set(digest, { ...place, digest, tags: [] });
    }
  }
  return { running, unlisted: [...unlisted.values()], workloads };
}

function placeOf(image: string): Pick<ListedImage, 'registry' | 'repository'> | undefined {
  try {
    const { registry, repository } = parseReference(image);
    return { registry, repository };
  } catch (error) {
    if (error instanceof InvalidReference) return undefined;
    throw error;
  }
}

const headsAtOnce = 1_000;
const queriesAtOnce = 16;

/** Digests that today's extractors have read; an index counts when its platform images have been. */
async function knownDigests(ports: SweepPorts, digests: readonly Digest[]): Promise<Set<string>> {
  const known = new Set<string>();
  // what can never be read is asked for again only when it is pushed again
  for await (const { digest } of listUnreadable(ports.table)) if (digest !== undefined) known.add(digest);
  for (let from = 0; from < digests.length; from += headsAtOnce) {
    const some = digests.slice(from, from + headsAtOnce);
    const heads = await readImageHeads(ports.table, some);
    for (const digest of some) if (heads.get(digest)?.extractors === ports.extractors) known.add(digest);
    const headless = some.filter((digest) => !heads.has(digest));
    await sideBySide(headless, queriesAtOnce, async (digest) => {
      const children = await childrenOf(ports.table, digest);
      const childHeads = await readImageHeads(ports.table, children);
      const isKnown = (child: Digest): boolean =>
        known.has(child) || childHeads.get(child)?.extractors === ports.extractors;
      if (children.length > 0 && children.every(isKnown)) known.add(digest);
    });
  }
  return known;
}
