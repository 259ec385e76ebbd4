import { keys, type Table } from '#shared/store';
import { readRun, type Stage } from './run.ts';
import type { SweepReport } from './sweep.ts';

/** The last sweep that ended, and whether one is under way. */
export async function sweepState(
  table: Table,
): Promise<{ readonly last?: SweepReport; readonly underWay?: { readonly began: string; readonly stage: Stage } }> {
  const run = await readRun(table);
  const last = (await table.get(keys.sweepDone()))?.report as SweepReport | undefined;
  return {
    ...(last === undefined ? {} : { last }),
    ...(run === undefined ? {} : { underWay: { began: run.began, stage: run.stage } }),
  };
}
