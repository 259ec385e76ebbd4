import { problemEnd } from '#shared/findings';
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
}

const dayMs = 24 * 60 * 60_000;

/** The end of a day, from which on nothing new is written into its partition. */
const endOfDay = (day: string): string | undefined => {
  const begins = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(begins) ? undefined : new Date(begins + dayMs).toISOString();
};

/** An event's row, by what it tells of: its rollout and its plan, which are proof of what was done and allowed, and its problem. */
function toldOf({ event }: Item): readonly Key[] {
  const { detail = {} } = (event ?? {}) as { readonly detail?: Readonly<Record<string, unknown>> };
  const { rollout, plan, key } = detail;
  const { finding, shard, name } = (key ?? {}) as Readonly<Record<string, unknown>>;
  return [
    ...(typeof rollout === 'string' ? [keys.rollout(rollout)] : []),
    ...(typeof plan === 'string' ? [keys.plan(plan)] : []),
    ...(typeof finding === 'string' ? [keys.problem(finding, String(shard), String(name))] : []),
  ];
}

/** The rules, by what the partition, or the partition and the sort key, begin with. A kind that is not here is not history. */
export const historyRules: Readonly<Record<string, HistoryRule>> = {
  // the timeline: what tells of a rollout or a plan goes after it, and the story of a problem is kept until that has ended
  E: {
    overSince: ({ pk }) => endOfDay(pk.slice(2)),
    keepers: toldOf,
    keeps: (keeper) => !keeper.pk.startsWith('P#') || problemEnd(keeper) === undefined,
  },
  // what the sweeps of a day came to
  SWEEP: { overSince: ({ sk }) => (/^\d{4}-\d{2}-\d{2}$/.test(sk) ? endOfDay(sk) : undefined) },
};

/** The rule of a row, if it has one. */
export function historyRuleOf({ pk, sk }: Key): HistoryRule | undefined {
  const partition = pk.split('#')[0] ?? '';
  return [`${partition} ${sk.split('#')[0]}`, partition].flatMap((kind) =>
    Object.hasOwn(historyRules, kind) ? (historyRules[kind] ?? []) : [],
  )[0];
}
