import type { AdvisoryBook } from '#shared/advisories';
import { type Item, indexes, itemSize, keys, packJson, StoreError, type Table, unpackJson } from '#shared/store';
import { likelihoodOf } from './acceptance.ts';
import { problemId } from './exposures.ts';
import { evaluateProblem } from './problem.ts';
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

/**
 * Evaluates one problem from all of its member rows, keeps it and tells what changed. What is to be told stays in the row
 * until `tell` has returned (`owed`): a crash in between tells it again, never not at all.
 *
 * @param options.later the caller knows of more that will come to it and evaluates it again: a problem that nobody knows is kept and left to be told
 *   then, with all that it has come to; any other is left as it is
 */
export async function reconcileProblem(
  ports: ProblemPorts,
  key: ProblemKey,
  withdrawn = false,
  { later = false }: { readonly later?: boolean } = {},
): Promise<void> {
  const at = keys.problem(key.finding, key.shard, key.name);
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const item = await ports.table.get(at, { consistent: true });
    const before = item === undefined ? undefined : problemOf(item);
    if (later && before !== undefined) return;
    const pending = (item?.pending ?? []) as ProblemChange['transitions'];
    const exposures: Exposure[] = [];
    for await (const member of ports.table.query({ pk: at.pk, prefix: 'W#', consistent: true }))
      exposures.push(member.exposure as Exposure);
    const facts = {
      key,
      exposures,
      ...(await exploitsOf(ports, exposures)),
      baseline: await ports.baseline(),
      withdrawn,
      now: ports.now().toISOString(),
    };
    const change = evaluateProblem(before, facts, pending);
    const problem = change?.problem ?? before;
    if (problem === undefined) return;
    const untold = change?.transitions ?? pending;
    if (change !== undefined) {
      const result = await ports.table.put(
        problemItem(problem, untold),
        before === undefined ? { absent: true } : { equals: { attribute: 'rev', value: before.rev } },
      );
      if (result === 'refused') continue;
    }
    if (later) return;
    // a change without a transition (one service less) is told too: what was said of the problem is not true any more
    if (change === undefined && untold.length === 0 && item?.owed !== true) return;
    await ports.tell({ problem, transitions: untold });
    await ports.table.put(problemItem(problem, [], false), { equals: { attribute: 'rev', value: problem.rev } });
    return;
  }
  throw new StoreError(
    'unavailable',
    `the problem ${problemId(key)}`,
    'it is being rewritten all the time; this will be tried again',
  );
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

function problemItem(problem: Problem, pending: ProblemChange['transitions'], owed = true): Item {
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
    ix: indexes.problems,
    ixs: `${open}#${problem.kev === undefined ? 1 : 0}#${rank}#${problemId(problem.key)}`,
  };
}

const problemOf = (item: Item): Problem =>
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

/** The exposures of a problem, one per workload. */
export async function readExposures(table: Table, key: ProblemKey): Promise<Exposure[]> {
  const exposures: Exposure[] = [];
  for await (const item of table.query({ pk: keys.problem(key.finding, key.shard, key.name).pk, prefix: 'W#' }))
    exposures.push(item.exposure as Exposure);
  return exposures;
}

/** Open problems first, the exploited and worst first, for screens. */
export async function* listProblems(table: Table): AsyncIterable<Problem> {
  for await (const item of table.list(indexes.problems)) yield problemOf(item);
}
