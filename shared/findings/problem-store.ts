import type { AdvisoryBook } from '#shared/advisories';
import { type Item, indexes, itemSize, keys, packJson, StoreError, type Table, unpackJson } from '#shared/store';
import { likelihoodOf } from './acceptance.ts';
import { problemId } from './exposures.ts';
import { evaluateProblem } from './problem.ts';
import { continued, endedAs } from './succession.ts';
import { type Exposure, type Problem, type ProblemChange, type ProblemKey, severityOrder } from './types.ts';

/** What keeping problems needs. */
export interface ProblemPorts {
  readonly table: Table;
  readonly book: AdvisoryBook;
  /** policy's threshold of how likely an exploit is; undefined: that is never told */
  readonly likelyFrom?: () => Promise<number | undefined>;
  readonly now: () => Date;
  /** true while the silent baseline is taken */
  readonly baseline: () => Promise<boolean>;
  /** puts a change on the bus; may be called again for the same change */
  readonly tell: (change: ProblemChange) => Promise<void>;
}

/** What the caller knows of a problem besides its rows. */
export interface Known {
  /**
   * more will come to it, and it is evaluated again: a problem that nobody knows is kept and left to be told then, with all that it has come to; any other is left
   * as it is
   */
  readonly later?: boolean;
  /** what it goes on in when nothing is left of it */
  readonly heir?: ProblemKey | undefined;
  /** what goes on in it */
  readonly from?: readonly ProblemKey[] | undefined;
}

/**
 * Evaluates one problem from all of its member rows, keeps it and tells what changed. What is to be told stays in the row
 * until `tell` has returned (`owed`): a crash in between tells it again, never not at all. One that goes on under another key hands its story over and ends
 * without a word (see succession.ts).
 */
export async function reconcileProblem(
  ports: ProblemPorts,
  key: ProblemKey,
  withdrawn = false,
  { later = false, heir, from = [] }: Known = {},
): Promise<void> {
  const at = keys.problem(key.finding, key.shard, key.name);
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const item = await ports.table.get(at, { consistent: true });
    const before = item === undefined ? undefined : problemOf(item);
    if (later && before !== undefined) return;
    const pending = pendingOf(item);
    const exposures: Exposure[] = [];
    for await (const member of ports.table.query({ pk: at.pk, prefix: 'W#', consistent: true }))
      exposures.push(member.exposure as Exposure);
    const now = ports.now().toISOString();
    if (heir !== undefined && exposures.length === 0 && isLive(before)) {
      await handOver(ports, before, pending, heir);
      const ended = { problem: endedAs(before, heir, now), transitions: [] };
      if (await keepAndTell(ports, ended, before, later)) return reconcileProblem(ports, heir);
      continue;
    }
    const known = exposures.length === 0 ? before : await withStoryOf(ports.table, key, before, from);
    const facts = {
      key,
      exposures,
      ...(await exploitsOf(ports, exposures)),
      baseline: await ports.baseline(),
      withdrawn,
      now,
    };
    const change =
      evaluateProblem(known, facts, pending) ??
      (known === undefined || known === before
        ? undefined
        : { problem: { ...known, rev: known.rev + 1 }, transitions: pending });
    const problem = change?.problem ?? before;
    if (problem === undefined) return;
    // a change without a transition (one service less) is told too: what was said of the problem is not true any more
    if (change === undefined && (later || (pending.length === 0 && item?.owed !== true))) return;
    const told = { problem, transitions: change?.transitions ?? pending };
    if (await keepAndTell(ports, told, before, later, change !== undefined)) return;
  }
  throw busy(key);
}

/** Keeps a change if nobody else has changed the row since it was read, tells it, and notes that it was told. False: somebody has. */
async function keepAndTell(
  { table, tell, now }: ProblemPorts,
  { problem, transitions }: ProblemChange,
  before: Problem | undefined,
  later: boolean,
  isChanged = true,
): Promise<boolean> {
  const item = problemItem(problem, transitions, now());
  if (isChanged && (await table.put(item, unless(before))) === 'refused') return false;
  if (later) return true;
  await tell({ problem, transitions });
  await table.put(problemItem(problem, [], now(), false), { equals: { attribute: 'rev', value: problem.rev } });
  return true;
}

const unless = (before: Problem | undefined) =>
  before === undefined ? ({ absent: true } as const) : ({ equals: { attribute: 'rev', value: before.rev } } as const);

const pendingOf = (item: Item | undefined): ProblemChange['transitions'] =>
  (item?.pending ?? []) as ProblemChange['transitions'];

const busy = (key: ProblemKey): StoreError =>
  new StoreError(
    'unavailable',
    `the problem ${problemId(key)}`,
    'it is being rewritten all the time; this will be tried again',
  );

const isLive = (problem: Problem | undefined): problem is Problem =>
  problem !== undefined && problem.state !== 'resolved';

/** What stands of a problem, with the story of those that go on in it and still stand. */
async function withStoryOf(
  table: Table,
  key: ProblemKey,
  before: Problem | undefined,
  from: readonly ProblemKey[],
): Promise<Problem | undefined> {
  let known = before;
  for (const old of from) {
    const problem = await readProblem(table, old, { consistent: true });
    if (isLive(problem)) known = continued(known, problem, key);
  }
  return known;
}

/** Writes the story of a problem, and what of it is still to be told, to the one that it goes on in. Safe to repeat. */
async function handOver(
  { table, now }: ProblemPorts,
  old: Problem,
  pending: ProblemChange['transitions'],
  to: ProblemKey,
): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const item = await table.get(keys.problem(to.finding, to.shard, to.name), { consistent: true });
    const own = item === undefined ? undefined : problemOf(item);
    const next = continued(own, old, to);
    const owed = pendingOf(item);
    const more = pending.filter(
      (one) => !owed.some(({ transition, text }) => transition === one.transition && text === one.text),
    );
    const problem = { ...next, rev: next.rev + 1 };
    if ((await table.put(problemItem(problem, [...more, ...owed], now()), unless(own))) === 'written') return;
  }
  throw busy(to);
}

/** What the catalogues say of all that its members are exposed to; how likely an exploit is counts only by policy's threshold. */
async function exploitsOf(
  ports: ProblemPorts,
  exposures: readonly Exposure[],
): Promise<Pick<Parameters<typeof evaluateProblem>[1], 'kev' | 'likelihood'>> {
  const from = await ports.likelyFrom?.();
  const { kev, epss } = await likelihoodOf(
    ports.book,
    exposures.flatMap((exposure) => [exposure.vulnerability, ...exposure.aliases]),
  );
  return { kev, ...(from === undefined || epss === undefined ? {} : { likelihood: { score: epss.score, from } }) };
}

// a problem of thousands of workloads would outgrow the row; small ones stay readable in the database's own console
const plainBytes = 64_000;

function problemItem(problem: Problem, pending: ProblemChange['transitions'], now: Date, owed = true): Item {
  const at = keys.problem(problem.key.finding, problem.key.shard, problem.key.name);
  const rank = String(severityOrder.indexOf(problem.severity.level));
  const open = problem.state === 'resolved' ? '2' : problem.state === 'accepted' ? '1' : '0';
  const plain = { ...problem };
  return {
    ...at,
    problem: itemSize(plain) > plainBytes ? packJson(problem) : plain,
    pending,
    ...(owed ? { owed } : {}),
    rev: problem.rev,
    // whoever lists problems in pages learns by it which may have moved meanwhile
    writtenAt: now.toISOString(),
    ix: indexes.problems,
    ixs: `${open}#${problem.kev === undefined ? 1 : 0}#${rank}#${problemId(problem.key)}`,
  };
}

/** The problem of its row. */
export const problemOf = (item: Item): Problem =>
  (item.problem instanceof Uint8Array ? unpackJson(Buffer.from(item.problem)) : item.problem) as Problem;

/** When the problem of a row came to its end and nobody has to be told any more, ISO; undefined while it is open, accepted, or owes a word. */
export function problemEnd(item: Item): string | undefined {
  if (item.owed === true) return undefined;
  const { state, resolvedAt } = problemOf(item);
  return state === 'resolved' ? resolvedAt : undefined;
}

/** A problem by its key. */
export async function readProblem(
  table: Table,
  key: ProblemKey,
  options: { readonly consistent?: boolean } = {},
): Promise<Problem | undefined> {
  const item = await table.get(keys.problem(key.finding, key.shard, key.name), options);
  return item === undefined ? undefined : problemOf(item);
}
