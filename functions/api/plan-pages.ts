import { type ListedPlan, type PlanRecord, plansFrom, readPlan, shortPlan } from '#shared/remedy';
import type { Table } from '#shared/store';
import { cursorOf, notGiven, partsOf, placeIn } from './cursor.ts';
import { takePage } from './page.ts';
import { type PlanView, planView } from './plan-view.ts';

const mostPlans = 100;
const mostProblems = 20;

/**
 * A page of the plans that are offered, the newest first, each with the first of all that it names and how many there are in all; its reasons are those of
 * the changes that it shows. Promised: one that is offered from before the first page is asked for until the last has come is in exactly one of them; one
 * that is offered meanwhile is in none, it belongs before the first. Throws BadRequest for a cursor that no answer gave.
 */
export async function planPage(
  table: Table,
  after: string | undefined,
): Promise<{ readonly plans: readonly PlanView[]; readonly next?: string }> {
  const all = plansFrom(table, after === undefined ? undefined : placeIn('plans', after));
  const { entries, last } = await takePage(viewed(all), { count: mostPlans });
  return { plans: entries, ...(last === undefined ? {} : { next: cursorOf('plans', last) }) };
}

async function* viewed(
  all: AsyncIterable<ListedPlan>,
): AsyncIterable<{ readonly place: string; readonly entry: PlanView }> {
  for await (const listed of all) yield { place: listed.place, entry: planView(listed, listed, mostProblems) };
}

/** A plan as a list shows it. */
export const shortView = (record: PlanRecord): PlanView => planView(shortPlan(record.plan), record, mostProblems);

const lists = ['changes', 'unhelped', 'closes', 'remaining', 'rejected', 'reasons', 'problems'] as const;
type Named = Pick<PlanView, (typeof lists)[number]>;
type Piece = {
  readonly [Name in keyof Named]: { readonly name: Name; readonly entry: Named[Name][number] };
}[keyof Named];

/**
 * One plan, whatever became of it, with a page of all that it names: one list after the other, so that each page has a part of one or several of them, and
 * all pages together have all of each. undefined: there is no such plan. A plan is known by what it holds, so its pages are of one state; only `problems`
 * may be others when it is offered anew in between. Throws BadRequest for a cursor that no answer gave.
 */
export async function wholePlanPage(
  table: Table,
  id: string,
  after: string | undefined,
): Promise<(PlanView & { readonly next?: string }) | undefined> {
  const begin = after === undefined ? 0 : numberIn(after) + 1;
  const record = await readPlan(table, id);
  if (record === undefined) return undefined;
  const view = planView({ ...shortPlan(record.plan), plan: record.plan }, record);
  const { entries, last } = await takePage(piecesOf(view, begin), { count: Number.POSITIVE_INFINITY });
  const of = <Name extends keyof Named>(name: Name): Named[Name] =>
    entries.filter((piece) => piece.name === name).map(({ entry }) => entry) as Named[Name];
  const page = Object.fromEntries(lists.map((name) => [name, of(name)])) as Named;
  return { ...view, ...page, ...(last === undefined ? {} : { next: cursorOf('plan', last) }) };
}

async function* piecesOf(view: Named, begin: number): AsyncIterable<{ readonly place: string; readonly entry: Piece }> {
  const all = lists.flatMap((name) => view[name].map((entry) => ({ name, entry }) as Piece));
  for (const [at, entry] of all.entries()) if (at >= begin) yield { place: String(at), entry };
}

function numberIn(cursor: string): number {
  const [text = ''] = partsOf('plan', cursor, 1);
  if (!/^\d{1,9}$/.test(text)) throw notGiven();
  return Number(text);
}
