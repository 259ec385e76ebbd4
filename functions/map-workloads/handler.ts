import { type BusEvent, ecsServiceOf, imageScanned, workloadsTouched } from '#shared/events';
import {
  cataloguesOf,
  childrenOf,
  forgetWorkload,
  keepWorkloads,
  likelihoodOf,
  listProblems,
  listWorkloads,
  type ReconcilePorts,
  readImageHeads,
  readWorkload,
  reconcileProblem,
  reconcileWorkloads,
  tellLateTouches,
  unreconciled,
  type WorkloadChangeSeen,
  workloadsRunning,
  workloadTold,
} from '#shared/findings';
import type { Orchestrator, Workload } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import { referenceIn } from '#shared/oci';
import { contentId, type NotedRollback, noteRollbacks, planProblems, rollbackTold } from '#shared/remedy';
import { keys } from '#shared/store';
import type { Emit } from '../emit.ts';
import { makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

/** What map-workloads needs from outside. */
export interface MapWorkloadsPorts extends ReconcilePorts {
  readonly orchestrator: Orchestrator;
  readonly emit: Emit;
  readonly report: (failure: RecordFailure) => void;
}

/**
 * Keeps workloads, what they run and their problems true: an ECS event re-reads one service, a scanned image or a re-match reconciles
 * those that it touches, the schedule reads the whole fleet. Events only trigger a read.
 */
export function makeMapWorkloads(ports: MapWorkloadsPorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeQueueHandler((event) => handle(ports, event), ports.report);
}

async function handle(ports: MapWorkloadsPorts, event: BusEvent): Promise<void> {
  if (event['detail-type'] === 'ImageScanned') {
    const { digest } = imageScanned.parse(event.detail);
    return reconcileWorkloads(ports, await workloadsRunning(ports.table, digest as Digest));
  }
  if (event['detail-type'] === 'WorkloadsTouched') {
    const { workloads, part } = workloadsTouched.parse(event.detail);
    return reconcileWorkloads(ports, workloads, part);
  }
  if (event['detail-type'] === 'ExploitedChanged') return renewExploited(ports);
  const service = ecsServiceOf(event);
  if (service === undefined) return readFleet(ports);
  await readOne(ports, `${service.account}/${service.region}/${service.cluster}/${service.name}`);
}

async function readOne(ports: MapWorkloadsPorts, id: string): Promise<void> {
  const began = ports.now().toISOString();
  const workload = await ports.orchestrator.describe(id);
  if (workload !== undefined) return keep(ports, [workload]);
  const known = await readWorkload(ports.table, id, { consistent: true });
  if (known !== undefined) await makeTrue(ports, [await forgetWorkload(ports.table, known, began)], []);
}

/** KEV and EPSS join on reading; only KEV's coming and going, and EPSS's crossing of the threshold, are a problem's own news (design decision 6). */
async function renewExploited(ports: MapWorkloadsPorts): Promise<void> {
  await ports.book.manifest({ fresh: true });
  const from = await ports.likelyFrom?.();
  for await (const problem of listProblems(ports.table)) {
    if (problem.state === 'resolved') continue;
    const { kev, epss } = await likelihoodOf(ports.book, [problem.vulnerability, ...problem.aliases]);
    const likely = from !== undefined && (epss?.score ?? 0) >= from;
    if (kev?.dateAdded === problem.kev?.dateAdded && likely === (problem.likely !== undefined)) continue;
    // an exception may end by it
    await reconcileWorkloads(ports, problem.acceptedBy);
    await reconcileProblem(ports, problem.key);
  }
}

/** The full read: part of correctness, because events are best effort (design decision 12). */
async function readFleet(ports: MapWorkloadsPorts): Promise<void> {
  const began = ports.now().toISOString();
  const seen = new Set<string>();
  let read: Workload[] = [];
  for await (const workload of ports.orchestrator.list()) {
    seen.add(workload.id);
    read.push(workload);
    if (read.length < together) continue;
    await keep(ports, read);
    read = [];
  }
  if (read.length > 0) await keep(ports, read);
  const missing: Workload[] = [];
  for await (const known of listWorkloads(ports.table))
    if (!seen.has(known.id) && known.readAt < began) missing.push(known);
  for (const known of missing) await readOne(ports, known.id);
  await ports.table.put({ ...keys.fleetRead(), readAt: began, workloads: seen.size });
  await tellLateTouches(ports, new Date(ports.now().getTime() - patience));
}

/** So long the parts of what a change touches may take before what they have found is told without the rest. */
const patience = 10 * 60 * 1000;

/** How many workloads of a full read are made true together. */
const together = 50;

/** Keeps readings. What a person took back is remembered before anybody can plan by what runs now: mode auto would begin it again in between. */
async function keep(ports: MapWorkloadsPorts, read: readonly Workload[]): Promise<void> {
  const rollbacks = await noteRollbacks(ports.table, read);
  await makeTrue(ports, await keepWorkloads(ports.table, read), rollbacks);
}

/** Reconciles what runs something new, or was cut before its problems were made true, and tells what changed. */
async function makeTrue(
  ports: MapWorkloadsPorts,
  seen: readonly WorkloadChangeSeen[],
  rollbacks: readonly NotedRollback[],
): Promise<void> {
  const open = await unreconciled(
    ports.table,
    seen.map(({ workload }) => workload),
    ports.now(),
    cataloguesOf(await ports.book.manifest()),
  );
  await wantUnread(ports, open);
  await reconcileWorkloads(
    ports,
    open.map((workload) => workload.id),
  );
  for (const rollback of rollbacks) await tellRollback(ports, rollback);
  const changed = seen.filter((each) => each.changed);
  if (changed.length === 0) return;
  await ports.emit('WorkloadsChanged', {
    workloads: changed.map(({ workload, before }) => ({
      id: workload.id,
      runningDigests: workload.runningDigests,
      ...(before === undefined ? {} : { before: before.runningDigests }),
    })),
  });
  for (const { workload } of changed) await workloadTold(ports.table, workload);
}

/** First the bus, then the row: a crash in between tells it twice, as the same event. */
async function tellRollback(ports: MapWorkloadsPorts, rollback: NotedRollback): Promise<void> {
  const { rollout, plan, workload, problem } = rollback.row;
  const problems = await planProblems(ports.table, plan, problem.key);
  const news = { rollout, problems, state: 'ROLLED_BACK', text: rollback.text };
  await ports.emit('RolloutNews', news, { id: contentId('again', [rollout, workload]), time: rollback.since });
  await rollbackTold(ports.table, rollback);
}

/** What runs and was never read is asked for at once, and once for all that run it: unknown is never clean. */
async function wantUnread(ports: MapWorkloadsPorts, workloads: readonly Workload[]): Promise<void> {
  const heads = await readImageHeads(
    ports.table,
    workloads.flatMap(({ runningDigests }) => runningDigests),
  );
  const unread = new Map<
    string,
    { readonly registry: string; readonly repository: string; readonly digest: Digest; readonly why: string }
  >();
  for (const { id, containers } of workloads)
    for (const { digest, image } of containers) {
      if (digest === undefined || heads.has(digest)) continue;
      const named = referenceIn(image);
      // it stays unread, and the fleet's coverage says so
      if (named === undefined) continue;
      const { registry, repository } = named;
      const place = `${registry}/${repository}@${digest}`;
      if (!unread.has(place)) unread.set(place, { registry, repository, digest, why: `runs in ${id}` });
    }
  for (const wanted of unread.values())
    if ((await childrenOf(ports.table, wanted.digest)).length === 0) await ports.emit('ImageWanted', wanted);
}
