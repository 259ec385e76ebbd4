import {
  beat,
  type DrivePorts,
  driveRollout,
  type Pass,
  passMs,
  planProblems,
  type Rollout,
  type RolloutLimits,
} from '#shared/remedy';
import { keys } from '#shared/store';
import type { Emit } from '../emit.ts';

/** What a driver of rollouts needs from outside; the same in Lambda and in the embedded stack. */
export interface DriverPorts extends Omit<DrivePorts, 'moved' | 'ended' | 'limits'> {
  /** read before each pass: a policy's word counts from then on */
  readonly limits?: () => Promise<RolloutLimits>;
  readonly emit: Emit;
}

/**
 * Makes one pass over a rollout and tells what moved: each row's step, and at the end how it went. Whoever calls it decides when to call
 * again; the rows are the truth, so any caller may die and another goes on: it says before and after when it will be heard of again, as the `part`-th.
 */
export function makeDriver(ports: DriverPorts): (rollout: string, part?: number) => Promise<Pass> {
  const { limits, ...rest } = ports;
  return async (rollout, part = 1) => {
    const told = (await ports.table.get(keys.rolloutTold(rollout), { consistent: true })) !== undefined;
    if (!told) await beat(ports.table, rollout, part, new Date(ports.now().getTime() + passMs).toISOString());
    const pass = await driveRollout(
      {
        ...rest,
        ...(limits === undefined ? {} : { limits: await limits() }),
        moved: (move) =>
          ports.emit('RolloutStep', {
            rollout: move.rollout,
            workload: move.workload,
            from: move.from,
            to: move.to,
            reason: move.reason.slice(0, 2_000),
          }),
      },
      rollout,
    );
    // told here and not by the driver's callback: a driver that died after its last write is told for by the next
    if (pass.done && pass.rollout !== undefined && !told) {
      await tellEnd(ports, pass.rollout);
      await ports.table.put({ ...keys.rolloutTold(rollout), at: ports.now().toISOString() });
    }
    if (pass.waitUntil !== undefined) await beat(ports.table, rollout, part, pass.waitUntil);
    return pass;
  };
}

async function tellEnd(ports: DriverPorts, head: Rollout): Promise<void> {
  const text = `${head.state}${head.reason === undefined ? '' : `: ${head.reason}`}`.slice(0, 2_000);
  const problems = await planProblems(ports.table, head.plan, head.problem.key);
  const { rollout, plan } = head;
  // at its own time, however late it is told: what people did since is newer
  const time = head.endedAt ?? ports.now().toISOString();
  const state = head.state === 'verified' ? 'VERIFIED' : 'ROLLED_BACK';
  await ports.emit('RolloutNews', { rollout, problems, state, text }, { id: `${rollout}-news`, time });
  await ports.emit('RolloutEnded', { rollout, plan, state: head.state, text }, { id: `${rollout}-ended`, time });
}
