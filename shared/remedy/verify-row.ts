import type { Digest } from '#shared/oci';
import type { InventoryAnswer, Proof, Step } from './rollout-types.ts';
import { age, holds, mark, rollback, type Situation, wait } from './situation.ts';

/**
 * Whether a completed deployment of ours did what it was for (design decision 17): the planned digests run and nothing else does, as many as there should
 * be, and the vulnerability is absent from their inventory. Waits for stragglers and missing inventories, then says what is missing.
 */
export function verifyRow(situation: Situation): Step {
  const { row, workload, observation, limits } = situation;
  const patient = (why: string): Step =>
    age(situation) > limits.deploymentMs + limits.proofMs ? mark('failed', `not proven: ${why}`) : wait(situation, why);
  for (const change of row.containers) {
    const digest = workload.containers.find((one) => one.name === change.container)?.digest;
    if (digest === undefined || change.accepted.includes(digest)) continue;
    // what we started runs something that nobody planned: a tag that was pushed again in between
    if (!change.leaving.includes(digest))
      return rollback(
        situation,
        `${change.container} got ${digest.slice(0, 19)}, which was not planned: ${change.image} was pushed again`,
      );
    const reason = `the deployment brought ${change.container} the old image again: ${change.image} does not mean the planned one`;
    return mark('failed', reason, holds(situation, 'failed', reason));
  }
  if (workload.running !== workload.desired) return patient(`${workload.running} of ${workload.desired} tasks run`);
  const running = workload.runningDigests;
  const accepted = new Set<Digest>(row.containers.flatMap((change) => change.accepted));
  const leaving = new Set<Digest>(row.containers.flatMap((change) => change.leaving));
  const changing = new Set(row.containers.map((change) => change.container));
  const beside = new Set(
    workload.containers.flatMap((one) => (changing.has(one.name) || one.digest === undefined ? [] : [one.digest])),
  );
  const old = running.filter((digest) => leaving.has(digest) && !accepted.has(digest) && !beside.has(digest));
  if (old.length > 0)
    return patient(`tasks of the old image still run (${old.join(', ')}); protected ones may stay for up to 48 h`);
  const foreign = running.filter((digest) => !accepted.has(digest) && !beside.has(digest));
  if (foreign.length > 0) return patient(`something runs that was not planned: ${foreign.join(', ')}`);
  const planned = running.filter((digest) => accepted.has(digest));
  if (workload.desired > 0) {
    const unseen = row.containers.find((change) => !planned.some((digest) => change.accepted.includes(digest)));
    if (unseen !== undefined) return patient(`the digest that ${unseen.container} runs is not known yet`);
  }
  const inventories = planned.map((digest) => ({ digest, ...answerFor(observation.inventory, digest) }));
  const present = inventories.find((one) => one.answer === 'present');
  if (present !== undefined)
    return mark('failed', `${row.problem.vulnerability} is in what runs now too (${present.digest}): ${present.why}`);
  const unknown = inventories.find((one) => one.answer === 'unknown');
  if (unknown !== undefined) return patient(`the inventory of ${unknown.digest} is not known: ${unknown.why}`);
  return { kind: 'verify', proof: recordProof(situation, inventories) };
}

const answerFor = (inventory: Readonly<Record<string, InventoryAnswer>>, digest: Digest): InventoryAnswer =>
  (Object.hasOwn(inventory, digest) ? inventory[digest] : undefined) ?? {
    answer: 'unknown',
    why: 'it was not asked for',
  };

/** The proof of what was observed; call it only when everything in it holds. */
export function recordProof(
  { row, workload, now }: Pick<Situation, 'row' | 'workload' | 'now'>,
  inventories: Proof['inventories'],
): Proof {
  return {
    schemaVersion: 1,
    rollout: row.rollout,
    plan: row.plan,
    workload: row.workload,
    vulnerability: row.problem.vulnerability,
    package: row.problem.package,
    definition: workload.deployment.definition,
    deployment: workload.deployment.id,
    digests: workload.runningDigests,
    desired: workload.desired,
    running: workload.running,
    inventories,
    how:
      workload.desired === 0
        ? 'the deployment is completed and nothing is to run; the definition is the planned one'
        : `the orchestrator reports the deployment completed with ${workload.running} of ${workload.desired} tasks; every running digest is a planned one, and its inventory, read from its own layers, was judged`,
    observedAt: workload.readAt,
    provedAt: now.toISOString(),
  };
}
