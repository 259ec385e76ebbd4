import { randomUUID } from 'node:crypto';
import { type Item, type Key, keys, type Table } from '#shared/store';

/** What a sweep came to so far, or in the end. */
export interface SweepCounts {
  /** images that registries list, and that run though no list names them */
  readonly listed: number;
  readonly unlisted: number;
  /** images that were read already, or can never be */
  readonly known: number;
  readonly wanted: number;
  readonly postponed: number;
  /** of what was asked for, as listed */
  readonly bytes: number;
  readonly workloads: number;
  /** images that run and are still to be read */
  readonly unreadRunning: number;
  /** images and indexes that are stored; neither tagged nor running; of these, unused for so long that they may go; and gone */
  readonly stored: number;
  readonly unused: number;
  readonly forgettable: number;
  readonly forgotten: number;
  /**
   * rows that were looked at; children without a parent, aged facts of layers, what was over for longer than history is kept, and blobs that nothing pointed
   * to, which were taken away
   */
  readonly rows: number;
  readonly orphans: number;
  readonly facts: number;
  readonly history: number;
  readonly blobs: number;
}

/** Everything at zero. */
export const noCounts: SweepCounts = {
  listed: 0,
  unlisted: 0,
  known: 0,
  wanted: 0,
  postponed: 0,
  bytes: 0,
  workloads: 0,
  unreadRunning: 0,
  stored: 0,
  unused: 0,
  forgettable: 0,
  forgotten: 0,
  rows: 0,
  orphans: 0,
  facts: 0,
  history: 0,
  blobs: 0,
};

/** The sum of both. */
export function add(counts: SweepCounts, more: Partial<SweepCounts>): SweepCounts {
  const sum = { ...counts } as Record<keyof SweepCounts, number>;
  for (const [name, count] of Object.entries(more)) sum[name as keyof SweepCounts] += count;
  return sum;
}

/** What a sweep does, one after the other: first what people wait for. */
export const stages = ['running', 'repositories', 'rest', 'rows', 'blobs'] as const;
export type Stage = (typeof stages)[number];

/** A sweep that is under way, as its row keeps it: whoever comes next goes on behind `after`. */
export interface SweepRun {
  /** when it began, ISO */
  readonly began: string;
  readonly stage: Stage;
  /** the last repository, row or blob that is done with in this stage; absent: none yet */
  readonly after?: string | Key;
  /** until when its turn is somebody's, ISO: nobody else begins one before */
  readonly until: string;
  readonly turns: number;
  readonly counts: SweepCounts;
  /** another one with every note */
  readonly rev: string;
}

/** The sweep that is under way, if there is one. */
export async function readRun(table: Table): Promise<SweepRun | undefined> {
  const row = await table.get(keys.sweepRun(), { consistent: true });
  return row?.run as SweepRun | undefined;
}

/** Notes where it stands if nobody else did since; undefined otherwise. */
export async function writeRun(
  table: Table,
  run: Omit<SweepRun, 'rev'>,
  was: SweepRun | undefined,
): Promise<SweepRun | undefined> {
  const next: SweepRun = { ...run, rev: randomUUID() };
  const item: Item = { ...keys.sweepRun(), run: next, rev: next.rev };
  const result = await table.put(
    item,
    was === undefined ? { absent: true } : { equals: { attribute: 'rev', value: was.rev } },
  );
  return result === 'written' ? next : undefined;
}

/** Says that it is over: if nobody else noted anything since. */
export const endRun = async (table: Table, run: SweepRun): Promise<boolean> =>
  (await table.delete(keys.sweepRun(), { equals: { attribute: 'rev', value: run.rev } })) === 'written';
