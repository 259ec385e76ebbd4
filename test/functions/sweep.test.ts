import { describe, expect, it } from 'vitest';
import { makeSweep } from '#functions/sweep';
import { keepDueRematch, type ListedImage, type SweepPolicy, workloadsRunning } from '#shared/findings';
import { extractorsVersion } from '#shared/inventory';
import { buildImage, buildLayer, type Digest } from '#shared/oci';
import { keys, type Table } from '#shared/store';
import { writePackageSets } from '../../shared/findings/package-sets.ts';
import { faultyTable } from '../faults/table.ts';
import { heartbleed, world } from '../shared/findings/world.ts';
import { batch, envelope, listening } from './envelopes.ts';

const imageOf = (content: string) =>
  buildImage({
    layers: [
      buildLayer([
        { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="7"\n' },
        { path: 'app/name', content },
      ]),
    ],
    config: { architecture: 'amd64' },
  });

/** A nightly sweep over a world; what is listed, how old what was read is, and the policy may be changed before a turn. */
function nightly(policy: SweepPolicy = { images: 'all', dailyBytes: 1e9 }) {
  const made = world({ records: [heartbleed] });
  const heard = listening();
  const listed: ListedImage[] = [];
  const state = { extractors: extractorsVersion, policy, passed: 0 };
  const now = () => new Date(made.ports.now().getTime() + state.passed);
  const handler = makeSweep({
    ...heard,
    table: made.table,
    blobs: made.blobs,
    catalogue: {
      async *images() {
        yield* listed;
      },
    },
    policy: async () => state.policy,
    get extractors() {
      return state.extractors;
    },
    baseline: async () => false,
    now,
  });
  const turn = async () => {
    heard.emitted.length = 0;
    return handler(batch(envelope('Scheduled Event', {}, { source: 'aws.events' })));
  };
  const wanted = () => heard.emitted.filter(({ type }) => type === 'ImageWanted').map(({ detail }) => detail);
  const push = (repository: string, tag: string, bytes?: number) => {
    const digest = made.push(repository, tag, imageOf(repository));
    listed.push({
      registry: 'registry.test',
      repository,
      digest,
      tags: [tag],
      ...(bytes === undefined ? {} : { bytes }),
    });
    return digest;
  };
  return { ...made, heard, listed, state, now, turn, wanted, push };
}

describe('a nightly sweep', () => {
  it('asks for what was pushed and never seen, in the backlog, and for nothing that was read', async () => {
    const night = nightly();
    const digest = night.push('checkout', '1');
    await night.turn();
    expect(night.wanted()).toMatchObject([{ digest, lane: 'backlog', tag: '1' }]);
    await night.scan('checkout', '1');
    await night.turn();
    expect(night.wanted()).toEqual([]);
  });

  it('asks for what runs though no repository lists it any more, and goes on watching it when it was read', async () => {
    const night = nightly();
    const digest = night.push('checkout', '1');
    await night.run('checkout', 'checkout', digest);
    night.listed.length = 0;
    await night.turn();
    expect(night.wanted()).toMatchObject([{ digest, repository: 'checkout', lane: 'interactive', why: 'it runs' }]);
    await night.scan('checkout', '1');
    await night.turn();
    expect(night.wanted()).toEqual([]);
    expect(night.heard.emitted.at(-1)).toMatchObject({ type: 'SweepDone', detail: { listed: 0, unlisted: 1 } });
    expect(await workloadsRunning(night.table, digest)).toEqual(['1/local/demo/checkout']);
  });

  it("asks again for what older extractors read, what runs first, the rest within the day's bytes", async () => {
    const night = nightly({ images: 'all', dailyBytes: 150 });
    const [first, second, runs] = [night.push('a', '1', 100), night.push('b', '2', 100), night.push('c', '3', 100)];
    for (const [repository, tag] of [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ] as const)
      await night.scan(repository, tag);
    await night.run('checkout', 'c', runs);
    await night.turn();
    expect(night.wanted()).toEqual([]);
    night.state.extractors = 'newer';
    await night.turn();
    expect(night.wanted().map(({ digest, lane }) => [digest, lane])).toEqual([[runs, 'interactive']]);
    expect(night.heard.emitted.at(-1)).toMatchObject({ detail: { postponed: 2 } });
    night.state.policy = { images: 'all', dailyBytes: 450 };
    await night.turn();
    expect(new Set(night.wanted().map(({ digest }) => digest))).toEqual(new Set([runs, first, second]));
  });

  it("keeps to the day's bytes when it was cut in the middle", async () => {
    const night = nightly({ images: 'all', dailyBytes: 100_000 });
    for (let at = 0; at < 250; at += 1) night.push(`r${at}`, String(at), 100);
    const { emit } = night.heard;
    let count = 0;
    const handler = makeSweep({
      ...night.heard,
      emit: async (type, detail) => {
        count += 1;
        if (count > 220) throw new Error('the function was stopped');
        return emit(type, detail);
      },
      table: night.table,
      blobs: night.blobs,
      catalogue: {
        async *images() {
          yield* night.listed;
        },
      },
      policy: async () => night.state.policy,
      extractors: extractorsVersion,
      baseline: async () => false,
      now: night.now,
    });
    await handler(batch(envelope('Scheduled Event', {})));
    expect(await night.table.get(keys.sweep(night.now().toISOString().slice(0, 10)))).toMatchObject({ bytes: 20_000 });
  });

  it('tells again what was to be judged again an hour ago and is not done', async () => {
    const night = nightly();
    const part = { generation: 4, since: 3, changes: [{ shard: 'Debian:7', names: ['openssl', 'bash'] }] };
    const { list } = await keepDueRematch(night, part, night.now());
    await night.turn();
    expect(night.heard.types()).not.toContain('AdvisoriesChanged');
    night.state.passed = 61 * 60_000;
    await night.turn();
    expect(night.heard.emitted).toContainEqual({
      type: 'AdvisoriesChanged',
      detail: { generation: 4, since: 3, list, names: 2 },
    });
    expect(night.heard.emitted.at(-1)).toMatchObject({ type: 'SweepDone', detail: { behind: ['Debian:7'] } });
  });

  it('takes away, after a day, the edges of a package set whose writer was cut before its head', async () => {
    const night = nightly();
    const key = { ecosystem: 'Debian', release: '7', name: 'bash', version: '4.2' };
    const edges = async () => {
      const found: string[] = [];
      const { pk } = keys.packageEdge('Debian:7', 'bash', '', '');
      for await (const { set } of night.table.query({ pk, prefix: 'E#' })) found.push(String(set));
      return found;
    };
    const write = (table: Table, id: string) =>
      writePackageSets(table, night.blobs, [{ id, layer: digest, keys: [key] }], digest, night.now());
    const cut = faultyTable(night.table, {
      seed: 1,
      beforeWrite: (_, [at]) => {
        if (at?.pk === keys.set('cut').pk) throw new Error('the function was stopped');
      },
    });
    await expect(write(cut, 'cut')).rejects.toThrow('stopped');
    await write(night.table, 'whole');
    expect(await edges()).toEqual(['cut', 'whole']);
    await night.turn();
    expect(await edges(), 'its writer may still be at it').toEqual(['cut', 'whole']);
    night.state.passed = 25 * 60 * 60_000;
    await night.turn();
    expect(await edges()).toEqual(['whole']);
    expect(night.heard.emitted.at(-1)).toMatchObject({ type: 'SweepDone', detail: { orphans: 1 } });
    // and whoever comes later writes it as if nothing had been
    await write(night.table, 'cut');
    night.state.passed = 50 * 60 * 60_000;
    await night.turn();
    expect(await edges()).toEqual(['cut', 'whole']);
    for await (const row of night.table.query({ pk: keys.begunSet('').pk })) expect(row).toBeUndefined();
  });

  it('keeps writers of a set out while its old edges are cleared away, and lets them in when the sweep was cut', async () => {
    const night = nightly();
    const write = () =>
      writePackageSets(night.table, night.blobs, [{ id: 'x', layer: digest, keys: [] }], digest, night.now());
    await night.table.put({ ...keys.begunSet('x'), set: 'x', state: 'clearing', at: night.now().toISOString() });
    await expect(write()).rejects.toMatchObject({ code: 'unavailable' });
    night.state.passed = 21 * 60_000;
    await write();
    expect(await night.table.get(keys.set('x'))).toBeDefined();
  });
});

const digest = `sha256:${'0'.repeat(64)}` as Digest;
