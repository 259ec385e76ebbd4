import { describe, expect, it } from 'vitest';
import { makeMapWorkloads } from '#functions/map-workloads';
import { memoryBook } from '#shared/advisories';
import { driveRollout, holdDownsOf, readRows, startRollout, withdrawalsOf } from '#shared/remedy';
import { memoryBlobs, memoryTable, type Table } from '#shared/store';
import { faultyTable } from '../../faults/table.ts';
import { world } from '../../shared/remedy/given.ts';
import { batch, envelope } from '../envelopes.ts';

const fullRead = envelope('Scheduled Event', {}, { source: 'aws.events' });

/** Two services, repaired and proven; then a person takes both back. */
async function takenBack() {
  const given = await world({ services: 2, waves: { canary: 0, percent: 100, max: 10 } });
  const table = memoryTable();
  const before = await Promise.all(given.ids.map(async (id) => (await given.fleet.describe(id))?.definition ?? ''));
  const { head } = await startRollout(table, given.plan, { now: given.clock.date() });
  const answer = { answer: 'absent', why: 'it is the fixed one' } as const;
  const ports = { table, orchestrator: given.fleet, now: given.clock.date, driver: 'one' };
  for (let done = false; !done; given.clock.pass(20_000)) {
    ({ done } = await driveRollout({ ...ports, proof: { inventoryHas: async () => answer } }, head.rollout));
    for (const id of given.ids) given.fleet.complete(id);
  }
  given.ids.forEach((id, at) => {
    given.fleet.personDeploys(id, before[at] ?? '');
    given.fleet.complete(id);
  });
  given.clock.pass(60_000);
  return { given, table, rollout: head.rollout };
}

/** The bus, as far as it got: what was emitted, by its identity. `cut` throws before or after the n-th event. */
function bus(cut?: { readonly event: number; readonly when: 'before' | 'after' }) {
  const told: { readonly type: string; readonly id: string | undefined; readonly text: unknown }[] = [];
  let count = 0;
  return {
    told,
    news: () => told.filter(({ type }) => type === 'RolloutNews'),
    async emit(type: string, detail: object, identity?: { readonly id: string }): Promise<void> {
      const mine = count++;
      if (cut?.event === mine && cut.when === 'before') throw new Error('died');
      told.push({ type, id: identity?.id, text: 'text' in detail ? detail.text : undefined });
      if (cut?.event === mine) throw new Error('died');
    },
  };
}

const handlerOf = (made: Awaited<ReturnType<typeof takenBack>>, table: Table, emit: ReturnType<typeof bus>['emit']) =>
  makeMapWorkloads({
    table,
    blobs: memoryBlobs(),
    book: memoryBook([]),
    now: made.given.clock.date,
    accept: () => undefined,
    baseline: async () => false,
    tell: async () => undefined,
    orchestrator: made.given.fleet,
    emit,
    report: () => undefined,
  });

/** One reading that is cut, then readings that are not: both rollbacks are told, each as one event, and then no more. */
async function survives(
  cut: (table: Table) => { readonly table: Table; readonly first: ReturnType<typeof bus> },
): Promise<boolean> {
  const made = await takenBack();
  const { table, first } = cut(made.table);
  const died = (await handlerOf(made, table, first.emit)(batch(fullRead))).batchItemFailures.length > 0;
  made.given.clock.pass(1_000);
  const later = bus();
  await handlerOf(made, made.table, later.emit)(batch(fullRead));
  const news = [...first.news(), ...later.news()];
  expect(new Set(news.map(({ text }) => text)).size).toBe(2);
  expect(new Set(news.map(({ id }) => id)).size).toBe(2);
  expect(news.map(({ id }) => id)).not.toContain(undefined);
  const quiet = bus();
  made.given.clock.pass(1_000);
  await handlerOf(made, made.table, quiet.emit)(batch(fullRead));
  expect(quiet.news()).toEqual([]);
  for (const row of await readRows(made.table, made.rollout)) {
    expect(row.exposedAgain?.text).toContain('again exposed to CVE-2014-0160');
    expect(row.exposedAgain?.untold).toBeUndefined();
    expect(await withdrawalsOf(made.table, [row.workload])).toHaveLength(1);
    expect(await holdDownsOf(made.table, row.workload, made.given.clock.date().toISOString())).toHaveLength(1);
  }
  return died;
}

describe('a rollback after the proof', () => {
  it('is told whatever write of the reading that finds it is cut', async () => {
    for (let crash = 0; ; crash++) {
      const died = await survives((inner) => ({
        table: faultyTable(inner, {
          seed: 1,
          beforeWrite: (write) => {
            if (write === crash) throw new Error('died');
          },
        }),
        first: bus(),
      }));
      if (died) continue;
      // hold-down, withdrawal, row and its mark for each of the two, at least
      expect(crash).toBeGreaterThan(8);
      break;
    }
  });

  it.each(['before', 'after'] as const)('is told when the reading is cut %s any event', async (when) => {
    for (let event = 0; ; event++) {
      const died = await survives((table) => ({ table, first: bus({ event, when }) }));
      if (died) continue;
      expect(event).toBeGreaterThan(2);
      break;
    }
  });

  it('is remembered before the reading is kept, by which mode auto would plan it again', async () => {
    const made = await takenBack();
    const written: string[] = [];
    const table = faultyTable(made.table, {
      seed: 1,
      beforeWrite: (_, keys) => void written.push(...keys.map(({ pk, sk }) => `${pk} ${sk}`)),
    });
    await handlerOf(made, table, bus().emit)(batch(fullRead));
    for (const id of made.given.ids) {
      const kept = written.indexOf(`W#${id} A`);
      expect(kept).toBeGreaterThan(0);
      for (const first of [`W#${id} D#`, `W#${id} K#`, `O#${made.rollout} W#${id}`]) {
        const at = written.findIndex((key) => key.startsWith(first));
        expect([first, at >= 0 && at < kept]).toEqual([first, true]);
      }
    }
  });

  it('is told through lost answers and throttles of the store', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const made = await takenBack();
      const table = faultyTable(made.table, { seed, lost: 0.1, throttled: 0.05, stale: 0.3 });
      const first = bus();
      for (let reading = 0; reading < 3; reading++) await handlerOf(made, table, first.emit)(batch(fullRead));
      await handlerOf(made, made.table, first.emit)(batch(fullRead));
      expect(new Set(first.news().map(({ id }) => id)).size, `seed ${seed}`).toBe(2);
    }
  });
});
