import type { Item, Writing } from '#shared/store';
import { unownedBlobs } from './blob-owners.ts';
import { collectBlobs } from './collect-blobs.ts';
import { collectEntries } from './collect-entries.ts';
import { collectFacts } from './collect-facts.ts';
import { collectHistory, historyOfNight } from './collect-history.ts';
import { collectOrphans } from './collect-orphans.ts';
import type { Turn } from './turn.ts';

/** Looked at together: few enough to hold, enough that their parents are read in whole batches. */
const together = 1_000;

/**
 * Walks through every row of the table, and takes away children that have no parent, facts that nobody used for long, and what has been over for so long that
 * it is history no more. False: the turn ended before.
 */
export async function walkRows(turn: Turn): Promise<boolean> {
  const { table, extractors, now, policy } = turn.ports;
  const { keepDays, keepHistoryDays } = await policy();
  const take = async (rows: readonly Item[]): Promise<void> => {
    const orphans = (await collectOrphans(table, rows, now())) + (await collectEntries(turn.ports, rows, now()));
    const facts = await collectFacts(table, rows, { extractors, keepDays, now: now() });
    const most = historyOfNight - turn.counts.history;
    const history = await collectHistory(table, rows, { keepHistoryDays, keepDays, now: now(), most });
    turn.count({ rows: rows.length, orphans, facts, history });
    const last = rows.at(-1);
    if (last !== undefined) await turn.step({ pk: last.pk, sk: last.sk });
  };
  const { after } = turn.run;
  let rows: Item[] = [];
  for await (const row of table.scan(typeof after === 'object' ? { after } : {})) {
    rows.push(row);
    if (rows.length < together) continue;
    await take(rows);
    rows = [];
    if (turn.isOver) return false;
  }
  await take(rows);
  return true;
}

/** Walks through every blob, and takes away what nothing points to. False: the turn ended before. */
export async function walkBlobs(turn: Turn): Promise<boolean> {
  const { blobs, extractors, now } = turn.ports;
  const unowned = await unownedBlobs(turn.ports, extractors);
  const take = async (writings: readonly Writing[]): Promise<void> => {
    turn.count({ blobs: await collectBlobs(blobs, unowned, writings, now()) });
    const last = writings.at(-1);
    if (last !== undefined) await turn.step(last.key);
  };
  const { after } = turn.run;
  let writings: Writing[] = [];
  for await (const writing of blobs.list(typeof after === 'string' ? { after } : {})) {
    // the writings of one key stay together: a list goes on behind a key
    if (writings.length >= together && writings.at(-1)?.key !== writing.key) {
      await take(writings);
      writings = [];
      if (turn.isOver) return false;
    }
    writings.push(writing);
  }
  await take(writings);
  return true;
}
