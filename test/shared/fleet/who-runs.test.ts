import { describe, expect, it } from 'vitest';
import {
  changed,
  loneTaskId,
  loneTaskName,
  memoryOrchestrator,
  parseWorkloadId,
  repairMode,
  type Workload,
  whoRuns,
  workloadId,
} from '#shared/fleet';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const;

async function fleet(): Promise<{
  read: () => Promise<Workload[]>;
  port: ReturnType<typeof memoryOrchestrator>;
  tick: () => void;
}> {
  let now = 0;
  const port = memoryOrchestrator({ now: () => now });
  port.pushTag('r/app:1', digest('a'));
  port.pushTag('r/proxy:1', digest('b'));
  port.addService({ name: 'web', containers: { app: 'r/app:1', proxy: 'r/proxy:1' } });
  port.addService({ name: 'api', containers: { app: 'r/app:1' } });
  const read = async (): Promise<Workload[]> => {
    const all: Workload[] = [];
    for await (const one of port.list()) all.push(one);
    return all;
  };
  return {
    read,
    port,
    tick: () => {
      now += 1_000;
    },
  };
}

describe('who runs what', () => {
  it('is told by digest', async () => {
    const { read } = await fleet();
    const byDigest = whoRuns(await read());
    expect(byDigest.get(digest('a'))?.map((id) => id.split('/').at(-1))).toEqual(['api', 'web']);
    expect(byDigest.get(digest('b'))?.map((id) => id.split('/').at(-1))).toEqual(['web']);
    expect(byDigest.get(digest('c'))).toBeUndefined();
  });

  it('changes by what matters, and not by the time of reading', async () => {
    const { read, port, tick } = await fleet();
    const [before] = await read();
    if (before === undefined) throw new Error('nothing to read');
    expect(changed(undefined, before)?.started).toEqual([digest('a'), digest('b')]);
    tick();
    const [same] = await read();
    expect(changed(before, same!)).toBeUndefined();
    const definition = await port.register(
      { workload: before.id, changeId: 'x', images: { app: `r/app:2@${digest('d')}` } },
      before.definition,
    );
    port.personDeploys(before.id, definition);
    port.complete(before.id);
    tick();
    const [after] = await read();
    expect(changed(before, after!)).toMatchObject({
      started: [digest('d')],
      stopped: [digest('a')],
      definition: true,
      deployment: true,
      mode: false,
    });
    // a reading that began earlier says nothing
    expect(changed(after, before)).toBeUndefined();
  });

  it('knows three modes and no others', () => {
    expect(
      ['observe', 'ASK ', 'auto', '', 'yes', 'toString'].map((value) => repairMode({ 'drydock:repair': value })),
    ).toEqual(['observe', 'ask', 'auto', undefined, undefined, undefined]);
    expect(repairMode({})).toBeUndefined();
  });

  it('names workloads in a way that can be read back', () => {
    const parts = { account: '1', region: 'eu', cluster: 'main', name: 'web' };
    expect(parseWorkloadId(workloadId(parts))).toEqual(parts);
    for (const bad of ['', 'a/b/c', 'a/b/c/', 'a/b/c/d/e', '//c/d']) expect(parseWorkloadId(bad)).toBeUndefined();
    expect([loneTaskId(loneTaskName('ab12')), loneTaskId('web')]).toEqual(['ab12', undefined]);
  });
});
