import { type Problem, type ProblemChange, type ProblemKey, problemId, readProblem } from '#shared/findings';
import { indexes, keys, StoreError, type Table } from '#shared/store';
import { type AlertThreshold, alertOf } from './alert.ts';
import { throwAll } from './channel-error.ts';
import type { Alert, AlertLabels, Channel, RepairNews } from './types.ts';

/** The record of an alert: one per problem, updated in place; what was told to which channel stands beside it. */
export interface AlertRecord {
  readonly alert: Alert;
  readonly told: Readonly<Record<string, { readonly sign: string; readonly ref?: string; readonly at: string }>>;
  readonly repair?: RepairNews;
  readonly rev: number;
}

/** What telling needs. */
export interface TellPorts {
  readonly table: Table;
  readonly channels: readonly Channel[];
  readonly threshold: () => Promise<AlertThreshold>;
  readonly modes: (problem: Problem) => Promise<Readonly<Record<string, 'observe' | 'ask' | 'auto'>>>;
  /** environment and team of its services; unknown when absent */
  readonly labels?: (problem: Problem) => Promise<AlertLabels>;
  readonly now: () => Date;
}

/**
 * Tells one change of a problem: renews its record, then each channel that has not heard this. The same change again, or an older one, tells
 * nothing: the record is made from the problem as it stands, and `sign` says what a channel has heard. A channel that fails keeps none of the
 * others; what it said is thrown after them. A crash between sending and noting it tells one channel twice.
 */
export async function tellProblem(
  ports: TellPorts,
  key: ProblemKey,
  transitions: ProblemChange['transitions'],
  repair?: RepairNews,
): Promise<Alert | undefined> {
  const record = await renew(ports, key, transitions, repair);
  if (record === undefined) return undefined;
  const { alert } = record;
  const errors: unknown[] = [];
  for (const channel of ports.channels) {
    const heard = record.told[channel.name];
    const sign = channel.edits ? signOf(alert) : followUpSign(alert);
    if (heard?.sign === sign) continue;
    if (!alert.urgency.now && heard === undefined) continue;
    try {
      const ref = await channel.send(alert, channel.edits ? heard?.ref : undefined);
      await markTold(ports, key, channel.name, {
        sign,
        at: ports.now().toISOString(),
        ...(ref === undefined ? {} : { ref }),
      });
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
  return alert;
}

/** What makes an alert worth editing: its state and the lines that people act on, not its time. */
const signOf = (alert: Alert): string =>
  JSON.stringify([alert.state, alert.header, alert.where.split('; first seen')[0], alert.fix, alert.next]);

/** What makes it worth another message: a state of people.md section 1 that begins, nothing else. */
const followUpSign = (alert: Alert): string => JSON.stringify([alert.state, alert.stateAt]);

/** The newer of what was known of a repair and what is said now; the same moment again is the same news. */
const newest = (known: RepairNews | undefined, said: RepairNews | undefined): RepairNews | undefined =>
  said === undefined || (known !== undefined && known.at > said.at) ? known : said;

async function renew(
  ports: TellPorts,
  key: ProblemKey,
  transitions: ProblemChange['transitions'],
  repair: RepairNews | undefined,
): Promise<AlertRecord | undefined> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const problem = await readProblem(ports.table, key, { consistent: true });
    // it goes on under another key, where its messages go on, too
    if (problem === undefined || problem.goesOnAs !== undefined) return undefined;
    const own = await readRecord(ports.table, key);
    const old = await inherited(ports.table, problem, own);
    const news = newest(newest(own?.repair, old?.repair), repair);
    const alert = alertOf(problem, transitions, {
      threshold: await ports.threshold(),
      modes: await ports.modes(problem),
      ...(ports.labels === undefined ? {} : { labels: await ports.labels(problem) }),
      now: ports.now().toISOString(),
      ...(news === undefined ? {} : { repair: news }),
    });
    const record: AlertRecord = {
      alert,
      told: { ...own?.told, ...old?.told },
      rev: (own?.rev ?? 0) + 1,
      ...(news === undefined ? {} : { repair: news }),
    };
    const result = await ports.table.put(
      itemOf(key, record),
      own === undefined ? { absent: true } : { equals: { attribute: 'rev', value: own.rev } },
    );
    if (result === 'refused') continue;
    if (old?.over !== undefined)
      await ports.table.delete(keys.alert(problemId(old.over)), { equals: { attribute: 'rev', value: old.rev } });
    return record;
  }
  throw new StoreError(
    'unavailable',
    `the alert of ${problemId(key)}`,
    'it is being rewritten all the time; this will be tried again',
  );
}

/** What a problem has of the one that it was before. */
interface Inherited extends Pick<AlertRecord, 'told' | 'repair' | 'rev'> {
  /** the key of that one, where it went on in this problem as a whole: its record is over too */
  readonly over?: ProblemKey;
}

/**
 * The record of what a problem was before. Where that still stands, or stands again, for other services, its messages are its own: the new problem knows only
 * what was heard of it, and that once.
 */
async function inherited(
  table: Table,
  { key, was }: Problem,
  own: AlertRecord | undefined,
): Promise<Inherited | undefined> {
  if (was === undefined) return undefined;
  const next = (await readProblem(table, was, { consistent: true }))?.goesOnAs;
  const isOver = next !== undefined && problemId(next) === problemId(key);
  if (!isOver && own !== undefined) return undefined;
  const record = await readRecord(table, was);
  if (record === undefined || isOver) return record === undefined ? undefined : { ...record, over: was };
  const heard = Object.entries(record.told).map(([channel, { sign, at }]) => [channel, { sign, at }] as const);
  return { ...record, told: Object.fromEntries(heard) };
}

async function markTold(
  ports: TellPorts,
  key: ProblemKey,
  channel: string,
  told: AlertRecord['told'][string],
): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const before = await readRecord(ports.table, key);
    if (before === undefined) return;
    const record = { ...before, told: { ...before.told, [channel]: told }, rev: before.rev + 1 };
    if ((await ports.table.put(itemOf(key, record), { equals: { attribute: 'rev', value: before.rev } })) === 'written')
      return;
  }
  throw new StoreError(
    'unavailable',
    `the alert of ${problemId(key)}`,
    'it is being rewritten all the time; what was told could not be noted',
  );
}

const readRecord = async (table: Table, key: ProblemKey): Promise<AlertRecord | undefined> =>
  (await table.get(keys.alert(problemId(key)), { consistent: true }))?.record as AlertRecord | undefined;

const itemOf = (key: ProblemKey, record: AlertRecord) => ({
  ...keys.alert(problemId(key)),
  record,
  rev: record.rev,
  ix: indexes.alerts,
  ixs: `${record.alert.at}#${problemId(key)}`,
});

/** What was last told of the repair of each of these problems, by `problemId`; for screens. */
export async function repairsTold(
  table: Table,
  problems: readonly ProblemKey[],
): Promise<ReadonlyMap<string, RepairNews>> {
  const ids = new Map(problems.map(problemId).map((id) => [keys.alert(id).pk, id]));
  const items = await table.batchGet([...ids.values()].map((id) => keys.alert(id)));
  return new Map(
    items.flatMap(({ pk, record }) => {
      const { repair } = record as AlertRecord;
      return repair === undefined ? [] : [[ids.get(pk) ?? '', repair] as const];
    }),
  );
}

/** Alert records by when they changed, the newest first, for screens; with `after` those behind that place. */
export async function* alertsFrom(
  table: Table,
  after?: string,
): AsyncIterable<{ readonly place: string; readonly item: AlertRecord }> {
  const from = { reverse: true, ...(after === undefined ? {} : { after }) };
  for await (const { ixs, record } of table.list(indexes.alerts, from))
    yield { place: String(ixs), item: record as AlertRecord };
}

/** All of them as they are. */
export async function* listAlerts(table: Table): AsyncIterable<AlertRecord> {
  for await (const { item } of alertsFrom(table)) yield item;
}
