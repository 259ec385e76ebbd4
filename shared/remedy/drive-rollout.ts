import { type Orchestrator, Refused, Retryable, WorkloadGone } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import type { Table } from '#shared/store';
import { withdrawApprovals } from './approvals.ts';
import { type Gate, gate, type Stop } from './gate.ts';
import { next } from './next.ts';
import type { PlanProblem } from './plan-types.ts';
import { holdDown, readRollout, readRow, readRows, takeWorkload, writeRollout, writeRow } from './rollout-store.ts';
import {
  defaultLimits,
  type InventoryAnswer,
  isEnd,
  type Observation,
  type Rollout,
  type RolloutLimits,
  type RolloutRow,
  type RolloutState,
  type Step,
} from './rollout-types.ts';

/** Says what the inventory of an image holds; answered from what was read of the image's own layers, never from the rollout's own records. */
export interface ProofPort {
  /** `digest` is as the orchestrator reported it: an index or a platform image */
  inventoryHas(digest: Digest, problem: PlanProblem): Promise<InventoryAnswer>;
}

/** A row's way from one state to another, as it goes to the bus. */
export interface RolloutMoved {
  readonly rollout: string;
  readonly plan: string;
  readonly workload: string;
  readonly from: RolloutState;
  readonly to: RolloutState;
  readonly reason: string;
}

/** What driving a rollout needs. */
export interface DrivePorts {
  readonly table: Table;
  readonly orchestrator: Orchestrator;
  readonly proof: ProofPort;
  readonly now: () => Date;
  /** a name that no other living driver has; a driver that died may come back under its own and goes on at once */
  readonly driver: string;
  readonly limits?: RolloutLimits;
  /** rows looked at at once */
  readonly concurrency?: number;
  /** told after the write, so a crash may lose it: the rows are the truth */
  readonly moved?: (move: RolloutMoved) => Promise<void>;
  readonly ended?: (rollout: Rollout) => Promise<void>;
  /** who changed a workload last, where something knows (CloudTrail) */
  readonly actor?: (workload: string) => Promise<string | undefined>;
}

/** What one pass over a rollout came to. */
export interface Pass {
  readonly done: boolean;
  /** when something may have changed, ISO; absent when done */
  readonly waitUntil?: string;
  readonly rollout?: Rollout;
  /** a dry run's answer: what would be done now, by workload */
  readonly would?: readonly { readonly workload: string; readonly step: Step }[];
}

/** What looking at one row came to: when to look again, or nothing if it has ended. */
type Looked = string | undefined;

// From planned to the first wait are four steps; more in one pass means that something turns in circles.
const mostSteps = 10;
/** While the next wave waits for its time, a rollout is looked at after so many poll times. */
const bakingPolls = 4;

/**
 * One pass over a rollout's rows: observes each that may move, asks `next`, does what it says, until every row waits or has ended. Any number of drivers
 * may run it, at any time, again after any crash: an intent is written before its effect, every write is conditional on the revision read, and every
 * effect finds its earlier self. Errors of one row do not keep the others; what is not retryable is thrown at the end.
 */
export async function driveRollout(
  ports: DrivePorts,
  rollout: string,
  options: { readonly dryRun?: boolean } = {},
): Promise<Pass> {
  const limits = ports.limits ?? defaultLimits;
  const head = await readRollout(ports.table, rollout);
  if (head === undefined) return { done: true };
  if (head.state !== 'running') return { done: true, rollout: head };
  if (options.dryRun === true) return dryRun(ports, head, limits);
  // a row that ends may open the next wave, stop the others or end the whole, so it is looked at again; an endless circle is not possible
  for (let round = head.workloads + 2; ; round--) {
    const current = (await readRollout(ports.table, rollout)) ?? head;
    const rows = await readRows(ports.table, rollout);
    const door = gate(current, rows, ports.now(), limits);
    if (door.ended !== undefined) return finish(ports, current, rows, door.ended);
    const { waits, ended } = await oneRound(ports, rows, door, limits);
    if (ended === 0 || round <= 0) {
      const soon = new Date(ports.now().getTime() + limits.pollMs).toISOString();
      return { done: false, waitUntil: waits.sort()[0] ?? soon, rollout: current };
    }
  }
}

async function oneRound(
  ports: DrivePorts,
  rows: readonly RolloutRow[],
  door: Gate,
  limits: RolloutLimits,
): Promise<{ readonly waits: string[]; readonly ended: number }> {
  // while waves bake nothing is due, but a person's stop or rollback is to be seen soon
  const look = new Date(ports.now().getTime() + bakingPolls * limits.pollMs).toISOString();
  const waits = door.until === undefined ? [] : [door.until < look ? door.until : look];
  const errors: unknown[] = [];
  let ended = 0;
  await eachOf(
    rows.filter(
      (row) => !isEnd(row.state) && (row.state !== 'planned' || row.wave === door.open || door.stop !== undefined),
    ),
    ports.concurrency ?? 8,
    async (row) => {
      try {
        const begun = row.state === 'updating' || row.state === 'reverting';
        const until =
          door.stop !== undefined && !begun
            ? await stopRow(ports, row, door.stop, limits)
            : await advance(ports, row, limits);
        if (until === undefined) ended++;
        else waits.push(until);
      } catch (error) {
        errors.push(error);
      }
    },
  );
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1)
    throw new AggregateError(
      errors,
      `${errors.length} workloads of rollout ${rows[0]?.rollout ?? ''} could not be driven`,
    );
  return { waits, ended };
}

async function eachOf<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

async function dryRun(ports: DrivePorts, head: Rollout, limits: RolloutLimits): Promise<Pass> {
  const rows = await readRows(ports.table, head.rollout);
  const door = gate(head, rows, ports.now(), limits);
  const would: { workload: string; step: Step }[] = [];
  for (const row of rows)
    if (!isEnd(row.state) && (row.state !== 'planned' || row.wave === door.open))
      would.push({ workload: row.workload, step: next(row, await observe(ports, row), ports.now(), limits) });
  return { done: door.ended !== undefined, rollout: head, would };
}

async function finish(
  ports: DrivePorts,
  head: Rollout,
  rows: readonly RolloutRow[],
  ended: { readonly state: Rollout['state']; readonly reason: string },
): Promise<Pass> {
  const counts: Partial<Record<RolloutState, number>> = {};
  for (const row of rows) counts[row.state] = (counts[row.state] ?? 0) + 1;
  const done: Rollout = {
    ...head,
    state: ended.state,
    reason: ended.reason,
    endedAt: ports.now().toISOString(),
    counts,
    rev: head.rev + 1,
  };
  if (await writeRollout(ports.table, done, head.rev)) {
    await ports.ended?.(done);
    return { done: true, rollout: done };
  }
  const now = await readRollout(ports.table, head.rollout);
  // refused by somebody's stop, not by another driver's end: look again
  if (now?.state === 'running') return { done: false, waitUntil: ports.now().toISOString(), rollout: now };
  return now === undefined ? { done: true } : { done: true, rollout: now };
}

async function observe(ports: DrivePorts, row: RolloutRow): Promise<Observation> {
  const workload = (await ports.orchestrator.describe(row.workload)) ?? 'gone';
  if (workload === 'gone' || row.state !== 'updating') return { workload, inventory: {} };
  const accepted = new Set<Digest>(row.containers.flatMap((change) => change.accepted));
  const inventory: Record<string, InventoryAnswer> = {};
  // the inventories are asked for when they can decide: once everything else is as planned
  if (workload.deployment.state === 'completed' && workload.deployment.id === row.deployment)
    for (const digest of workload.runningDigests)
      if (accepted.has(digest)) inventory[digest] = await ports.proof.inventoryHas(digest, row.problem);
  const strange = row.deployment !== undefined && workload.deployment.id !== row.deployment;
  const actor = strange ? await ports.actor?.(row.workload) : undefined;
  return { workload, inventory, ...(actor === undefined ? {} : { actor }) };
}

/** Takes one row as far as it goes now. */
async function advance(ports: DrivePorts, first: RolloutRow, limits: RolloutLimits): Promise<Looked> {
  const soon = (): string => new Date(ports.now().getTime() + limits.pollMs).toISOString();
  let row = first;
  for (let steps = 0; steps < mostSteps; steps++) {
    if (isEnd(row.state)) return undefined;
    try {
      const step = next(row, await observe(ports, row), ports.now(), limits);
      if (step.kind === 'wait') return step.until;
      const claim = row.claim;
      const effect = step.kind === 'register' || step.kind === 'update';
      if (effect && claim !== undefined && claim.driver !== ports.driver && claim.until > ports.now().toISOString())
        return claim.until;
      if (effect && !(await takeWorkload(ports.table, row.workload, row.rollout))) return soon();
      const done = await perform(ports, row, step, limits);
      row = done ?? (await readRow(ports.table, row.rollout, row.workload)) ?? row;
    } catch (error) {
      if (error instanceof Retryable) return soon();
      if (!(error instanceof Refused) && !(error instanceof WorkloadGone)) throw error;
      // the row is read again: the intent may have been written before the call was refused
      const current = (await readRow(ports.table, row.rollout, row.workload)) ?? row;
      if (isEnd(current.state)) return undefined;
      const ended = move(ports, current, error instanceof WorkloadGone ? 'skipped' : 'failed', error.message);
      row = (await commit(ports, current, ended)) ?? (await readRow(ports.table, row.rollout, row.workload)) ?? row;
    }
  }
  return soon();
}

/** Does a step; the row as written, or undefined when another driver wrote it first. */
async function perform(
  ports: DrivePorts,
  row: RolloutRow,
  step: Exclude<Step, { kind: 'wait' }>,
  limits: RolloutLimits,
): Promise<RolloutRow | undefined> {
  const { orchestrator } = ports;
  const claim = { driver: ports.driver, until: new Date(ports.now().getTime() + limits.claimMs).toISOString() };
  switch (step.kind) {
    case 'mark':
    case 'rollback': {
      const since = ports.now().toISOString();
      for (const hold of step.holds)
        await holdDown(ports.table, { ...hold, workload: row.workload, rollout: row.rollout, since });
      // only people end a row that way once it was begun: they win, and what they stopped needs a new yes
      if (step.kind === 'mark' && step.state === 'stopped')
        await withdrawApprovals(ports.table, row, {
          by: step.holds[0]?.by ?? 'somebody',
          at: since,
          reason: step.reason,
        });
      if (step.kind === 'mark') return commit(ports, row, move(ports, row, step.state, step.reason));
      return commit(ports, row, {
        ...move(ports, row, 'reverting', step.why),
        revert: { why: step.why, before: row.deployment ?? row.previous?.deployment ?? '' },
      });
    }
    case 'verify':
      return commit(ports, row, { ...move(ports, row, 'verified', step.proof.how), proof: step.proof });
    case 'register': {
      const intent = await commit(ports, row, { ...row, rev: row.rev + 1, claim });
      if (intent === undefined) return undefined;
      const definition = await orchestrator.register(
        { workload: row.workload, changeId: step.changeId, images: step.images },
        step.from,
      );
      if (step.purpose === 'revert' && intent.revert !== undefined)
        return commit(ports, intent, {
          ...without(intent),
          rev: intent.rev + 1,
          revert: { ...intent.revert, definition },
        });
      return commit(ports, intent, {
        ...without(move(ports, intent, 'registered', step.why)),
        definition,
        previous: { definition: step.from, deployment: step.before },
      });
    }
    case 'update': {
      const change = { workload: row.workload, changeId: step.changeId, images: {} };
      const how = { force: step.force, knownDeploymentBefore: step.before };
      const begun =
        step.purpose === 'revert' || row.state === 'updating'
          ? { ...row, rev: row.rev + 1 }
          : move(ports, row, 'updating', step.why);
      const intent = await commit(ports, row, {
        ...begun,
        claim,
        ...(step.purpose === 'revert'
          ? {}
          : { definition: step.definition, previous: { definition: step.standsOn, deployment: step.before } }),
      });
      if (intent === undefined) return undefined;
      const { deploymentId } = await orchestrator.update(change, step.definition, how);
      if (deploymentId === '' || deploymentId === step.before)
        throw new Retryable(`workload ${row.workload}`, 'the orchestrator did not say which deployment it started');
      const known = { ...without(intent), rev: intent.rev + 1 };
      return commit(
        ports,
        intent,
        step.purpose === 'revert' && known.revert !== undefined
          ? { ...known, revert: { ...known.revert, deployment: deploymentId } }
          : { ...known, deployment: deploymentId },
      );
    }
  }
}

const without = ({ claim: _, ...row }: RolloutRow): RolloutRow => row;

function move(ports: DrivePorts, row: RolloutRow, to: RolloutState, why: string): RolloutRow {
  const at = ports.now().toISOString();
  return {
    ...without(row),
    state: to,
    reason: why,
    since: at,
    rev: row.rev + 1,
    history: [...row.history, { at, from: row.state, to, why }].slice(-30),
  };
}

async function commit(ports: DrivePorts, was: RolloutRow, row: RolloutRow): Promise<RolloutRow | undefined> {
  if (!(await writeRow(ports.table, row, was.rev))) return undefined;
  if (was.state !== row.state)
    await ports.moved?.({
      rollout: row.rollout,
      plan: row.plan,
      workload: row.workload,
      from: was.state,
      to: row.state,
      reason: row.reason ?? '',
    });
  return row;
}

/**
 * Ends a row before its turn. Whatever the next event offers must not begin again what was just stopped: a person's no withdraws the approval here too, and
 * images that failed elsewhere are held down here, so that they are not tried on one service after the other.
 */
async function stopRow(ports: DrivePorts, row: RolloutRow, stop: Stop, limits: RolloutLimits): Promise<undefined> {
  const since = ports.now().toISOString();
  const reason = `not begun: ${stop.why}`;
  if (stop.person !== undefined)
    await withdrawApprovals(ports.table, row, { by: stop.person.by, at: stop.person.at ?? since, reason });
  else if (stop.failedThere)
    for (const { to } of row.containers)
      await holdDown(ports.table, {
        workload: row.workload,
        digest: to,
        kind: 'failed',
        reason,
        rollout: row.rollout,
        since,
        until: new Date(ports.now().getTime() + limits.holdFailedMs).toISOString(),
      });
  await commit(ports, row, move(ports, row, 'stopped', reason));
}
