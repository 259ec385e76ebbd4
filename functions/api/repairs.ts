import { repairsTold } from '#shared/alerts';
import type { ProblemKey } from '#shared/findings';
import { offeredFor } from '#shared/remedy';
import type { Table } from '#shared/store';

/** What is being done about a problem: the plan or the rollout, by its id. */
export interface Repair {
  readonly state: 'PLANNED' | 'ROLLING' | 'VERIFIED' | 'ROLLED_BACK';
  readonly id: string;
  readonly approvable: boolean;
}

/** What is being done about each of these problems, by `problemId`: a plan that is offered now, else what its alert says of the repair. */
export async function repairsOf(table: Table, problems: readonly ProblemKey[]): Promise<ReadonlyMap<string, Repair>> {
  const told = [...(await repairsTold(table, problems))].map(
    ([problem, { state, id, approvable }]) => [problem, { state, id, approvable }] as const,
  );
  const offered = [...(await offeredFor(table, problems))].map(
    ([problem, plan]) => [problem, { state: 'PLANNED', ...plan }] as const,
  );
  return new Map<string, Repair>([...told, ...offered]);
}
