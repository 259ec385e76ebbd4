import { describe, expect, it } from 'vitest';
import { makeMapWorkloads } from '#functions/map-workloads';
import { beginTouch, listWorkloads, readProblem } from '#shared/findings';
import { memoryOrchestrator } from '#shared/fleet';
import { memoryTable, type Table } from '#shared/store';
import { checkout } from '../../../local/demo/images.ts';
import { faultyTable } from '../../faults/table.ts';
import { heartbleed, world } from '../../shared/findings/world.ts';
import { batch, envelope, listening } from '../envelopes.ts';

const key = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };

const setUp = async (services: number, table: Table = memoryTable()) => {
  const made = world({ records: [heartbleed], table });
  const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
  const fleet = memoryOrchestrator({ now: () => made.ports.now().getTime() });
  fleet.pushTag('registry.test/checkout:1', digest);
  const ids = Array.from({ length: services }, (_, n) =>
    fleet.addService({ name: `checkout-${n}`, containers: { app: 'registry.test/checkout:1' } }),
  );
  const heard = listening();
  const handle = makeMapWorkloads({ ...made.ports, ...heard, orchestrator: fleet });
  return { made, digest, fleet, ids, heard, handle };
};

/** A table that counts what it is asked. */
function counting(inner: Table): { readonly table: Table; calls(): number } {
  let calls = 0;
  const table = new Proxy(inner, {
    get(of, name: keyof Table) {
      return (...given: unknown[]) => {
        calls += 1;
        return (of[name] as (...all: unknown[]) => unknown)(...given);
      };
    },
  });
  return { table, calls: () => calls };
}

const fullRead = envelope('Scheduled Event', {}, { source: 'aws.events' });
const all = async (table: Table): Promise<string[]> => {
  const ids: string[] = [];
  for await (const workload of listWorkloads(table)) ids.push(workload.id);
  return ids;
};

describe('map-workloads', () => {
  it('reads the fleet, asks for what was never read, and makes problems true when it was', async () => {
    const { made, digest, ids, heard, handle } = await setUp(3);
    await handle(batch(fullRead));
    expect(heard.types()).toEqual(['ImageWanted', 'WorkloadsChanged']);
    expect(await readProblem(made.table, key)).toBeUndefined();
    await made.scan('checkout', '1');
    const scanned = {
      registry: 'registry.test',
      repository: 'checkout',
      digest,
      coverage: { state: 'scanned' },
      counts: {},
    };
    await handle(batch(envelope('ImageScanned', scanned)));
    expect((await readProblem(made.table, key))?.workloads).toEqual([...ids].sort());
    expect(made.told.flatMap((change) => change.transitions.map((entry) => entry.transition))).toEqual(['NEW']);
  });

  it('reads the fleet though one service runs what is called by no name that we can read', async () => {
    const { digest, fleet, ids, heard, handle } = await setUp(2);
    const image = 'registry.test/Ours/checkout:1';
    fleet.pushTag(image, digest);
    const odd = fleet.addService({ name: 'a-first', containers: { app: image } });
    expect((await handle(batch(fullRead))).batchItemFailures).toEqual([]);
    const told = heard.emitted.flatMap(({ type, detail }) =>
      type === 'WorkloadsChanged' ? (detail as { workloads: { id: string }[] }).workloads.map(({ id }) => id) : [],
    );
    expect(told.sort()).toEqual([odd, ...ids].sort());
    expect(heard.types().filter((type) => type === 'ImageWanted')).toHaveLength(1);
    expect(heard.reported).toEqual([]);
  });

  it('finds at the next full read what nobody was told of', async () => {
    const { made, ids, handle } = await setUp(2);
    await handle(batch(fullRead));
    await made.scan('checkout', '1');
    await handle(batch(fullRead));
    expect((await readProblem(made.table, key))?.workloads).toEqual([...ids].sort());
  });

  it('writes nothing but its own mark when nothing has changed', async () => {
    const table = faultyTable(memoryTable(), { seed: 1 });
    const { made, handle } = await setUp(2, table);
    await made.scan('checkout', '1');
    await handle(batch(fullRead));
    const before = table.counts.writes;
    await handle(batch(fullRead));
    expect(table.counts.writes - before).toBe(1);
  });

  it('asks the table as often for fifty services as for ten when nothing has changed', async () => {
    const calls = async (services: number): Promise<number> => {
      const { table, calls: made } = counting(memoryTable());
      const { handle, made: world } = await setUp(services, table);
      await world.scan('checkout', '1');
      await handle(batch(fullRead));
      const before = made();
      await handle(batch(fullRead));
      return made() - before;
    };
    expect(await calls(50)).toBe(await calls(10));
  });

  it('forgets a service that is gone, and knows it again when it is back', async () => {
    const { made, fleet, ids, handle } = await setUp(2);
    await made.scan('checkout', '1');
    await handle(batch(fullRead));
    fleet.removeService(ids[0]!);
    await handle(batch(fullRead));
    expect(await all(made.table)).toEqual([ids[1]]);
    expect((await readProblem(made.table, key))?.workloads).toEqual([ids[1]]);
    fleet.addService({ name: 'checkout-0', containers: { app: 'registry.test/checkout:1' } });
    await handle(batch(fullRead));
    expect(await all(made.table)).toEqual([...ids].sort());
    expect((await readProblem(made.table, key))?.workloads).toEqual([...ids].sort());
  });

  it('tells a change again that it could not tell', async () => {
    const { heard, handle, made } = await setUp(1);
    await made.scan('checkout', '1');
    heard.failing.add('WorkloadsChanged');
    expect(await handle(batch(fullRead))).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
    expect(await handle(batch(fullRead))).toEqual({ batchItemFailures: [] });
    expect(await handle(batch(fullRead))).toEqual({ batchItemFailures: [] });
    expect(heard.types()).toEqual(['WorkloadsChanged']);
  });

  it('tells at a full read what a change has touched whose last message was lost', async () => {
    const { made, ids, fleet, heard, handle } = await setUp(4);
    await handle(batch(fullRead));
    await made.scan('checkout', '1');
    const parts = await beginTouch(made.table, ['change'], ids, made.ports.now(), 2);
    const [first] = parts.map((part) => envelope('WorkloadsTouched', part));
    await handle(batch(first!));
    expect(made.told).toEqual([]);
    const hourLater = () => new Date(made.ports.now().getTime() + 60 * 60 * 1000);
    const late = makeMapWorkloads({ ...made.ports, ...heard, orchestrator: fleet, now: hourLater });
    expect(await late(batch(fullRead))).toEqual({ batchItemFailures: [] });
    expect(made.told.map(({ problem }) => problem.workloads)).toEqual([[...ids].sort()]);
    for await (const row of made.table.query({ pk: 'TOUCHED', consistent: true })) expect(row).toBeUndefined();
  });

  it('refuses for good what is no event of its own', async () => {
    const { heard, handle } = await setUp(0);
    const result = await handle(
      batch('{', envelope('ImageScanned', { digest: 'x' }), envelope('WorkloadsTouched', {})),
    );
    expect(result).toEqual({ batchItemFailures: [] });
    expect(heard.reported.map(({ final }) => final)).toEqual([true, true, true]);
  });
});
