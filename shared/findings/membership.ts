import { isDeepStrictEqual } from 'node:util';
import type { Exposed, Workload, WorkloadId } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import { type Item, keys, packJson, type Table, unpackJson } from '#shared/store';
import { headsOfAll, problemId, type WorkloadExposure } from './exposures.ts';
import type { ImageHead, ProblemKey } from './types.ts';

/** What the problems of a workload were made from, and which they are: the workload's own list of where it is written down. */
export interface Membership {
  /** what ran when it was made; undefined: never made, or a change of it is under way (or was cut) */
  readonly digests?: readonly Digest[];
  /** problems in which a row of the workload stands, or may stand while a change is under way */
  readonly members: readonly {
    readonly key: ProblemKey;
    readonly digests: readonly Digest[];
    /** what people call it */
    readonly vulnerability: string;
  }[];
  /** package sets from which an edge leads to the workload, or may lead */
  readonly sets: readonly string[];
  /** the day, or moment, with which the first of its exceptions ends */
  readonly acceptedUntil?: string;
  /** the catalogues that its exceptions were asked about, when some end by what KEV or EPSS say */
  readonly catalogues?: string;
  /** from where the workload could be reached, which is written at its problems and may end its exceptions */
  readonly exposed?: Exposed;
}

/** A membership as it was read; `rev` 0 when there was none. */
export interface ReadMembership {
  readonly membership: Membership;
  readonly rev: number;
}

/** Reads what is written down of a workload's problems. */
export async function readMembership(table: Table, id: WorkloadId): Promise<ReadMembership> {
  return asRead(await table.get(keys.workloadProblems(id), { consistent: true }));
}

/** The same for many, by workload. */
export async function readMemberships(
  table: Table,
  ids: readonly WorkloadId[],
): Promise<(id: WorkloadId) => ReadMembership> {
  const items = await table.batchGet(ids.map(keys.workloadProblems), { consistent: true });
  const byKey = new Map(items.map((item) => [item.pk, item]));
  return (id) => asRead(byKey.get(keys.workloadProblems(id).pk));
}

const asRead = (item: Item | undefined): ReadMembership => ({
  membership:
    item?.membership instanceof Uint8Array
      ? (unpackJson(Buffer.from(item.membership)) as Membership)
      : { members: [], sets: [] },
  rev: typeof item?.rev === 'number' ? item.rev : 0,
});

/** Writes it if nobody else did since it was read; undefined otherwise. Returns what stands then. */
export async function writeMembership(
  table: Table,
  id: WorkloadId,
  membership: Membership,
  was: ReadMembership,
): Promise<ReadMembership | undefined> {
  if (isDeepStrictEqual(membership, was.membership)) return was;
  const rev = was.rev + 1;
  const item: Item = { ...keys.workloadProblems(id), membership: packJson(membership), rev };
  const result = await table.put(
    item,
    was.rev === 0 ? { olderThan: { attribute: 'rev', than: 1 } } : { equals: { attribute: 'rev', value: was.rev } },
  );
  return result === 'written' ? { membership, rev } : undefined;
}

/** What a workload's list says of one problem. */
export const memberOf = ({
  key,
  exposure: { digests, vulnerability },
}: WorkloadExposure): Membership['members'][number] => ({ key, digests, vulnerability });

/** The membership that says what is true now. */
export function settledMembership(
  workload: Pick<Workload, 'runningDigests' | 'exposed'> | undefined,
  exposures: readonly WorkloadExposure[],
  heads: readonly ImageHead[],
  catalogues: string,
): Membership {
  const accepted = exposures.flatMap(({ exposure }) => exposure.accepted ?? []);
  const first = accepted.flatMap(({ lastDay }) => lastDay ?? []).sort()[0];
  const exposed = workload?.exposed;
  return {
    digests: workload?.runningDigests ?? [],
    members: exposures.map(memberOf).sort((a, b) => (problemId(a.key) < problemId(b.key) ? -1 : 1)),
    sets: setsOf(heads),
    ...(first === undefined ? {} : { acceptedUntil: first }),
    ...(accepted.some(({ byCatalogue }) => byCatalogue === true) ? { catalogues } : {}),
    ...(exposed === undefined ? {} : { exposed }),
  };
}

/** The sets of all images that run. */
export const setsOf = (heads: readonly ImageHead[]): string[] =>
  [...new Set(heads.flatMap((head) => head.sets))].sort();

/** Whether anything is written down elsewhere of a workload: its rows at problems, and edges from package sets. */
export async function isWrittenDown(table: Table, id: WorkloadId): Promise<boolean> {
  const { members, sets } = (await readMembership(table, id)).membership;
  return members.length + sets.length > 0;
}

/** The problems that a workload is a member of now, open or accepted. */
export const problemsOfWorkload = async (table: Table, id: WorkloadId): Promise<ProblemKey[]> =>
  (await readMembership(table, id)).membership.members.map((member) => member.key);

/**
 * Those of the workloads whose problems are not known to be true for what they run now: they run something else or are reached from elsewhere, one of their images was read
 * meanwhile, an exception has ended or may have by newer catalogues (see cataloguesOf), or there was a crash in the middle.
 */
export async function unreconciled(
  table: Table,
  workloads: readonly Workload[],
  now: Date,
  catalogues?: string,
): Promise<Workload[]> {
  const membershipOf = await readMemberships(
    table,
    workloads.map(({ id }) => id),
  );
  const setsAsKept = new Map<WorkloadId, readonly string[]>();
  for (const workload of workloads) {
    const { membership } = membershipOf(workload.id);
    if (saysWhatRuns(membership, workload, now, catalogues)) setsAsKept.set(workload.id, [...membership.sets].sort());
  }
  const headsOf = await headsOfAll(
    table,
    workloads.flatMap(({ id, runningDigests }) => (setsAsKept.has(id) ? runningDigests : [])),
  );
  return workloads.filter(
    ({ id, runningDigests }) => !isDeepStrictEqual(setsAsKept.get(id), setsOf(headsOf(runningDigests))),
  );
}

/** Whether a membership was made from what runs now, as far as it says by itself. */
function saysWhatRuns(membership: Membership, workload: Workload, now: Date, catalogues: string | undefined): boolean {
  const { digests, exposed, acceptedUntil } = membership;
  if (digests === undefined || !isDeepStrictEqual([...digests].sort(), [...workload.runningDigests].sort()))
    return false;
  if (digests.length > 0 && !isDeepStrictEqual(exposed, workload.exposed)) return false;
  if (acceptedUntil !== undefined && now.toISOString().slice(0, acceptedUntil.length) > acceptedUntil) return false;
  return membership.catalogues === undefined || catalogues === undefined || membership.catalogues === catalogues;
}
