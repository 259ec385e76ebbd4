import { createHash, randomUUID } from 'node:crypto';
import type { WorkloadId } from '#shared/fleet';
import { type Item, keys, type Table } from '#shared/store';
import { problemId } from './exposures.ts';
import type { ProblemKey } from './types.ts';

/** A part of the workloads that one change touches; several may be worked on at once. */
export interface TouchPart {
  /** known by what changed, so that the same change said twice is one */
  readonly touch: string;
  /** known by its workloads */
  readonly part: string;
}

/** A problem that a workload came to, left, or has otherwise than before. */
export interface TouchedProblem {
  readonly key: ProblemKey;
  /** of a workload that left it: whether that runs the same images as before, so that the advisories let it go; undefined: it is in it */
  readonly withdrawn: boolean | undefined;
  /** of one that a workload left: the one that it goes on in */
  readonly heir?: ProblemKey | undefined;
  /** of one that a workload has now: those that it left which go on in it */
  readonly from?: readonly ProblemKey[] | undefined;
}

/** As many workloads as one message names: far below an event's size, and worked off in some seconds. */
const perMessage = 500;

/**
 * Cuts what a change touches into parts, and keeps which of them are to be done before anybody is told to do them: whoever does the last tells the
 * problems, once, with all that they have come to. What fits one message needs no such notes. `change` names what changed, the same at every repetition.
 */
export async function beginTouch(
  table: Table,
  change: readonly unknown[],
  workloads: readonly WorkloadId[],
  now: Date,
  perPart = perMessage,
): Promise<readonly { readonly workloads: readonly WorkloadId[]; readonly part?: TouchPart }[]> {
  if (workloads.length <= perPart) return workloads.length === 0 ? [] : [{ workloads }];
  const touch = hashOf(change);
  const parts = [];
  for (let from = 0; from < workloads.length; from += perPart) {
    const some = workloads.slice(from, from + perPart);
    parts.push({ workloads: some, part: { touch, part: hashOf(some) } });
  }
  for (const { part } of parts)
    await table.put({ ...keys.touchPart(part.touch, part.part), at: now.toISOString(), open: part });
  return parts;
}

const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);

/** Several touches of one problem as one. Withdrawn: of all that left it, none left by running something else. */
export function joinTouched(touched: Iterable<TouchedProblem>): ReadonlyMap<string, TouchedProblem> {
  const problems = new Map<string, TouchedProblem>();
  for (const { key, withdrawn, ...next } of touched) {
    const id = problemId(key);
    const before = problems.get(id);
    const known = before?.withdrawn;
    const both = known === undefined ? withdrawn : withdrawn === undefined ? known : known && withdrawn;
    problems.set(id, {
      key,
      withdrawn: both,
      heir: before?.heir ?? next.heir,
      from: joinKeys(before?.from, next.from),
    });
  }
  return problems;
}

function joinKeys(some: TouchedProblem['from'], others: TouchedProblem['from']): TouchedProblem['from'] {
  if (some === undefined || others === undefined) return some ?? others;
  return [...new Map([...some, ...others].map((key) => [problemId(key), key])).values()];
}

/** Keeps the problems that a part touched, before any of its workloads says that its problems are true: from now on the touch owes their evaluation. */
export async function keepTouched(
  table: Table,
  { touch, part }: TouchPart,
  touched: ReadonlyMap<string, TouchedProblem>,
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  // rows of its own: whoever tells takes away what it has read, and never what a repeated message has put there since
  const run = `${part}#${randomUUID()}`;
  await table.batchWrite(
    [...touched].map(([id, { key, withdrawn, heir, from }]) => ({
      ...keys.touchedProblem(touch, hashOf(id), run),
      at,
      touched: {
        key,
        ...(withdrawn === undefined ? {} : { withdrawn }),
        ...(heir === undefined ? {} : { heir }),
        ...(from === undefined ? {} : { from }),
      },
    })),
  );
}

/** Says that a part was done. Returns whether it was the last. */
export async function endPart(table: Table, { touch, part }: TouchPart): Promise<boolean> {
  await table.delete(keys.touchPart(touch, part));
  for await (const _open of table.query({ ...keys.touchParts(touch), limit: 1, consistent: true })) return false;
  return true;
}

/** What a touch owes: each problem once, with the rows that say so. */
export async function owedBy(
  table: Table,
  touch: string,
): Promise<readonly (TouchedProblem & { readonly rows: readonly Item[] })[]> {
  const rows: { readonly item: Item; readonly touched: TouchedProblem }[] = [];
  for await (const item of table.query({ ...keys.touchedProblems(touch), consistent: true })) {
    const touched = item.touched as Partial<TouchedProblem> & Pick<TouchedProblem, 'key'>;
    rows.push({ item, touched: { ...touched, withdrawn: touched.withdrawn } });
  }
  const byProblem = Map.groupBy(rows, ({ touched }) => problemId(touched.key));
  return [...joinTouched(rows.map(({ touched }) => touched))].map(([id, touched]) => ({
    ...touched,
    rows: (byProblem.get(id) ?? []).map(({ item }) => item),
  }));
}

/** Touches whose first note is older than `before`: a message of theirs was lost or given up. */
export async function lateTouches(table: Table, before: Date): Promise<readonly string[]> {
  const first = new Map<string, string>();
  for await (const { sk, at } of table.query({ pk: keys.touchPart('', '').pk, consistent: true })) {
    const touch = sk.slice(0, sk.indexOf('#'));
    const known = first.get(touch);
    if (known === undefined || String(at) < known) first.set(touch, String(at));
  }
  return [...first].filter(([, at]) => at < before.toISOString()).map(([touch]) => touch);
}

/** Forgets which parts of a touch are open: nobody waits for them any more. */
export async function forgetParts(table: Table, touch: string): Promise<void> {
  const open: Item[] = [];
  for await (const item of table.query({ ...keys.touchParts(touch), consistent: true })) open.push(item);
  await table.batchWrite([], open);
}
