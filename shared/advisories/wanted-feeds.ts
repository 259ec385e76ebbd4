import { keys, type Table } from '#shared/store';

/** How long the re-match of what a feed brought is given, and after which time nobody waits for a feed that never comes, in milliseconds. */
const rematchMs = 10 * 60_000;
const patienceMs = 6 * 3_600_000;

/** Remembers that images need the advisories of an ecosystem; since when is kept. */
export async function wantFeed(table: Table, ecosystem: string, now: Date): Promise<void> {
  await table.put({ ...keys.feed(ecosystem), ecosystem, wantedAt: now.toISOString() }, { absent: true });
}

/** The ecosystems that images have needed so far. */
export async function wantedFeeds(table: Table): Promise<string[]> {
  const ecosystems: string[] = [];
  for await (const item of table.query({ pk: keys.feed('').pk }))
    if (typeof item.ecosystem === 'string') ecosystems.push(item.ecosystem);
  return ecosystems;
}

/** Says that a feed was taken for the first time and told, or that there is none to take. Safe to repeat. */
export async function feedTried(table: Table, ecosystem: string, now: Date): Promise<void> {
  const row = await table.get(keys.feed(ecosystem), { consistent: true });
  if (row === undefined || typeof row.triedAt === 'string') return;
  await table.put({ ...row, triedAt: now.toISOString() });
}

/**
 * The ecosystems whose first advisories are still to come, or came so lately that what they judge may still be on its way: what is found then was there before anybody
 * looked. One that does not come for six hours is waited for no longer.
 */
export async function awaitedFeeds(table: Table, now: Date): Promise<string[]> {
  const before = (milliseconds: number): string => new Date(now.getTime() - milliseconds).toISOString();
  const awaited: string[] = [];
  for await (const { ecosystem, wantedAt, triedAt } of table.query({ pk: keys.feed('').pk, consistent: true })) {
    if (typeof ecosystem !== 'string' || String(wantedAt) <= before(patienceMs)) continue;
    if (typeof triedAt !== 'string' || triedAt > before(rematchMs)) awaited.push(ecosystem);
  }
  return awaited;
}
