import { describe, expect, it } from 'vitest';
import { type Approval, approvalsOf, moveOldWord, type Withdrawal, withdrawalsOf } from '#shared/remedy';
import { type Item, keys, memoryTable, type Table } from '#shared/store';
import { keepApproval, withdrawnSince } from '../../../shared/remedy/approvals.ts';
import { dyingAt, ends } from '../sweep/swept-world.ts';

const now = '2026-06-01T00:00:00.000Z';
const yes = (workload: string, vulnerabilities: string, at: string): Approval => ({
  workload,
  vulnerabilities,
  remedy: 'newer',
  by: 'ann',
  at,
  digests: [],
});
const no = (workload: string, vulnerabilities: string, at: string): Withdrawal => ({
  ...yes(workload, vulnerabilities, at),
  reason: 'not today',
  rollout: 'r',
});
/** As earlier versions kept it. */
const old = (word: Approval | Withdrawal): Item => ({
  ...keys.oldApproval(word.workload, word.vulnerabilities, word.remedy),
  at: word.at,
  ['reason' in word ? 'withdrawal' : 'approval']: word,
});

/** Every partition that something reads, and how often. */
function watched(table: Table): { readonly table: Table; readonly reads: Map<string, number> } {
  const reads = new Map<string, number>();
  const read = (pk: string): void => void reads.set(pk, (reads.get(pk) ?? 0) + 1);
  return {
    reads,
    table: {
      ...table,
      query: (range) => {
        read(range.pk);
        return table.query(range);
      },
      batchGet: (all, options) => {
        for (const { pk } of all) read(pk);
        return table.batchGet(all, options);
      },
    },
  };
}

/** shop's yes, its later no, payments' earlier no that a later yes ended, and a workload whose name begins as another's. */
const words = [
  yes('1/eu/prod/shop', 'CVE-1/npm/a', '2026-01-01T00:00:00.000Z'),
  no('1/eu/prod/shop', 'CVE-2/npm/b', '2026-01-02T00:00:00.000Z'),
  yes('1/eu/prod/payments', 'CVE-1/npm/a', '2026-01-03T00:00:00.000Z'),
  yes('1/eu/prod/shop-2', 'CVE-1/npm/a#%', '2026-01-04T00:00:00.000Z'),
] as const;

const said = async (table: Table) => ({
  approved: await approvalsOf(table, ['1/eu/prod/shop', '1/eu/prod/payments', '1/eu/prod/shop-2'], now),
  withdrawn: await withdrawalsOf(table, ['1/eu/prod/payments', '1/eu/prod/shop', '1/eu/prod/shop']),
  since: await withdrawnSince(table, ['1/eu/prod/shop', '1/eu/prod/payments'], 'CVE-2/npm/b'),
});
const expected = {
  approved: [words[0], words[2], words[3]],
  withdrawn: [words[1]],
  since: new Map([['1/eu/prod/shop', words[1].at]]),
};

describe('what people said of repairs', () => {
  it('lies with the workload that it is about: no partition is everybody’s', async () => {
    const watch = watched(memoryTable());
    const workloads = Array.from({ length: 500 }, (_, at) => `1/eu/prod/service-${at}`);
    for (const workload of workloads) await keepApproval(watch.table, yes(workload, 'CVE-1/npm/a', now));
    expect(await approvalsOf(watch.table, workloads, now)).toHaveLength(500);
    expect(await withdrawalsOf(watch.table, workloads)).toEqual([]);
    expect(await withdrawnSince(watch.table, workloads, 'CVE-1/npm/a')).toEqual(new Map());
    expect(Math.max(...watch.reads.values())).toBe(3);
  });

  it('is the same where an older version kept it, while it is moved, and moved', async () => {
    for (let cut = 0, done = false; !done; cut += 1) {
      const table = memoryTable();
      for (const word of words) await table.put(old(word));
      expect(await said(table)).toEqual(expected);
      const rows: Item[] = [];
      for await (const row of table.scan()) rows.push(row);
      const dying = dyingAt(table, cut);
      done = await ends((async () => Promise.all(rows.map((row) => moveOldWord(dying, row))))());
      expect(await said(table), `cut at ${cut}`).toEqual(expected);
      for (const row of rows) await moveOldWord(table, row);
      expect(await said(table), `cut at ${cut}, repeated`).toEqual(expected);
      const left: string[] = [];
      for await (const { pk } of table.scan()) left.push(pk);
      expect(left.toSorted()).toEqual(words.map(({ workload }) => `W#${workload}`).toSorted());
    }
  });

  it('stands by its own time, wherever each word lies', async () => {
    for (const [before, after] of [
      [yes, no],
      [no, yes],
    ] as const) {
      const table = memoryTable();
      const [first, last] = [before('w', 'v', '2026-01-01T00:00:00.000Z'), after('w', 'v', '2026-01-02T00:00:00.000Z')];
      const approved = after === yes ? [last] : [];
      const withdrawn = after === no ? [last] : [];
      const stands = async () => {
        expect(await approvalsOf(table, ['w'], now)).toEqual(approved);
        expect(await withdrawalsOf(table, ['w'])).toEqual(withdrawn);
        expect((await withdrawnSince(table, ['w'], 'v')).get('w')).toBe(withdrawn[0]?.at);
      };
      await table.put(old(last));
      const said = { ...old(first), ...keys.approval('w', 'v', 'newer') };
      await table.put(said);
      await stands();
      await moveOldWord(table, old(last));
      await stands();
      await moveOldWord(table, old(first));
      await stands();
    }
  });
});
