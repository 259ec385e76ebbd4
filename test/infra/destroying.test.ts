import { describe, expect, it } from 'vitest';
import { listRollouts, offerPlans, readRollout, startRollout } from '#shared/remedy';
import { keys, type Table } from '#shared/store';
import { destroyOptions } from '../../infra/arguments.ts';
import { endRollouts, patienceMs } from '../../infra/end-rollouts.ts';
import { whatWasDone } from '../../infra/what-was-done.ts';
import { allOf } from '../shared/all-of.ts';
import { openssl, planning } from '../shared/remedy/planning.ts';

/** A rollout under way, and a clock that only waiting moves. */
const setUp = async () => {
  const given = await planning({ mode: 'ask', services: 2 });
  await given.pushClean();
  const [record] = await offerPlans(given.ports, [openssl]);
  const { table, ports } = given.made;
  const started = await startRollout(table, record!.plan, { now: ports.now(), approval: { by: 'ann' } });
  let at = Date.parse('2026-01-02T00:00:00Z');
  const said: string[] = [];
  const ports2 = (onWait: () => Promise<void>) => ({
    now: () => new Date(at),
    wait: async (milliseconds: number) => {
      at += milliseconds;
      await onWait();
    },
    say: (text: string) => void said.push(text),
  });
  return { table, rollout: started.head.rollout, ports: ports2, waited: () => at - Date.parse('2026-01-02T00:00:00Z') };
};

const end = async (table: Table, rollout: string): Promise<void> => {
  const item = await table.get(keys.rollout(rollout), { consistent: true });
  await table.put({ ...item!, head: { ...(item!.head as object), state: 'stopped' }, state: 'stopped' });
};

describe('rollouts under way when Drydock is taken away', () => {
  it('are told to stop, and their driver is waited for: it goes with the stack', async () => {
    const { table, rollout, ports, waited } = await setUp();
    let turns = 0;
    const left = await endRollouts(
      table,
      [rollout],
      ports(async () => {
        expect((await readRollout(table, rollout))?.stop?.by).toBe('npm run destroy');
        turns += 1;
        if (turns === 3) await end(table, rollout);
      }),
    );
    expect(left).toEqual([]);
    expect(turns).toBe(3);
    expect(waited()).toBeLessThan(patienceMs);
  });

  it('are named when they do not end: nothing is taken away behind their back', async () => {
    const { table, rollout, ports, waited } = await setUp();
    expect(
      await endRollouts(
        table,
        [rollout],
        ports(async () => {}),
      ),
    ).toEqual([rollout]);
    expect(waited()).toBe(patienceMs);
  });

  it('are none when nothing runs', async () => {
    const { table, ports, waited } = await setUp();
    expect(
      await endRollouts(
        table,
        [],
        ports(async () => {}),
      ),
    ).toEqual([]);
    expect(waited()).toBe(0);
  });

  it('are left as they are only when it is said', () => {
    expect(destroyOptions([])).toEqual({ deleteData: false, leaveRollouts: false, yes: false });
    expect(destroyOptions(['--leave-rollouts'])).toMatchObject({ leaveRollouts: true });
  });
});

describe('what Drydock did', () => {
  it('is told from the rows: what is under way, and no revision where none was registered', async () => {
    const { table, rollout } = await setUp();
    expect(await whatWasDone(table)).toEqual({ revisions: [], running: [rollout] });
    await end(table, rollout);
    expect(await whatWasDone(table)).toEqual({ revisions: [], running: [] });
  });

  it('names the revisions that were registered, and whether the service stands on them', async () => {
    const { table, rollout } = await setUp();
    const rows: { pk: string; sk: string; row: Record<string, unknown> }[] = [];
    for await (const item of table.query({ pk: keys.rollout(rollout).pk, prefix: 'W#', consistent: true }))
      rows.push(item as never);
    const [first, second] = rows;
    // the services of the test run app:1; one row brought that, the other something that was taken back
    const workload = String(first!.row.workload);
    const running = (await table.get(keys.workload(workload)))?.workload as { definition: string } | undefined;
    const definition = running?.definition ?? 'x:1';
    await table.put({
      ...first!,
      row: { ...first!.row, how: 'register', definition, previous: { definition: 'x:0' } },
    });
    await table.put({ ...second!, row: { ...second!.row, how: 'register', definition: 'x:9', previous: undefined } });
    const { revisions } = await whatWasDone(table);
    expect(revisions.map((each) => [each.definition, each.stands]).sort()).toEqual(
      [
        [definition, true],
        ['x:9', false],
      ].sort(),
    );
    expect((await allOf(listRollouts(table))).length).toBe(1);
  });
});
