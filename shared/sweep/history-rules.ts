import { isWrittenDown, problemEnd, problemsOfWorkload, type Unreadable, workloadGone } from '#shared/findings';
import type { Workload } from '#shared/fleet';
import {
  type Approval,
  forgetRollout,
  provesSomething,
  type Rollout,
  type RolloutRow,
  vulnerabilitySet,
  type Withdrawal,
} from '#shared/remedy';
import { type Item, type Key, keys, type Table } from '#shared/store';

/**
 * How a kind of row is known to be history: something that happened, or came to its end, and that nothing rests on any more. It goes when it has been
 * over for as many days as policy keeps history. What is open has no end, and so never goes.
 */
export interface HistoryRule {
  /** since when it is over, ISO; undefined: it goes on */
  readonly overSince: (item: Item) => string | undefined;
  /** the attribute that differs in every writing; absent: the row is written once, and is the same whenever it is written again */
  readonly token?: string;
  /** rows of which any keeps it, if it is there and `keeps` says so */
  readonly keepers?: (item: Item) => readonly Key[];
  readonly keeps?: (keeper: Item) => boolean;
  /** whether something rests on it that only reading more can tell; asked last, consistently */
  readonly needed?: (table: Table, item: Item) => Promise<boolean>;
  /** takes it away with what belongs to it, the row itself last; returns how many rows went. Absent: it goes alone */
  readonly forget?: (table: Table, item: Item) => Promise<number>;
  /** goes after the days for which policy keeps what nobody uses, if these are fewer: there may be many of it */
  readonly unused?: true;
}

const isDay = /^\d{4}-\d{2}-\d{2}$/;
const dayMs = 24 * 60 * 60_000;

/** The end of a day, from which on nothing new is written into its partition. */
const endOfDay = (day: string): string | undefined => {
  const begins = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(begins) ? undefined : new Date(begins + dayMs).toISOString();
};

/**
 * What keeps an event's row: its rollout and its plan, since it is proof of what was done and allowed, and the problem that it tells the beginning of. What a
 * problem came to later, which is without end for one that nobody mends, stands in its own row as far as people read it.
 */
function toldOf({ event }: Item): readonly Key[] {
  const { detail = {} } = (event ?? {}) as { readonly detail?: Readonly<Record<string, unknown>> };
  const { rollout, plan, key, transitions } = detail;
  const begins = Array.isArray(transitions) && transitions.some(({ transition }) => transition === 'NEW');
  const { finding, shard, name } = (key ?? {}) as Readonly<Record<string, unknown>>;
  return [
    ...(typeof rollout === 'string' ? [keys.rollout(rollout)] : []),
    ...(typeof plan === 'string' ? [keys.plan(plan)] : []),
    ...(begins && typeof finding === 'string' ? [keys.problem(finding, String(shard), String(name))] : []),
  ];
}

async function isThere(table: Table, pk: string, prefix: string): Promise<boolean> {
  for await (const _ of table.query({ pk, prefix, limit: 1, consistent: true })) return true;
  return false;
}

async function isNewest(table: Table, { pk, sk }: Item): Promise<boolean> {
  for await (const _ of table.query({ pk, prefix: 'H#', after: sk, limit: 1, consistent: true })) return false;
  return true;
}

/** A yes or its withdrawal is over when it was said, or with its end; it stands for as long as its workload has the problem. */
const endOfWord = ({ at, approval }: Item): string =>
  [String(at), (approval as Approval | undefined)?.until ?? ''].sort().at(-1) ?? '';

async function isOfProblem(table: Table, item: Item): Promise<boolean> {
  const { workload, vulnerabilities } = (item.approval ?? item.withdrawal) as Approval | Withdrawal;
  return (await problemsOfWorkload(table, workload)).some((key) => vulnerabilitySet({ key }) === vulnerabilities);
}

/** The rules, by what the partition, or the partition and the sort key, begin with. A kind that is not here is not history. */
export const historyRules: Readonly<Record<string, HistoryRule>> = {
  // the timeline: what tells of a rollout or a plan goes after it, and since when there is a problem is kept until that has ended
  E: {
    overSince: ({ pk }) => endOfDay(pk.slice(2)),
    keepers: toldOf,
    keeps: (keeper) => !keeper.pk.startsWith('P#') || problemEnd(keeper) === undefined,
  },
  'P A': { overSince: problemEnd, token: 'rev', needed: (table, { pk }) => isThere(table, pk, 'W#') },
  // an ended rollout, with its rows; none goes that proves what runs now, or that a driver may come back to
  'O A': {
    overSince: ({ head }) => (head as Rollout).endedAt,
    token: 'rev',
    keepers: ({ head }) => [keys.rolling((head as Rollout).rollout)],
    needed: (table, { head }) => provesSomething(table, (head as Rollout).rollout),
    forget: forgetRollout,
  },
  // the rows of a start that was cut, and never came again
  'O W': {
    overSince: ({ row }) => (row as RolloutRow).since,
    token: 'rev',
    keepers: ({ row }) => [keys.rollout((row as RolloutRow).rollout)],
  },
  // what was made of a plan is kept with its rollout; its parts follow it as orphans
  'L A': {
    overSince: ({ state, offeredAt }) => (state === 'offered' ? undefined : String(offeredAt)),
    token: 'rev',
    keepers: ({ rollout }) => (typeof rollout === 'string' ? [keys.rollout(rollout)] : []),
  },
  // lone tasks come and go by the thousand; what hung on them follows as orphans
  'W A': {
    overSince: workloadGone,
    token: 'readAt',
    needed: (table, item) => isWrittenDown(table, (item.workload as Workload).id),
    unused: true,
  },
  // what it ran before the last change is what it would go back to
  'W H': { overSince: ({ sk }) => sk.slice(2), needed: isNewest },
  'W D': { overSince: ({ until }) => String(until), token: 'until' },
  'W K': { overSince: endOfWord, token: 'at', needed: isOfProblem },
  'R U': {
    overSince: ({ readAt }) => String(readAt),
    token: 'readAt',
    needed: async (table, { unreadable }) => {
      const { digest } = unreadable as Unreadable;
      return digest !== undefined && (await isThere(table, keys.image(digest).pk, 'W#'));
    },
  },
  // that a document was here, and who took it back
  VEX: { overSince: ({ removedAt }) => (removedAt === undefined ? undefined : String(removedAt)), token: 'removedAt' },
  // what the sweeps of a day came to
  'SWEEP day': { overSince: ({ sk }) => endOfDay(sk) },
};

/** The rule of a row, if it has one. */
export function historyRuleOf({ pk, sk }: Key): HistoryRule | undefined {
  const [partition = '', first = ''] = [pk.split('#')[0], sk.split('#')[0]];
  return [`${partition} ${isDay.test(first) ? 'day' : first}`, partition].flatMap((kind) =>
    Object.hasOwn(historyRules, kind) ? (historyRules[kind] ?? []) : [],
  )[0];
}
