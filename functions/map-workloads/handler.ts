import { type BusEvent, ecsServiceOf, imageScanned, workloadsTouched } from '#shared/events';
import {
  childrenOf,
  forgetWorkload,
  isReconciled,
  keepWorkload,
  listProblems,
  listWorkloads,
  type ReconcilePorts,
  readImageHeads,
  readWorkload,
  reconcileProblem,
  reconcileWorkload,
  type WorkloadChangeSeen,
  workloadsRunning,
} from '#shared/findings';
import type { Orchestrator, Workload } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import { parseReference } from '#shared/oci';
import { noteRollbacks, planProblems } from '#shared/remedy';
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
    for (const id of await workloadsRunning(ports.table, digest as Digest)) await reconcileWorkload(ports, id);
    return;
  }
  if (event['detail-type'] === 'WorkloadsTouched') {
    for (const id of workloadsTouched.parse(event.detail).workloads) await reconcileWorkload(ports, id);
    return;
  }
  if (event['detail-type'] === 'ExploitedChanged') return renewExploited(ports);
  const service = ecsServiceOf(event);
  if (service === undefined) return readFleet(ports);
  await readOne(ports, `${service.account}/${service.region}/${service.cluster}/${service.name}`);
}

async function readOne(ports: MapWorkloadsPorts, id: string): Promise<void> {
  const began = ports.now().toISOString();
  const workload = await ports.orchestrator.describe(id);
  if (workload !== undefined) return keep(ports, await keepWorkload(ports.table, workload));
  const known = await readWorkload(ports.table, id, { consistent: true });
  if (known !== undefined) await keep(ports, await forgetWorkload(ports.table, known, began));
}

/** KEV joins on reading; only its coming and going is a problem's own news (design decision 6). */
async function renewExploited(ports: MapWorkloadsPorts): Promise<void> {
  await ports.book.manifest({ fresh: true });
  for await (const problem of listProblems(ports.table)) {
    if (problem.state === 'resolved') continue;
    const found = await Promise.all([problem.vulnerability, ...problem.aliases].map((id) => ports.book.kev(id)));
    const dateAdded = found.find((entry) => entry !== undefined)?.dateAdded;
    if (dateAdded !== problem.kev?.dateAdded) await reconcileProblem(ports, problem.key);
  }
}

/** The full read: part of correctness, because events are best effort (design decision 12). */
async function readFleet(ports: MapWorkloadsPorts): Promise<void> {
  const began = ports.now().toISOString();
  const seen = new Set<string>();
  for await (const workload of ports.orchestrator.list()) {
    seen.add(workload.id);
    await keep(ports, await keepWorkload(ports.table, workload));
  }
  const missing: Workload[] = [];
  for await (const known of listWorkloads(ports.table))
    if (!seen.has(known.id) && known.readAt < began && known.desired + known.running > 0) missing.push(known);
  for (const known of missing) await readOne(ports, known.id);
  await ports.table.put({ ...keys.fleetRead(), readAt: began, workloads: seen.size });
}

/** Reconciles when what runs changed, or an earlier run was cut before its problems were made true. */
async function keep(ports: MapWorkloadsPorts, seen: WorkloadChangeSeen): Promise<void> {
  const { workload, before } = seen;
  if (!(await isReconciled(ports.table, workload))) {
    await wantUnread(ports, workload);
    await reconcileWorkload(ports, workload.id);
  }
  for (const again of await noteRollbacks(ports.table, [workload])) {
    const problems = await planProblems(ports.table, again.row.plan, again.row.problem.key);
    await ports.emit('RolloutNews', { rollout: again.row.rollout, problems, state: 'ROLLED_BACK', text: again.text });
  }
  if (!seen.changed) return;
  const news = {
    id: workload.id,
    runningDigests: workload.runningDigests,
    ...(before === undefined ? {} : { before: before.runningDigests }),
  };
  await ports.emit('WorkloadsChanged', { workloads: [news] });
}

/** What runs and was never read is asked for at once: unknown is never clean. */
async function wantUnread(ports: MapWorkloadsPorts, workload: Workload): Promise<void> {
  const heads = await readImageHeads(ports.table, workload.runningDigests);
  for (const container of workload.containers) {
    if (
      container.digest === undefined ||
      heads.has(container.digest) ||
      (await childrenOf(ports.table, container.digest)).length > 0
    )
      continue;
    const { registry, repository } = parseReference(container.image);
    await ports.emit('ImageWanted', { registry, repository, digest: container.digest, why: `runs in ${workload.id}` });
  }
}
