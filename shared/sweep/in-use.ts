import { listWorkloads, sideBySide } from '#shared/findings';
import type { Workload } from '#shared/fleet';
import { referenceIn } from '#shared/oci';
import { type ContainerChange, heartbeats, lastRollouts, listPlans, readRow, readRows } from '#shared/remedy';
import { keys, type Table } from '#shared/store';

const atOnce = 16;

/**
 * Every digest that somebody may run though no tag names it: what runs, what definitions name, what a workload ran before (a rollback goes back to it),
 * what rollouts come from and go to while they are under way, what the last one of a workload came from, and what plans that wait for a yes go to.
 */
export async function digestsInUse(table: Table): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  const add = (digests: Iterable<string | undefined>): void => {
    for (const digest of digests) if (digest !== undefined) used.add(digest);
  };
  const ids: string[] = [];
  for await (const workload of listWorkloads(table)) {
    ids.push(workload.id);
    add(ofDefinition(workload));
  }
  await sideBySide(ids, atOnce, async (id) => {
    const { pk } = keys.workloadHistory(id, '');
    for await (const { from } of table.query({ pk, prefix: 'H#', reverse: true, limit: 1, consistent: true }))
      add(Array.isArray(from) ? from.map(String) : []);
  });
  const last = await lastRollouts(table, ids);
  await sideBySide(last, atOnce, async ([workload, rollout]) => {
    const row = await readRow(table, rollout, workload);
    if (row !== undefined) add(ofChanges(row));
  });
  for await (const { rollout } of heartbeats(table))
    for (const row of await readRows(table, rollout)) add(ofChanges(row));
  for await (const { plan } of listPlans(table)) for (const change of plan.changes) add(ofChanges(change));
  return used;
}

const ofDefinition = ({ runningDigests, containers }: Workload): (string | undefined)[] => [
  ...runningDigests,
  ...containers.flatMap(({ digest, image }) => [digest, referenceIn(image)?.digest]),
];

const ofChanges = ({ containers }: { readonly containers: readonly ContainerChange[] }): string[] =>
  containers.flatMap(({ from, to, accepted, leaving }) => [from, to, ...accepted, ...leaving]);
