import { Refused, Retryable, WorkloadGone } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import { withdrawApprovals } from './approvals.ts';
import type { DrivePorts } from './drive-ports.ts';
import type { Stop } from './gate.ts';
import { next } from './next.ts';
import { holdDown, readRow, takeWorkload, writeRow } from './rollout-store.ts';
import {
  type InventoryAnswer,
  isEnd,
  type Observation,
  type RolloutLimits,
  type RolloutRow,
  type RolloutState,
  type Step,
} from './rollout-types.ts';

/** What looking at one row came to: when to look again, or nothing if it has ended. */
type Looked = string | undefined;

// From planned to the first wait are four steps; more in one pass means that something turns in circles.
const mostSteps = 10;

/** What a row's workload looks like now, and what the inventories of its images say where that can decide. */
export async function observe(ports: DrivePorts, row: RolloutRow): Promise<Observation> {
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
export async function advance(ports: DrivePorts, first: RolloutRow, limits: RolloutLimits): Promise<Looked> {
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
export async function stopRow(
  ports: DrivePorts,
  row: RolloutRow,
  stop: Stop,
  limits: RolloutLimits,
): Promise<undefined> {
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
