import { randomUUID } from 'node:crypto';
import { sideBySide } from '#shared/findings';
import { type Condition, type Item, type Key, keyId, type Table } from '#shared/store';
import { type OrphanRule, ruleOf } from './orphan-rules.ts';

/** Longer than anybody writes at one thing: a child that has no parent after so long gets none. */
export const graceMs = 24 * 60 * 60_000;

const atOnce = 16;

interface Suspect {
  readonly item: Item;
  readonly rule: OrphanRule;
}

/**
 * Takes away what is an orphan among these rows, which were just read in the order of the table, whatever else was written since: what looks like one is
 * looked at again consistently, and goes only as it was seen. Returns how many went. Safe to repeat, and to run twice at once.
 */
export async function collectOrphans(table: Table, rows: readonly Item[], now: Date): Promise<number> {
  const suspects = await suspectsAmong(table, rows, now);
  let gone = 0;
  await sideBySide(suspects, atOnce, async ({ item, rule }) => {
    if (await (rule.marked === true ? takeMarked : takeAway)(table, item, rule, now)) gone += 1;
  });
  return gone;
}

/** The rows whose parent is not there by one cheap reading of all of them. */
async function suspectsAmong(table: Table, rows: readonly Item[], now: Date): Promise<Suspect[]> {
  const sortKeys = sortKeysOf(rows);
  const old = rows.flatMap((item): Suspect[] => {
    const rule = ruleOf(item);
    if (rule === undefined || isYoung(item, rule, now)) return [];
    return isKeptNear(item, rule, sortKeys.get(item.pk) ?? []) ? [] : [{ item, rule }];
  });
  const wanted = new Map(old.flatMap(({ item, rule }) => rule.parent?.(item) ?? []).map((key) => [keyId(key), key]));
  const parents = new Map((await table.batchGet([...wanted.values()])).map((parent) => [keyId(parent), parent]));
  return old.filter(({ item, rule }) => {
    const parent = rule.parent === undefined ? undefined : parents.get(keyId(rule.parent(item)));
    return parent === undefined || !(rule.holds?.(item, parent) ?? true);
  });
}

/** Rows of one partition come together: what keeps a row was mostly read beside it. */
function isKeptNear(item: Item, rule: OrphanRule, beside: readonly string[]): boolean {
  const ranges = rule.near?.(item) ?? [];
  return ranges.some(({ pk, prefix = '' }) => pk === item.pk && beside.some((sk) => sk.startsWith(prefix)));
}

/** The sort keys that were read of each partition. */
function sortKeysOf(rows: readonly Item[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { pk, sk } of rows) {
    const known = found.get(pk);
    if (known === undefined) found.set(pk, [sk]);
    else known.push(sk);
  }
  return found;
}

/** Whether something that keeps the row is there, by consistent readings. */
async function isKept(table: Table, item: Item, rule: OrphanRule): Promise<boolean> {
  if (rule.parent !== undefined) {
    const parent = await table.get(rule.parent(item), { consistent: true });
    if (parent !== undefined && (rule.holds?.(item, parent) ?? true)) return true;
  }
  for (const range of rule.near?.(item) ?? [])
    for await (const _ of table.query({ ...range, limit: 1, consistent: true })) return true;
  return false;
}

async function takeAway(table: Table, item: Item, rule: OrphanRule): Promise<boolean> {
  if (await isKept(table, item, rule)) return false;
  return (await table.delete(item, asSeen(item, rule.token))) === 'written';
}

/** First the mark, then the question: see OrphanRule. A mark that was left behind by a sweep that was cut is gone on from. */
async function takeMarked(table: Table, { pk, sk }: Key, rule: OrphanRule, now: Date): Promise<boolean> {
  const item = await table.get({ pk, sk }, { consistent: true });
  if (item === undefined || isYoung(item, rule, now)) return false;
  if (item.leaving === undefined && (await isKept(table, item, rule))) return false;
  const leaving = typeof item.leaving === 'string' ? item.leaving : randomUUID();
  if (item.leaving === undefined && (await table.put({ ...item, leaving }, asSeen(item, rule.token))) === 'refused')
    return false;
  const marked = { equals: { attribute: 'leaving', value: leaving } } as const;
  if (!(await isKept(table, item, rule))) return (await table.delete({ pk, sk }, marked)) === 'written';
  const { leaving: _, ...stays } = item;
  await table.put(stays as Item, marked);
  return false;
}

function isYoung(item: Item, { token, ageless }: OrphanRule, now: Date): boolean {
  return ageless !== true && !(now.getTime() - Date.parse(String(item[token])) >= graceMs);
}

const asSeen = (item: Item, token: string): Condition => ({
  equals: { attribute: token, value: item[token] as string | number },
});
