import { describe, expect, it } from 'vitest';
import {
  listProblems,
  readProblem,
  readWorkload,
  reconcileWorkload,
  reconcileWorkloads,
  rematch,
} from '#shared/findings';
import { memoryTable } from '#shared/store';
import { checkout } from '../../../local/demo/images.ts';
import { faultyTable } from '../../faults/table.ts';
import { dsa, heartbleed, isReconciled, shellshock, world } from './world.ts';

const key = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };
const id = '1/local/demo/checkout';
const severe = { severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }] };
const worse = dsa('DSA-2896-1', 'openssl', '1.0.1e-2+deb7u5', ['CVE-2014-0160'], severe);
const transitionsOf = (made: ReturnType<typeof world>) =>
  made.told.flatMap((change) =>
    change.transitions.map((entry) => `${entry.transition} ${change.problem.vulnerability}`),
  );

/** A table that fails once, before the write number `crashAt`, and counts the writes. */
const crashing = (crashAt: number) => {
  const state = { crashed: false, armed: false };
  const table = faultyTable(memoryTable(), {
    seed: 1,
    beforeWrite: () => {
      if (!state.armed || state.crashed) return;
      seen += 1;
      if (seen > crashAt) {
        state.crashed = true;
        throw new Error('crash');
      }
    },
  });
  let seen = 0;
  return { table, state };
};

describe('a crash between any two writes', () => {
  it('of a severity that rises loses no ESCALATED', async () => {
    let crashes = 0;
    for (let crashAt = 0; ; crashAt += 1) {
      const { table, state } = crashing(crashAt);
      const made = world({ records: [heartbleed], table });
      const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
      await made.scan('checkout', '1');
      await made.run('checkout', 'checkout', digest);
      await reconcileWorkload(made.ports, id);
      made.book.turn([worse]);
      await rematch(made.ports, [{ shard: 'Debian:7', names: ['openssl'] }]);
      state.armed = true;
      await reconcileWorkload(made.ports, id).catch(() => reconcileWorkload(made.ports, id));
      expect(new Set(transitionsOf(made)), `crash before write ${crashAt}`).toEqual(
        new Set(['NEW CVE-2014-0160', 'ESCALATED CVE-2014-0160']),
      );
      if (!state.crashed) break;
      crashes += 1;
    }
    expect(crashes).toBeGreaterThanOrEqual(4);
  });

  it('of a deployment of the clean image leaves no workload behind in a problem', async () => {
    for (let crashAt = 0; ; crashAt += 1) {
      const { table, state } = crashing(crashAt);
      const made = world({ records: [heartbleed, shellshock], table });
      const clean = made.push('checkout', '2', checkout('2', 'patched').image);
      const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
      await made.scan('checkout', '1');
      await made.scan('checkout', '2');
      await made.run('checkout', 'checkout', clean);
      await reconcileWorkload(made.ports, id);
      await made.run('checkout', 'checkout', digest);
      // a first run is cut while it brings the vulnerable image in, and by then the clean one runs again
      state.armed = true;
      await reconcileWorkload(made.ports, id).catch(() => undefined);
      state.armed = false;
      await made.run('checkout', 'checkout', clean);
      await reconcileWorkload(made.ports, id);
      expect((await readProblem(table, key))?.state ?? 'resolved', `crash before write ${crashAt}`).toBe('resolved');
      const rows = [];
      for await (const row of table.query({ pk: 'P#DSA-2896-1#Debian:7#openssl', prefix: 'W#' })) rows.push(row.sk);
      expect(rows, `crash before write ${crashAt}`).toEqual([]);
      if (!state.crashed) break;
    }
  });
});

describe('two runs for one workload at once', () => {
  it('end as one does, whatever each of them saw', async () => {
    const made = world({ records: [heartbleed, shellshock] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    const clean = made.push('checkout', '2', checkout('2', 'patched').image);
    await made.scan('checkout', '1');
    await made.scan('checkout', '2');
    for (const runs of [digest, clean, digest, clean]) {
      await made.run('checkout', 'checkout', runs);
      await Promise.all([1, 2, 3].map(() => reconcileWorkload(made.ports, id)));
    }
    expect(await readProblem(made.table, key)).toMatchObject({ state: 'resolved', workloads: [] });
    const workload = await readWorkload(made.table, id);
    expect(workload !== undefined && (await isReconciled(made.table, workload, made.ports.now()))).toBe(true);
  });
});

describe('many workloads at once', () => {
  it('are one change of a problem, not one for each', async () => {
    const made = world({ records: [heartbleed] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    const names = Array.from({ length: 30 }, (_, n) => `service-${n}`);
    for (const name of names) await made.run(name, 'checkout', digest);
    await reconcileWorkloads(
      made.ports,
      names.map((name) => `1/local/demo/${name}`),
    );
    expect(transitionsOf(made)).toEqual(['NEW CVE-2014-0160']);
    expect((await readProblem(made.table, key))?.workloads).toHaveLength(30);
  });

  it('are told of in a line that people can read', async () => {
    const made = world({ records: [heartbleed] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    const names = Array.from({ length: 40 }, (_, n) => `service-${String(n).padStart(2, '0')}-${'x'.repeat(200)}`);
    for (const name of names) await made.run(name, 'checkout', digest);
    await reconcileWorkloads(
      made.ports,
      names.map((name) => `1/local/demo/${name}`),
    );
    const [text] = made.told.flatMap((change) => change.transitions.map((entry) => entry.text));
    expect(text?.length).toBeLessThan(2_500);
    expect(text).toMatch(/^runs in service-00-x.* and 32 more$/);
  });

  it('one that fails keeps none of the others', async () => {
    const made = world({ records: [heartbleed] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    for (const name of ['a', 'b', 'c']) await made.run(name, 'checkout', digest);
    const accept: typeof made.ports.accept = ({ service }) => {
      if (service === 'demo/b') throw new Error('b cannot be asked about');
      return undefined;
    };
    const all = ['a', 'b', 'c'].map((name) => `1/local/demo/${name}`);
    await expect(reconcileWorkloads({ ...made.ports, accept }, all)).rejects.toThrow('b cannot be asked about');
    expect((await readProblem(made.table, key))?.workloads).toEqual(['1/local/demo/a', '1/local/demo/c']);
  });
});

describe('a problem of very many workloads', () => {
  it('still fits its row', async () => {
    const made = world({ records: [heartbleed] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    await made.run('checkout', 'checkout', digest);
    await reconcileWorkload(made.ports, id);
    const [member] = await collect(made.table.query({ pk: 'P#DSA-2896-1#Debian:7#openssl', prefix: 'W#' }));
    const exposure = member?.exposure as { readonly workload: string };
    const many = Array.from(
      { length: 6_000 },
      (_, n) => `123456789012/eu-central-1/cluster-${n % 7}/${n * 7919}-service`,
    );
    await made.table.batchWrite(
      many.map((workload) => ({
        pk: 'P#DSA-2896-1#Debian:7#openssl',
        sk: `W#${workload}`,
        exposure: { ...exposure, workload },
      })),
    );
    made.book.turn([worse]);
    await rematch(made.ports, [{ shard: 'Debian:7', names: ['openssl'] }]);
    await reconcileWorkload(made.ports, id);
    expect((await readProblem(made.table, key))?.workloads).toHaveLength(6_001);
    expect((await collect(listProblems(made.table)))[0]?.workloads).toHaveLength(6_001);
  });
});

describe('what ends or appears without an event', () => {
  it('an exception that has ended opens the problem at the next full read', async () => {
    const made = world({ records: [heartbleed] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    await made.run('checkout', 'checkout', digest);
    const ports = {
      ...made.ports,
      accept: () => ({ reason: 'behind a proxy', until: '2026-01-31', lastDay: '2026-01-31' }),
    };
    await reconcileWorkload(ports, id);
    const workload = (await readWorkload(made.table, id))!;
    expect(await isReconciled(made.table, workload, new Date('2026-01-31T23:59:59Z'))).toBe(true);
    expect(await isReconciled(made.table, workload, new Date('2026-02-01T00:00:00Z'))).toBe(false);
    await reconcileWorkload(made.ports, id);
    expect(transitionsOf(made)).toEqual(['ACCEPTED CVE-2014-0160', 'ACCEPTANCE_ENDED CVE-2014-0160']);
  });

  it('an image that was read without anybody being told is found by the next full read', async () => {
    const made = world({ records: [heartbleed] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.run('checkout', 'checkout', digest);
    await reconcileWorkload(made.ports, id);
    const workload = (await readWorkload(made.table, id))!;
    expect(await isReconciled(made.table, workload, made.ports.now())).toBe(true);
    await made.scan('checkout', '1');
    expect(await isReconciled(made.table, workload, made.ports.now())).toBe(false);
  });
});

describe('an advisory that is taken back', () => {
  it('is withdrawn, also when it was the only one of the image', async () => {
    const made = world({ records: [heartbleed] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    await made.run('checkout', 'checkout', digest);
    await reconcileWorkload(made.ports, id);
    made.book.turn([dsa('DSA-2896-1', 'openssl', '1.0.1e-1', ['CVE-2014-0160'])]);
    const { workloads } = await rematch(made.ports, [{ shard: 'Debian:7', names: ['openssl'] }]);
    await reconcileWorkloads(made.ports, workloads);
    expect(transitionsOf(made)).toEqual(['NEW CVE-2014-0160', 'WITHDRAWN CVE-2014-0160']);
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
