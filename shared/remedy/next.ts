import { contentId } from './content-id.ts';
import { pinnedName, splitImageName } from './image-name.ts';
import type { ContainerChange } from './plan-types.ts';
import { isEnd, type Observation, type RolloutLimits, type RolloutRow, type Step } from './rollout-types.ts';
import { age, holds, mark, rollback, type Situation, wait } from './situation.ts';
import { verifyRow } from './verify-row.ts';

/**
 * The next step of one workload's row, from what is seen of it (design decision 13). Pure: drivers in Lambda, on this machine and in tests do the same. People
 * win: whatever is there that is not ours ends the row, and is remembered if it took our change back.
 */
export function next(row: RolloutRow, observation: Observation, now: Date, limits: RolloutLimits): Step {
  if (isEnd(row.state)) return wait({ now, limits }, `it has ended: ${row.state}`);
  if (observation.workload === 'gone') return mark('skipped', 'the workload is gone');
  const situation: Situation = { row, workload: observation.workload, observation, now, limits };
  switch (row.state) {
    case 'planned':
      return fromPlanned(situation);
    case 'registered':
      return fromRegistered(situation);
    case 'updating':
      return fromUpdating(situation);
    default:
      return fromReverting(situation);
  }
}

function fromPlanned(situation: Situation): Step {
  const { row, workload } = situation;
  const stop = beforeTouching(situation);
  if (stop !== undefined) return stop;
  const before = workload.deployment.id;
  if (row.how === 'force')
    return {
      kind: 'update',
      purpose: 'change',
      changeId: contentId('dep', [row.rollout, row.workload]),
      definition: workload.definition,
      force: true,
      before,
      standsOn: workload.definition,
      why: `its tag means ${row.containers.map((one) => one.to.slice(0, 19)).join(', ')} by now`,
    };
  const images = Object.fromEntries(row.containers.map((one) => [one.container, one.reference]));
  return {
    kind: 'register',
    purpose: 'change',
    // workloads that share a definition and get the same images share the copy
    changeId: contentId('chg', [row.rollout, workload.definition, images]),
    from: workload.definition,
    before,
    images,
    why: `a copy of ${workload.definition} with the clean image`,
  };
}

function fromRegistered(situation: Situation): Step {
  const { row, workload } = situation;
  const previous = row.previous;
  if (previous === undefined || row.definition === undefined)
    return mark('planned', 'the row does not say what it was copied from; begun again');
  if (workload.definition !== previous.definition || workload.deployment.id !== previous.deployment)
    return mark('planned', 'the workload changed since its definition was copied; its new one is copied instead');
  return beforeTouching(situation) ?? updateStep(row, row.definition, previous);
}

const updateStep = (
  row: RolloutRow,
  definition: string,
  previous: { readonly definition: string; readonly deployment: string },
): Step => ({
  kind: 'update',
  purpose: 'change',
  changeId: contentId('dep', [row.rollout, row.workload]),
  definition,
  force: row.how === 'force',
  before: previous.deployment,
  standsOn: previous.definition,
  why: `from ${previous.definition} to ${definition}`,
});

function fromUpdating(situation: Situation): Step {
  const { row, workload, limits } = situation;
  const { deployment } = workload;
  const { previous, definition: target } = row;
  if (previous === undefined || target === undefined)
    return mark('failed', 'the row does not say what it was to become; look at the workload');
  const taken = takenBack(situation, previous, target);
  if (taken !== undefined) return taken;
  if (row.deployment === undefined) {
    const untouched = deployment.id === previous.deployment;
    // the call was made before somebody crashed, or never: the orchestrator finds out which
    return untouched || deployment.definition === target
      ? updateStep(row, target, previous)
      : person(situation, target);
  }
  if (deployment.id === row.deployment) {
    if (deployment.definition !== target) return person(situation, target);
    if (deployment.state === 'completed') return verifyRow(situation);
    if (deployment.state === 'failed')
      return rollback(situation, `the deployment failed: ${deployment.reason ?? 'no reason given'}`);
    if (age(situation) > limits.deploymentMs)
      return rollback(situation, `the deployment was not done after ${Math.round(limits.deploymentMs / 60_000)} min`);
    return wait(situation, `the deployment is ${deployment.state}`);
  }
  if (deployment.id === previous.deployment) return vanished(situation);
  return person(situation, target);
}

/** Our deployment is not there and the one before it is: a late answer at first, then the orchestrator's own doing, because a person's would have a new id. */
function vanished(situation: Situation): Step {
  if (age(situation) <= situation.limits.settleMs) return wait(situation, 'the new deployment is not to be seen yet');
  const reason = 'the orchestrator went back to the deployment that was there before';
  return mark('failed', reason, holds(situation, 'failed', reason));
}

/** A deployment of ours that was cut short, by ECS or by a person; undefined when it was not. */
function takenBack(
  situation: Situation,
  previous: { readonly definition: string; readonly deployment: string },
  target: string,
): Step | undefined {
  const { row, workload } = situation;
  const { deployment } = workload;
  const { interrupted } = deployment;
  // what was interrupted before our deployment began is not about it
  if (
    deployment.id === previous.deployment &&
    (row.deployment === undefined || age(situation) <= situation.limits.settleMs)
  )
    return undefined;
  if (deployment.definition !== target && deployment.definition !== previous.definition) return undefined;
  if (interrupted === undefined && deployment.state !== 'rolled-back') return undefined;
  if (interrupted?.by === 'person') {
    const reason = `REVERTED_BY: somebody had the deployment ${interrupted.how === 'stop' ? 'stopped' : 'rolled back'} (seen ${workload.readAt})`;
    return mark('stopped', reason, holds(situation, 'person', reason));
  }
  if (deployment.state === 'in-progress') return wait(situation, 'the orchestrator is cutting it short');
  if (deployment.state !== 'rolled-back' && deployment.state !== 'completed') return undefined;
  const reason = `the orchestrator rolled it back to ${deployment.definition}: ${deployment.reason ?? 'no reason given'}`;
  return mark('failed', reason, holds(situation, 'failed', reason));
}

/** Somebody else's deployment where ours should be: not fought; remembered if it undoes what we did. */
function person(situation: Situation, target: string): Step {
  const { row, workload, observation } = situation;
  const { deployment } = workload;
  const old = row.containers.some((change) => {
    const digest = workload.containers.find((one) => one.name === change.container)?.digest;
    return digest !== undefined && change.leaving.includes(digest);
  });
  const who = observation.actor ?? 'somebody';
  const seen = `deployment ${deployment.id} on ${deployment.definition}, seen ${workload.readAt}`;
  if (deployment.definition === target && !old)
    return mark(
      'stopped',
      `OVERTAKEN_BY: ${who} deployed the same definition again (${seen}); its digests were not proven by this rollout`,
    );
  const reason = `REVERTED_BY: ${who} (${seen})`;
  return mark('stopped', reason, holds(situation, 'person', reason));
}

const oldName = ({ image, from }: ContainerChange): string =>
  pinnedName(splitImageName(image).name, splitImageName(image).tag, from);

function fromReverting(situation: Situation): Step {
  const { row, workload, limits } = situation;
  const { deployment } = workload;
  const { revert, previous } = row;
  if (revert === undefined || previous === undefined)
    return mark('failed', 'the row does not say what to go back to; look at the workload');
  const itself = deployment.interrupted?.how === 'rollback' || deployment.state === 'rolled-back';
  if (itself && revert.deployment === undefined && deployment.id !== previous.deployment) {
    if (deployment.interrupted?.by === 'person') return person(situation, row.definition ?? '');
    if (deployment.state === 'rolled-back' || deployment.state === 'completed')
      return mark('reverted', `${revert.why}; the orchestrator had rolled it back by itself`);
    if (deployment.state === 'in-progress' && age(situation) <= limits.revertMs)
      return wait(situation, 'the orchestrator is rolling it back by itself');
  }
  const target = row.how === 'register' ? previous.definition : revert.definition;
  if (target === undefined) {
    const images = Object.fromEntries(row.containers.map((one) => [one.container, oldName(one)]));
    return {
      kind: 'register',
      purpose: 'revert',
      changeId: contentId('undo', [row.rollout, previous.definition, images]),
      from: previous.definition,
      before: revert.before,
      images,
      why: 'the tag means the new image by now: the way back names the old digest',
    };
  }
  if (deployment.definition === target && deployment.state === 'completed') return mark('reverted', revert.why);
  if (revert.deployment === undefined) {
    if (deployment.id !== revert.before && deployment.definition !== target)
      return person(situation, row.definition ?? '');
    return {
      kind: 'update',
      purpose: 'revert',
      changeId: contentId('back', [row.rollout, row.workload]),
      definition: target,
      force: false,
      before: revert.before,
      standsOn: row.definition ?? previous.definition,
      why: revert.why,
    };
  }
  if (deployment.id === revert.deployment && deployment.state === 'failed')
    return mark(
      'failed',
      `${revert.why}; and the way back failed too: ${deployment.reason ?? 'no reason given'}. A person must look at it now`,
    );
  if (deployment.id !== revert.deployment && deployment.id !== revert.before)
    return person(situation, row.definition ?? '');
  if (age(situation) > limits.revertMs)
    return mark(
      'failed',
      `${revert.why}; and the way back is not done after ${Math.round(limits.revertMs / 60_000)} min. A person must look at it now`,
    );
  return wait(situation, `going back: the deployment is ${deployment.state}`);
}

/** What keeps us from touching the workload now; undefined when it stands still and the plan still holds for it. */
function beforeTouching(situation: Situation): Step | undefined {
  const { workload } = situation;
  if (workload.notChangeable !== undefined) return mark('skipped', `it cannot be changed: ${workload.notChangeable}`);
  if (workload.mode === 'observe') return mark('skipped', 'its owner has set its mode to observe');
  // while a deployment goes on, the containers are those of where it goes, which it may never reach
  const busy = busyWith(situation);
  if (busy !== undefined) return busy;
  const moot = changedSincePlan(situation);
  return moot === undefined ? undefined : mark('skipped', moot);
}

/** Why there is nothing to do for this workload any more; undefined when the plan still holds. */
function changedSincePlan({ row, workload }: Situation): string | undefined {
  for (const change of row.containers) {
    const container = workload.containers.find((one) => one.name === change.container);
    if (container === undefined) return `it has no container ${change.container} any more; plan again`;
    if (container.digest !== undefined && change.accepted.includes(container.digest))
      return `${change.container} runs the planned image already`;
    if (container.digest !== undefined && !change.leaving.includes(container.digest))
      return `${change.container} runs ${container.digest.slice(0, 19)}, which is not what the plan was made for; plan again`;
    if ((container.digest === undefined || row.how === 'force') && container.image !== change.image)
      return `the definition of ${change.container} names another image than the plan was made for; plan again`;
  }
  return undefined;
}

/** Waits for somebody else's deployment, or gives up on it; undefined when the workload stands still. */
function busyWith(situation: Situation): Step | undefined {
  const { workload, limits } = situation;
  const { deployment } = workload;
  const still = (deployment.state === 'completed' || deployment.state === 'rolled-back') && deployment.count <= 1;
  if (still) return undefined;
  const why = `another deployment (${deployment.id}) is ${deployment.state}; nothing is put on top of it`;
  // a row of a late wave has been planned for long; its patience begins when it first finds somebody there
  if (situation.row.state === 'planned' && situation.row.reason === undefined) return mark('planned', why);
  return age(situation) > limits.busyMs ? mark('failed', `nothing was changed: ${why}`) : wait(situation, why);
}
