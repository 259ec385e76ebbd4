import { describe, expect, it } from 'vitest';
import { makeSweep } from '#functions/sweep';
import { keepDueRematch, workloadsRunning } from '#shared/findings';
import { extractorsVersion } from '#shared/inventory';
import { buildImage, buildLayer } from '#shared/oci';
import { keys } from '#shared/store';
import type { ForgetPolicy, ListedImage, SweepPolicy } from '#shared/sweep';
import { noCounts } from '../../shared/sweep/run.ts';
import { heartbleed, world } from '../shared/findings/world.ts';
import { listedRegistry, readsAll } from '../shared/sweep/listed-registry.ts';
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
function nightly(policy: SweepPolicy & ForgetPolicy = readsAll) {
  const made = world({ records: [heartbleed] });
  const heard = listening();
  const listed: ListedImage[] = [];
  const state = { extractors: extractorsVersion, policy, passed: 0 };
  const now = () => new Date(Date.parse('2026-01-01T01:00:00Z') + state.passed);
  const ports = {
    ...heard,
    table: made.table,
    blobs: made.blobs,
    catalogue: listedRegistry(listed),
    policy: async () => state.policy,
    get extractors() {
      return state.extractors;
    },
    baseline: async () => false,
    now,
  };
  const handler = makeSweep(ports);
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
  return { ...made, heard, listed, state, ports, now, turn, wanted, push };
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
    const night = nightly({ ...readsAll, dailyBytes: 150 });
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
    night.state.policy = { ...readsAll, dailyBytes: 450 };
    await night.turn();
    expect(new Set(night.wanted().map(({ digest }) => digest))).toEqual(new Set([runs, first, second]));
  });

  it("keeps to the day's bytes when it was cut in the middle", async () => {
    const night = nightly({ ...readsAll, dailyBytes: 100_000 });
    for (let at = 0; at < 250; at += 1) night.push(`r${at}`, String(at), 100);
    const { emit } = night.heard;
    let count = 0;
    const handler = makeSweep({
      ...night.ports,
      emit: async (type, detail) => {
        count += 1;
        if (count > 220) throw new Error('the function was stopped');
        return emit(type, detail);
      },
    });
    await handler(batch(envelope('Scheduled Event', {})));
    expect(await night.table.get(keys.sweep(night.now().toISOString().slice(0, 10)))).toMatchObject({ bytes: 22_000 });
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

  it('hands on what one turn has no time for, and the frequent rule goes on when that is lost', async () => {
    const night = nightly({ ...readsAll, images: 'newest' });
    for (let at = 0; at < 5; at += 1) night.push(`r${at}`, '1', 100);
    const wanted: string[] = [];
    const handler = makeSweep({
      ...night.ports,
      emit: async (type, detail) => {
        if (type === 'ImageWanted') {
          night.state.passed += 6 * 60_000;
          wanted.push(String((detail as { repository?: string }).repository));
        }
        return night.heard.emit(type, detail);
      },
    });
    const frequent = { source: 'aws.events', resources: ['arn:aws:events:local:1:rule/x-sweepbaseline1234'] };
    await handler(batch(envelope('Scheduled Event', {}, frequent)));
    expect(night.heard.emitted, 'there is nothing to go on with').toEqual([]);
    await handler(batch(envelope('Scheduled Event', {}, { source: 'aws.events' })));
    expect(wanted).toEqual(['r0', 'r1']);
    expect(night.heard.emitted.at(-1)).toMatchObject({ type: 'SweepUnfinished', detail: { stage: 'repositories' } });
    await handler(batch(envelope('SweepUnfinished', night.heard.emitted.at(-1)?.detail ?? {})));
    expect(wanted).toEqual(['r0', 'r1', 'r2', 'r3']);
    await handler(batch(envelope('Scheduled Event', {}, frequent)));
    expect(wanted).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
    expect(night.heard.emitted.at(-1)).toMatchObject({ type: 'SweepDone', detail: { wanted: 5, listed: 5, turns: 3 } });
  });

  it('does not begin what another turn is at, and takes over from one that was cut', async () => {
    const night = nightly();
    night.push('checkout', '1');
    const died = makeSweep({
      ...night.ports,
      table: {
        ...night.table,
        put: async (item, condition) => {
          if (item.pk === keys.sweepRun().pk && item.sk === keys.sweepDone().sk) throw new Error('died');
          return night.table.put(item, condition);
        },
      },
    });
    expect((await died(batch(envelope('Scheduled Event', {})))).batchItemFailures).toHaveLength(1);
    night.heard.emitted.length = 0;
    await night.turn();
    expect(night.heard.emitted).toMatchObject([{ type: 'SweepDone', detail: { wanted: 1 } }]);
    await night.table.put({
      ...keys.sweepRun(),
      rev: 'x',
      run: {
        began: night.now().toISOString(),
        stage: 'rows',
        until: '2026-01-01T01:05:00Z',
        turns: 1,
        counts: noCounts,
        rev: 'x',
      },
    });
    await night.turn();
    expect(night.heard.emitted, "it is somebody else's turn").toEqual([]);
    night.state.passed = 6 * 60_000;
    await night.turn();
    expect(night.heard.types()).toEqual(['SweepDone']);
  });
});
