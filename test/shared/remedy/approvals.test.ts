import { describe, expect, it } from 'vitest';
import { type Approval, approvalsOf, type Withdrawal, withdrawalsOf } from '#shared/remedy';
import { type Item, keys, memoryTable, type Table } from '#shared/store';
import { keepApproval, withdrawnSince } from '../../../shared/remedy/approvals.ts';

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

/** shop's yes and a no, payments' yes, and a workload whose name begins as another's. */
const words = [
  yes('1/eu/prod/shop', 'CVE-1/npm/a', '2026-01-01T00:00:00.000Z'),
  no('1/eu/prod/shop', 'CVE-2/npm/b', '2026-01-02T00:00:00.000Z'),
  yes('1/eu/prod/payments', 'CVE-1/npm/a', '2026-01-03T00:00:00.000Z'),
  yes('1/eu/prod/shop-2', 'CVE-1/npm/a#%', '2026-01-04T00:00:00.000Z'),
] as const;

const workloads = ['1/eu/prod/shop', '1/eu/prod/payments', '1/eu/prod/shop-2'];
const row = (word: Approval | Withdrawal): Item => ({
  ...keys.approval(word.workload, word.vulnerabilities, word.remedy),
  at: word.at,
  ['reason' in word ? 'withdrawal' : 'approval']: word,
});

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

  it('is found by its workload, each in the order that was asked for, and once', async () => {
    const table = memoryTable();
    for (const word of words) await table.put(row(word));
    expect(await approvalsOf(table, [...workloads], now)).toEqual([words[0], words[2], words[3]]);
    expect(await withdrawalsOf(table, ['1/eu/prod/payments', '1/eu/prod/shop', '1/eu/prod/shop'])).toEqual([words[1]]);
    expect(await withdrawnSince(table, workloads, 'CVE-2/npm/b')).toEqual(new Map([['1/eu/prod/shop', words[1].at]]));
    expect(await withdrawnSince(table, workloads, 'CVE-1/npm/a')).toEqual(new Map());
  });
});
