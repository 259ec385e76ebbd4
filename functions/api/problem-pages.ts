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
import { cursorOf, notGiven, partsOf, workloadIn } from './cursor.ts';
import { inParts } from './in-parts.ts';
import { takePage } from './page.ts';
import type { ApiPorts } from './ports.ts';
import { type Repair, repairsOf } from './repairs.ts';

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
/** clocks disagree by seconds, and the index may be as late */
const slackMs = 60_000;

/**
 * A page of the problems, the exploited and worst first; with `workload` those that it is a member of, each with what is exposed there and nothing else.
 * What holds of all workloads (counts, reach, use, risk) is of all of them in any page.
 *
 * Promised: a problem that is there from before the first page is asked for until the last has come is in at least one of them. One that becomes worse
 * between two pages may pass over to a page that was given already, so behind the last one comes a second look: all that was written since the first page
 * (and up to a minute before it) once more. So one may come twice, and the later entry is the newer. What moves again while a second look of several pages
 * is taken may be missed in this listing, not in the next. Throws BadRequest for a cursor that no answer gave.
 */
export async function problemPage(
  ports: Ports,
  { after, workload }: { readonly after?: string | undefined; readonly workload?: WorkloadId | undefined },
): Promise<{ readonly problems: readonly ProblemEntry[]; readonly next?: string }> {
  const { began, look, place } = after === undefined ? first(ports.now()) : standOf(after);
  const all =
    workload === undefined ? problemsFrom(ports.table, place) : behind(problemsOf(ports.table, workload), place);
  const since = new Date(began.getTime() - slackMs).toISOString();
  const listed = look === 'first' ? all : writtenSince(all, since);
  const { entries, last } = await takePage(entriesOf(ports, listed, workload));
  if (last !== undefined) return { problems: entries, next: cursorOf('problems', began.toISOString(), look, last) };
  // what is whole in one page cannot have moved between two
  if (look === 'second' || after === undefined) return { problems: entries };
  return { problems: entries, next: cursorOf('problems', began.toISOString(), 'second', '') };
}

interface Stand {
  readonly began: Date;
  readonly look: 'first' | 'second';
  /** behind which place it goes on */
  readonly place: string | undefined;
}

const first = (now: Date): Stand => ({ began: now, look: 'first', place: undefined });

function standOf(cursor: string): Stand {
  const [time = '', look, place = ''] = partsOf('problems', cursor, 3);
  const began = new Date(time);
  const isPlace = /^\d#\d#\d/.test(place) || (look === 'second' && place === '');
  const fits = Buffer.byteLength(place) <= limits.sk;
  if (!Number.isFinite(began.getTime()) || (look !== 'first' && look !== 'second') || !isPlace || !fits)
    throw notGiven();
  return { began, look, place: place === '' ? undefined : place };
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
