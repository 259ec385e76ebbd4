import { sideBySide } from '#shared/findings';
import { type Condition, type Item, keyId, type Table } from '#shared/store';
import { type HistoryRule, historyRuleOf } from './history-rules.ts';

/** How long history stays, and how much of it may go now. */
export interface HistoryAge {
  readonly keepHistoryDays: number;
  /** the same of what is of no use to anybody, if shorter */
  readonly keepDays: number;
  readonly now: Date;
  /** rows; what is left over goes another night */
  readonly most: number;
}

/** What one sweep takes away at most, so that a table with years of history costs no night more than the others: some ten cents' worth of writes. */
export const historyOfNight = 100_000;

const atOnce = 16;
const dayMs = 24 * 60 * 60_000;

interface Past {
  readonly item: Item;
  readonly rule: HistoryRule;
}

/**
 * Takes away what is history among these rows and has been over for long enough, unless something rests on it. Each row goes by itself and what keeps it goes
 * before it, so that a sweep that was cut is gone on with by the next. Returns how many went. Safe to repeat, and to run twice at once.
 */
export async function collectHistory(table: Table, rows: readonly Item[], age: HistoryAge): Promise<number> {
  const going = (await withoutKeeper(table, pastAmong(rows, age))).slice(0, Math.max(0, age.most));
  const once = going.filter(({ rule }) => goesAtOnce(rule));
  await table.batchWrite(
    [],
    once.map(({ item: { pk, sk } }) => ({ pk, sk })),
  );
  let gone = once.length;
  const others = going.filter(({ rule }) => !goesAtOnce(rule));
  await sideBySide(others, atOnce, async (past) => {
    // the sum is read after the wait: others add to it meanwhile
    const taken = await takeAway(table, past);
    gone += taken;
  });
  return gone;
}

const goesAtOnce = ({ token, needed }: HistoryRule): boolean => token === undefined && needed === undefined;

const pastAmong = (rows: readonly Item[], { keepHistoryDays, keepDays, now }: HistoryAge): Past[] =>
  rows.flatMap((item) => {
    const rule = historyRuleOf(item);
    const since = rule?.overSince(item);
    if (rule === undefined || since === undefined) return [];
    if (rule.token !== undefined && item[rule.token] === undefined) return [];
    const days = rule.unused === true ? Math.min(keepDays, keepHistoryDays) : keepHistoryDays;
    return now.getTime() - Date.parse(since) > days * dayMs ? [{ item, rule }] : [];
  });

/** Those that no row keeps, by one cheap reading: what has been over for so long is not begun anew. */
async function withoutKeeper(table: Table, past: readonly Past[]): Promise<Past[]> {
  const wanted = new Map(past.flatMap(({ item, rule }) => rule.keepers?.(item) ?? []).map((key) => [keyId(key), key]));
  const keepers = new Map((await table.batchGet([...wanted.values()])).map((row) => [keyId(row), row]));
  return past.filter(
    ({ item, rule }) =>
      !(rule.keepers?.(item) ?? []).some((key) => {
        const keeper = keepers.get(keyId(key));
        return keeper !== undefined && (rule.keeps?.(keeper) ?? true);
      }),
  );
}

async function takeAway(table: Table, { item, rule }: Past): Promise<number> {
  if ((await rule.needed?.(table, item)) === true) return 0;
  if (rule.forget !== undefined) return rule.forget(table, item);
  const { pk, sk } = item;
  const token = rule.token;
  const asSeen: Condition | undefined =
    token === undefined ? undefined : { equals: { attribute: token, value: item[token] as string | number } };
  return (await table.delete({ pk, sk }, asSeen)) === 'written' ? 1 : 0;
}
