import { sideBySide } from '#shared/findings';
import type { WorkloadId } from '#shared/fleet';
import { type Item, keys, type Table } from '#shared/store';
import { planProblems } from './plan-store.ts';
import type { Approval, Withdrawal } from './plan-types.ts';
import type { RolloutRow } from './rollout-types.ts';
import { vulnerabilitySet } from './vulnerability-set.ts';

// One item holds the last word about (workload, vulnerability set, remedy): a yes or its withdrawal. The later one stands, in whatever order they
// arrive, so a withdrawal ends a yes, a new yes ends a withdrawal, and a yes that is delivered again ends nothing.

const keep = async (table: Table, word: Approval | Withdrawal, attribute: 'approval' | 'withdrawal'): Promise<void> => {
  const item: Item = {
    ...keys.approval(word.workload, word.vulnerabilities, word.remedy),
    at: word.at,
    [attribute]: word,
  };
  await table.put(item, { olderThan: { attribute: 'at', than: word.at } });
};

/** Keeps a yes, unless something later was said. */
export const keepApproval = (table: Table, approval: Approval): Promise<void> => keep(table, approval, 'approval');

/**
 * A person stopped a repair of a workload or took it back: what was approved is not any more, for every problem that its plan closes, and mode auto does
 * not begin it again either (design decision 14). Write it before what it follows from is marked: a crash in between then withdraws it twice, not never.
 */
export async function withdrawApprovals(
  table: Table,
  row: RolloutRow,
  word: { readonly by: string; readonly at: string; readonly reason: string },
): Promise<void> {
  for (const key of await planProblems(table, row.plan, row.problem.key))
    await keep(
      table,
      {
        workload: row.workload,
        vulnerabilities: vulnerabilitySet({ key }),
        remedy: 'newer',
        by: word.by,
        at: word.at,
        reason: word.reason.slice(0, 500),
        rollout: row.rollout,
        digests: [...new Set(row.containers.flatMap((change) => [change.to, ...change.accepted]))],
      },
      'withdrawal',
    );
}

const atOnce = 16;

/** The last word about each repair of these workloads, in their order. */
async function wordsOf(table: Table, workloads: readonly WorkloadId[]): Promise<Item[]> {
  const found = new Map<WorkloadId, Item[]>();
  await sideBySide(new Set(workloads), atOnce, async (workload) => {
    const { pk, sk } = keys.approval(workload, '', '');
    // what comes before the two empty parts and the '#' between them; no escaped name holds one
    const words: Item[] = [];
    for await (const item of table.query({ pk, prefix: sk.slice(0, -1), consistent: true })) words.push(item);
    found.set(workload, words);
  });
  return [...new Set(workloads)].flatMap((workload) => found.get(workload) ?? []);
}

/** The approvals that were given for workloads and still hold at `now` (ISO). */
export const approvalsOf = async (table: Table, workloads: readonly WorkloadId[], now: string): Promise<Approval[]> =>
  (await wordsOf(table, workloads)).flatMap((item) => {
    const approval = item.approval as Approval | undefined;
    return approval !== undefined && (approval.until === undefined || approval.until > now) ? [approval] : [];
  });

/** What a person stopped or took back on workloads, and nobody has approved since. */
export const withdrawalsOf = async (table: Table, workloads: readonly WorkloadId[]): Promise<Withdrawal[]> =>
  (await wordsOf(table, workloads)).flatMap((item) => (item.withdrawal as Withdrawal | undefined) ?? []);

/** When the approval of a repair was last withdrawn (ISO), by workload; without an entry it was not, or it was approved since. */
export async function withdrawnSince(
  table: Table,
  workloads: readonly WorkloadId[],
  vulnerabilities: string,
): Promise<ReadonlyMap<WorkloadId, string>> {
  const wanted = workloads.map((workload) => keys.approval(workload, vulnerabilities, 'newer'));
  const since = new Map<WorkloadId, string>();
  for (const { withdrawal } of await table.batchGet(wanted, { consistent: true })) {
    const known = withdrawal as Withdrawal | undefined;
    if (known !== undefined) since.set(known.workload, known.at);
  }
  return since;
}
