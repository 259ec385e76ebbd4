import type { WorkloadId } from '#shared/fleet';
import {
  type ListedRollout,
  type Rollout,
  type RolloutRow,
  readRollout,
  rolloutsFrom,
  rowsFrom,
  rowsTakenBack,
} from '#shared/remedy';
import type { Table } from '#shared/store';
import { cursorOf, placeIn, workloadIn } from './cursor.ts';
import { eachInTurns } from './in-turns.ts';
import { takePage } from './page.ts';
import { type RolloutView, type RowView, rolloutView, rowView } from './rollout-view.ts';

/** Each costs a read of its own. */
const mostRollouts = 100;
/** Of a rollout of thousands of workloads nobody reads more in a list. */
const mostRows = 20;
const mostBytesOfRows = 100_000;

/**
 * A page of the rollouts, the newest first, each with its first rows (those that a person took back before the others) and how many it has in all. Promised:
 * one that is there from before the first page is asked for until the last has come is in exactly one of them; one that is started meanwhile is in none, it
 * belongs before the first. Throws BadRequest for a cursor that no answer gave.
 */
export async function rolloutPage(
  table: Table,
  after: string | undefined,
): Promise<{ readonly rollouts: readonly RolloutView[]; readonly next?: string }> {
  const all = rolloutsFrom(table, after === undefined ? undefined : placeIn('rollouts', after));
  const entries = eachInTurns(all, async ({ place, rollout }: ListedRollout) => ({
    place,
    entry: rolloutView(rollout, await firstRows(table, rollout.rollout)),
  }));
  const { entries: rollouts, last } = await takePage(entries, { count: mostRollouts });
  return { rollouts, ...(last === undefined ? {} : { next: cursorOf('rollouts', last) }) };
}

/**
 * One rollout with a page of its rows, by the ids of their workloads; undefined: there is no such rollout. Promised: each of its rows, which are all there
 * from its start, is in exactly one page, as it stands when that is read. Throws BadRequest for a cursor that no answer gave.
 */
export async function rowsPage(
  table: Table,
  id: string,
  after: string | undefined,
): Promise<(RolloutView & { readonly head: Rollout; readonly next?: string }) | undefined> {
  const place = after === undefined ? undefined : workloadIn('rollout', after);
  const head = await readRollout(table, id);
  if (head === undefined) return undefined;
  const { entries, last } = await takePage(placed(rowsFrom(table, id, place === undefined ? {} : { after: place })));
  return { ...rolloutView(head, entries), head, ...(last === undefined ? {} : { next: cursorOf('rollout', last) }) };
}

async function firstRows(table: Table, id: string): Promise<readonly RowView[]> {
  const bounds = { bytes: mostBytesOfRows, count: mostRows };
  const first = await takePage(placed(rowsFrom(table, id, { limit: mostRows + 1 })), bounds);
  if (first.last === undefined) return first.entries;
  const back = await takePage(placed(await rowsTakenBack(table, id, mostRows)), bounds);
  const named = new Set(back.entries.map(({ workload }) => workload));
  return [...back.entries, ...first.entries.filter(({ workload }) => !named.has(workload))].slice(0, mostRows);
}

async function* placed(
  rows: AsyncIterable<RolloutRow> | Iterable<RolloutRow>,
): AsyncIterable<{ readonly place: WorkloadId; readonly entry: RowView }> {
  for await (const row of rows) yield { place: row.workload, entry: rowView(row) };
}
