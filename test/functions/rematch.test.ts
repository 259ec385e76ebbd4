import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeMapWorkloads } from '#functions/map-workloads';
import { makeRefreshAdvisories } from '#functions/refresh-advisories';
import { makeRematch } from '#functions/rematch';
import { advisoryBook } from '#shared/advisories';
import {
  keepWorkload,
  listDueRematches,
  readProblem,
  readWorkload,
  reconcileWorkload,
  scanImage,
} from '#shared/findings';
import { memoryOrchestrator } from '#shared/fleet';
import { keys, memoryTable, type Table } from '#shared/store';
import { tellChange, touchAll } from '../../functions/news.ts';
import { checkout } from '../../local/demo/images.ts';
import { dsa, world } from '../shared/findings/world.ts';
import { batch, envelope, listening } from './envelopes.ts';

const service = '1/local/demo/checkout';
const openssl = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };

/** A service that runs an image with Debian 7's openssl and bash, judged by published advisories that `publish` replaces. */
async function running(records: readonly object[], table: Table = memoryTable()) {
  const made = world({ records: [], table });
  const heard = listening();
  let published = records;
  const book = advisoryBook({ table, blobs: made.blobs });
  const ports = { ...made.ports, ...heard, book };
  const refresh = makeRefreshAdvisories({
    ...heard,
    request: {
      table,
      blobs: made.blobs,
      now: made.ports.now,
      source: {
        describe: 'memory',
        ecosystems: async () => ['Debian'],
        modified: async () => createHash('sha256').update(JSON.stringify(published)).digest('hex'),
        async *records() {
          for (const [at, record] of published.entries())
            yield { id: String(at), bytes: Buffer.from(JSON.stringify(record)) };
        },
      },
    },
  });
  const rematch = makeRematch(ports);
  const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
  await scanImage(ports, { registry: 'registry.test', repository: 'checkout', tag: '1' });
  await made.run('checkout', 'checkout', digest);
  await reconcileWorkload(ports, service);
  const publish = async (next: readonly object[]) => {
    published = next;
    expect(await refresh(batch(envelope('AdvisoriesWanted', { ecosystems: ['Debian'] })))).toEqual({
      batchItemFailures: [],
    });
  };
  return { ...made, ...heard, ports, publish, rematch };
}

const many = (count: number) => Array.from({ length: count }, (_, at) => dsa(`DSA-${at}-1`, `package-${at}`, '1', []));
const heartbleed = dsa('DSA-2896-1', 'openssl', '1.0.1e-2+deb7u5', ['CVE-2014-0160']);
const quiet = dsa('DSA-1-1', 'nothing-has-this', '1', ['CVE-2014-1']);

describe('a change of advisories that touches more services than one message names', () => {
  it('goes in parts, and its problem is told once, by whoever does the last', async () => {
    const made = await running([]);
    const workload = (await readWorkload(made.table, service))!;
    for (let n = 0; n < 520; n += 1) await keepWorkload(made.table, { ...workload, id: `${service}-${n}` });
    const map = makeMapWorkloads({
      ...made.ports,
      tell: tellChange(made.emit, made.ports.now),
      orchestrator: memoryOrchestrator({ now: () => 0 }),
    });
    await touchAll(made.table, made.emit, made.ports.now);
    const touched = () =>
      made.emitted
        .splice(0)
        .flatMap(({ type, detail }) => (type === 'WorkloadsTouched' ? [envelope(type, detail)] : []));
    expect(await map(batch(...touched()))).toEqual({ batchItemFailures: [] });

    await made.publish([heartbleed, quiet]);
    const changed = made.emitted.find(({ type }) => type === 'AdvisoriesChanged')!;
    const message = batch(envelope('AdvisoriesChanged', changed.detail));
    made.emitted.length = 0;
    await made.rematch(message);
    const first = touched();
    await made.rematch(message);
    const again = touched();
    expect(again, 'the same change, said again, is the same parts').toEqual(first);
    expect(first).toHaveLength(2);

    expect(await map(batch(...again.reverse(), ...first))).toEqual({ batchItemFailures: [] });
    const told = made.emitted.filter(({ type }) => type === 'ProblemChanged');
    expect(told.map(({ detail }) => detail.transitions)).toEqual([
      [{ transition: 'NEW', text: expect.stringMatching(/and 513 more$/) }],
    ]);
  });
});

describe('a change of advisories', () => {
  it('reaches whoever runs what it touches, and is due until it was told', async () => {
    const made = await running([]);
    await made.publish([heartbleed, quiet]);
    const told = made.emitted.find(({ type }) => type === 'AdvisoriesChanged')!;
    expect(told.detail).toMatchObject({ generation: 1, since: 0, names: 2 });
    expect((await listDueRematches(made.table)).map(({ shards }) => shards)).toEqual([['Debian:7']]);

    await made.rematch(batch(envelope('AdvisoriesChanged', told.detail)));
    expect(made.emitted.at(-1)).toEqual({ type: 'WorkloadsTouched', detail: { workloads: [service] } });
    expect(await listDueRematches(made.table)).toEqual([]);
    await reconcileWorkload(made.ports, service);
    expect(await readProblem(made.table, openssl)).toMatchObject({ state: 'open' });
  });

  it('is told again by a repeated message, when the first was cut after its judgements were written', async () => {
    const made = await running([]);
    await made.publish([heartbleed, quiet]);
    const told = made.emitted.find(({ type }) => type === 'AdvisoriesChanged')!;
    made.failing.add('WorkloadsTouched');
    const message = batch(envelope('AdvisoriesChanged', told.detail));
    expect((await made.rematch(message)).batchItemFailures).toHaveLength(1);
    expect(await listDueRematches(made.table)).toHaveLength(1);
    expect((await made.rematch(message)).batchItemFailures).toEqual([]);
    expect(made.emitted.at(-1)).toEqual({ type: 'WorkloadsTouched', detail: { workloads: [service] } });
  });

  it('touches nobody when what they run is judged as before', async () => {
    const made = await running([]);
    await made.publish([heartbleed, quiet]);
    const first = made.emitted.find(({ type }) => type === 'AdvisoriesChanged')!;
    await made.rematch(batch(envelope('AdvisoriesChanged', first.detail)));
    made.emitted.length = 0;
    // fixed before the installed version ever was
    await made.publish([heartbleed, quiet, dsa('DSA-2-1', 'openssl', '0.9.8', ['CVE-2008-1'])]);
    const second = made.emitted.find(({ type }) => type === 'AdvisoriesChanged')!;
    expect(second.detail).toMatchObject({
      generation: 2,
      since: 1,
      changes: [{ shard: 'Debian:7', names: ['openssl'] }],
    });
    await made.rematch(batch(envelope('AdvisoriesChanged', second.detail)));
    expect(made.types()).not.toContain('WorkloadsTouched');
  });

  it('travels as blobs when its names outgrow one event', async () => {
    const made = await running([]);
    await made.publish([...many(14_000), heartbleed]);
    const told = made.emitted.filter(({ type }) => type === 'AdvisoriesChanged');
    expect(told.length).toBeGreaterThan(1);
    for (const { detail } of told) expect(detail).not.toHaveProperty('changes');
    expect(told.reduce((sum, { detail }) => sum + Number(detail.names), 0)).toBe(14_001);
    await made.rematch(batch(...told.map(({ detail }) => envelope('AdvisoriesChanged', detail))));
    expect(made.emitted.filter(({ type }) => type === 'WorkloadsTouched')).toHaveLength(1);
    expect(await listDueRematches(made.table)).toEqual([]);
  });

  it('is not told again after it was told', async () => {
    const made = await running([]);
    await made.publish([heartbleed, quiet]);
    const before = made.emitted.length;
    await made.publish([heartbleed, quiet]);
    expect(made.emitted).toHaveLength(before);
    expect(await made.table.get(keys.toldGeneration())).toMatchObject({ generation: 1 });
  });
});
