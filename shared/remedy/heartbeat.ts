import { keys, type Table } from '#shared/store';
import { readRollout } from './rollout-store.ts';

/** A rollout that has not ended, or whose end was not told yet, and when its driver meant to be back. */
export interface Heartbeat {
  readonly rollout: string;
  /** the latest of its drivers, counted from 1 */
  readonly part: number;
  /** when that driver is to be heard of again, ISO */
  readonly until: string;
  readonly rev: number;
}

const minute = 60_000;
/** A pass says so before it begins; Lambda lets none take longer. */
export const passMs = 15 * minute;
/** How late a driver may be before it counts as dead: the longest pause between two tries of a pass. */
export const graceMs = 6 * minute;
/** Rows without a head after this long are of a start that was cut and never came again. */
const startMs = 24 * 60 * minute;

const itemOf = (beat: Heartbeat) => ({ ...keys.rolling(beat.rollout), ...beat });

/** Enters a rollout among those that are to be driven; call it before its head is written, so that none is driven by nobody. */
export async function enterRollout(table: Table, rollout: string, now: Date): Promise<void> {
  await table.put(itemOf({ rollout, part: 1, until: now.toISOString(), rev: 1 }), { absent: true });
}

/** All rollouts that are to be driven. */
export async function* heartbeats(table: Table): AsyncIterable<Heartbeat> {
  for await (const { rollout, part, until, rev } of table.query({ pk: keys.rolling('').pk, consistent: true }))
    yield { rollout: String(rollout), part: Number(part), until: String(until), rev: Number(rev) };
}

/** A driver says that it lives and when it will be back. An entry that is gone is not made again; if another wrote meanwhile, that is a sign of life too. */
export async function beat(table: Table, rollout: string, part: number, until: string): Promise<void> {
  const item = await table.get(keys.rolling(rollout), { consistent: true });
  if (item === undefined) return;
  const rev = Number(item.rev);
  const next = { rollout, part: Math.max(part, Number(item.part)), until, rev: rev + 1 };
  await table.put(itemOf(next), { equals: { attribute: 'rev', value: rev } });
}

/**
 * Starts a driver for every rollout that is not at its end and whose last one was not heard of in time (design decision 13). The successor's number is taken
 * before it is started: two that find the same rollout start one driver, and a start that is lost is made up for by the next number. A driver that was only
 * late goes on beside its successor, which the rows bear. What has ended and was told is forgotten here. Returns what was started; a start that fails keeps
 * no other from being made, and is thrown at the end.
 */
export async function resumeRollouts(
  table: Table,
  now: Date,
  start: (rollout: string, part: number) => Promise<void>,
): Promise<readonly string[]> {
  const resumed: string[] = [];
  const errors: unknown[] = [];
  for await (const known of heartbeats(table)) {
    const late = now.getTime() - Date.parse(known.until);
    if (late <= graceMs) continue;
    const { rollout, rev } = known;
    const head = await readRollout(table, rollout);
    const told = (await table.get(keys.rolloutTold(rollout), { consistent: true })) !== undefined;
    if (head === undefined ? late > startMs : head.state !== 'running' && told) {
      await table.delete(keys.rolling(rollout), { equals: { attribute: 'rev', value: rev } });
      continue;
    }
    if (head === undefined) continue;
    const next = { rollout, part: known.part + 1, until: now.toISOString(), rev: rev + 1 };
    if ((await table.put(itemOf(next), { equals: { attribute: 'rev', value: rev } })) !== 'written') continue;
    try {
      await start(rollout, next.part);
      resumed.push(rollout);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} rollouts could not be given a driver`);
  return resumed;
}
