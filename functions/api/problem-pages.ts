import type { EpssScore } from '#shared/advisories';
import {
  type Exposure,
  exposuresAt,
  exposuresFrom,
  type ListedProblem,
  likelihoodOf,
  type Problem,
  type ProblemKey,
  problemId,
  problemsFrom,
  problemsOf,
  type Risk,
  readProblem,
  riskOfProblem,
} from '#shared/findings';
import type { WorkloadId } from '#shared/fleet';
import { limits } from '#shared/store';
import { cursorOf, notGiven, workloadIn } from './cursor.ts';
import { inParts } from './in-parts.ts';
import { type Page, takePage } from './page.ts';
import type { ApiPorts } from './ports.ts';
import { type Repair, repairsOf } from './repairs.ts';
import { inTwoLooks } from './two-looks.ts';

/** A problem of a list: the first of its workloads, with what is exposed there, and how many there are in all. */
export interface ProblemEntry extends Problem {
  readonly total: { readonly workloads: number; readonly acceptedBy: number };
  readonly epss?: EpssScore;
  readonly risk: Risk;
  readonly exposures: readonly Exposure[];
  /** the plan that is offered for it, else what was last told of its repair */
  readonly repair?: Repair;
}

type Ports = Pick<ApiPorts, 'table' | 'book' | 'now'>;

/** Of a problem of thousands of workloads nobody reads more in a list. */
const mostWorkloads = 20;
const atATime = 20;

/**
 * A page of the problems, the exploited and worst first; with `workload` those that it is a member of, each with what is exposed there and nothing else.
 * What holds of all workloads (counts, reach, use, risk) is of all of them in any page.
 * Promised is what `inTwoLooks` promises: one that becomes worse between two pages may come twice, and none is missed. Throws BadRequest as it does.
 */
export async function problemPage(
  ports: Ports,
  { after, workload }: { readonly after?: string | undefined; readonly workload?: WorkloadId | undefined },
): Promise<{ readonly problems: readonly ProblemEntry[]; readonly next?: string }> {
  const read = (place: string | undefined, since: string | undefined): Promise<Page<ProblemEntry>> => {
    const all =
      workload === undefined ? problemsFrom(ports.table, place) : behind(problemsOf(ports.table, workload), place);
    return takePage(entriesOf(ports, since === undefined ? all : writtenSince(all, since), workload));
  };
  const { entries, ...next } = await inTwoLooks({ list: 'problems', now: ports.now(), placeOf, read }, after);
  return { problems: entries, ...next };
}

/** A place of the order of problems, as it came from outside. Throws BadRequest for what is none. */
function placeOf(text: string): string {
  if (!/^\d#\d#\d/.test(text) || Buffer.byteLength(text) > limits.sk) throw notGiven();
  return text;
}

async function* behind(
  all: Promise<readonly ListedProblem[]>,
  after: string | undefined,
): AsyncIterable<ListedProblem> {
  for (const each of await all) if (after === undefined || each.place > after) yield each;
}

async function* writtenSince(all: AsyncIterable<ListedProblem>, time: string): AsyncIterable<ListedProblem> {
  for await (const each of all) if (each.writtenAt !== undefined && each.writtenAt >= time) yield each;
}

/** Problems as a list shows them; what is exposed is read for several at once. */
async function* entriesOf(
  ports: Ports,
  all: AsyncIterable<ListedProblem>,
  only: WorkloadId | undefined,
): AsyncIterable<{ readonly place: string; readonly entry: ProblemEntry }> {
  for await (const some of inParts(all, atATime)) {
    const cut = some
      .map(({ place, problem }) => ({ place, problem: problem() }))
      .map(({ place, problem }) => ({
        place,
        problem,
        ...shownOf(problem, only),
      }));
    const exposureAt = await exposuresAt(
      ports.table,
      cut.flatMap(({ problem: { key }, workloads, acceptedBy }) =>
        [...workloads, ...acceptedBy].map((workload) => ({ key, workload })),
      ),
    );
    const repairs = await repairsOf(
      ports.table,
      cut.map(({ problem }) => problem.key),
    );
    for (const { place, problem, workloads, acceptedBy } of cut) {
      const repair = repairs.get(problemId(problem.key));
      const exposures = [...workloads, ...acceptedBy].flatMap((workload) => exposureAt(problem.key, workload) ?? []);
      const total = { workloads: problem.workloads.length, acceptedBy: problem.acceptedBy.length };
      const entry = {
        ...problem,
        workloads,
        acceptedBy,
        total,
        ...(await rated(ports, problem)),
        exposures,
        ...(repair === undefined ? {} : { repair }),
      };
      yield { place, entry };
    }
  }
}

/** The workloads that a list names: those that it is open in go before those that accept it. */
function shownOf(
  { workloads, acceptedBy }: Problem,
  only: WorkloadId | undefined,
): Pick<Problem, 'workloads' | 'acceptedBy'> {
  if (only !== undefined)
    return { workloads: workloads.filter((id) => id === only), acceptedBy: acceptedBy.filter((id) => id === only) };
  const open = workloads.slice(0, mostWorkloads);
  return { workloads: open, acceptedBy: acceptedBy.slice(0, mostWorkloads - open.length) };
}

/** EPSS and risk join on reading: a new day's scores move no row (design decision 6). */
async function rated(ports: Ports, entry: Problem): Promise<{ readonly epss?: EpssScore; readonly risk: Risk }> {
  const { epss } = await likelihoodOf(ports.book, [entry.vulnerability, ...entry.aliases]);
  return { ...(epss === undefined ? {} : { epss }), risk: riskOfProblem(entry, epss, ports.now()) };
}

/**
 * A page of all exposures to one problem, by the ids of the workloads; undefined: there is no such problem. Promised: a workload that is exposed from before
 * the first page is asked for until the last has come is in exactly one of them. Throws BadRequest for a cursor that no answer gave.
 */
export async function exposurePage(
  { table }: Ports,
  key: ProblemKey,
  after: string | undefined,
): Promise<{ readonly exposures: readonly Exposure[]; readonly next?: string } | undefined> {
  const place = after === undefined ? undefined : workloadIn('exposures', after);
  if (after === undefined && (await readProblem(table, key)) === undefined) return undefined;
  const { entries, last } = await takePage(placed(exposuresFrom(table, key, place)));
  return { exposures: entries, ...(last === undefined ? {} : { next: cursorOf('exposures', last) }) };
}

async function* placed(
  all: AsyncIterable<Exposure>,
): AsyncIterable<{ readonly place: string; readonly entry: Exposure }> {
  for await (const entry of all) yield { place: entry.workload, entry };
}
