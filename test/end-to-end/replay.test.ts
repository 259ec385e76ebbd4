import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BusEvent } from '#shared/events';
import { parseReference, pushImage } from '#shared/oci';
import { type Stack, startStack } from '../../local/stack/index.ts';
import { debianImage } from './an-image.ts';
import { eventually } from './eventually.ts';
import { starterOf } from './own-starter.ts';
import { services } from './services.ts';
import type { PlansShape, ProblemsShape, RolloutsShape } from './shapes.ts';
import { dataFolder, endAll, lastingFolder } from './stack-process.ts';
import { storedState } from './stored-state.ts';

const open = new Set<Stack>();

afterAll(async () => {
  for (const stack of open) await stack.close();
  await endAll();
});

/** A stack in this process, with everything that was put on its bus. */
async function recorded(
  folder: string,
  starter: string,
): Promise<{ stack: Stack; events: BusEvent[]; said: string[] }> {
  const said: string[] = [];
  const stack = await startStack(
    { folder, fresh: false, demo: false, offline: true, advisories: '', starter },
    (text) => {
      said.push(text);
    },
  );
  open.add(stack);
  const events: BusEvent[] = [];
  stack.bus.subscribe((event) => events.push(event));
  return { stack, events, said };
}

async function closed(stack: Stack): Promise<void> {
  open.delete(stack);
  await stack.close();
}

const api = async <T>(stack: Stack, at: string): Promise<T> =>
  (await (await fetch(`${stack.endpoints.api}${at}`)).json()) as T;

const push = (stack: Stack, name: string, packages: Readonly<Record<string, string>>) =>
  pushImage(debianImage(packages, name.split(':')[0] ?? '').source, parseReference(`${stack.registry}/${name}`));

/** Every event twice, in an order that a seed decides. */
function twiceAndShuffled(events: readonly BusEvent[], seed: number): BusEvent[] {
  const all = [...events, ...events];
  let state = seed;
  for (let at = all.length - 1; at > 0; at -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = (state >>> 8) % (at + 1);
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return all;
}

/**
 * What follows from the registry, the fleet and the advisories alone: images, tags, sets, judgements, workloads, problems and the alerts about them. Plans, what
 * alerts say of them, the workloads' history and what ran last when tell the way there, which another run has gone in another order.
 */
const whatIsTrue = (state: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(state)
      .filter(([key]) => !/^(L#|SWEEP|FEED|[IP]#.* L$|W#.* H#)/.test(key))
      .map(([key, row]) => {
        // who came first into a problem is told by its history, and it is another one
        if (/^P#.* A$/.test(key)) {
          const { problem } = row as { problem: { history: unknown } };
          return [key, { ...problem, history: undefined }];
        }
        if (!key.startsWith('A#')) return [key, row];
        const { header, why, severity } = (row as { record: { alert: Record<string, unknown> } }).record.alert;
        return [key, { header, why, severity }];
      }),
  );

const flaws = [
  { name: 'alpha', fixed: '2.0-1' },
  { name: 'beta', fixed: '2.0-1' },
  { name: 'gamma', fixed: '2.0-1', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N' },
];
const vulnerable = { alpha: '1.0-1', beta: '1.0-1', gamma: '1.0-1' };

/** Three services in three modes, and the first problems of them. */
async function threeServices(stack: Stack): Promise<void> {
  const ecs = services(stack.ecs);
  for (const [name, mode] of [
    ['asked', 'ask'],
    ['observed', 'observe'],
    ['automatic', 'auto'],
  ] as const) {
    await push(stack, `${name}:1.0`, vulnerable);
    await ecs.run(name, `${stack.registry}/${name}:1.0`, mode);
  }
  await eventually('every service in every problem', async () => {
    const { problems } = await api<{ problems: { workloads: readonly string[] }[] }>(stack, '/problems');
    return problems.length === 3 && problems.every((each) => each.workloads.length === 3);
  });
  await stack.bus.drain();
}

describe('events that come twice and in any order', () => {
  it('leave the store as it is after a whole loop: nothing is told, planned or rolled out anew', async () => {
    // given a loop that is over: one service repaired by a yes, one by itself, one left alone
    const folder = await dataFolder();
    const { stack, events, said } = await recorded(folder, await starterOf(folder, flaws));
    await threeServices(stack);
    for (const name of ['asked', 'observed', 'automatic']) {
      await push(stack, `${name}:1.0`, { alpha: '2.0-1', beta: '2.0-1', gamma: '1.0-1' });
      await stack.bus.drain();
    }
    // while the one that repairs itself moves, the plan for the other may be replaced by one for it alone
    await eventually('a yes to the plan that asks', async () => {
      const plan = (await api<PlansShape>(stack, '/plans')).plans.find((each) => each.approvable);
      if (plan === undefined) return undefined;
      const headers = { authorization: `Bearer ${stack.endpoints.token}` };
      return (await fetch(`${stack.endpoints.api}/plans/${plan.id}/approve`, { method: 'POST', headers })).ok;
    });
    await eventually('both repairs, told to the end', async () => {
      const { rollouts } = await api<RolloutsShape>(stack, '/rollouts');
      const verified = rollouts.filter((each) => each.state === 'verified');
      const told = events.filter((event) => event['detail-type'] === 'RolloutEnded');
      return (
        new Set(verified.flatMap((each) => each.rows.map((row) => row.workload))).size === 2 &&
        verified.every((each) => told.some((event) => event.detail['rollout'] === each.id))
      );
    });
    await eventually('the problems to be about the observed service only', async () => {
      const { problems } = await api<ProblemsShape>(stack, '/problems');
      return problems.find((each) => each.package === 'alpha')?.workloads.length === 1;
    });
    await stack.bus.drain();
    const before = await storedState(stack.endpoints.dynamodb);

    // when all that was ever said is said twice more, in another order
    const replayed = twiceAndShuffled(events, 7);
    expect([...new Set(replayed.map((event) => event['detail-type']))]).toEqual(
      expect.arrayContaining([
        'AdvisoriesWanted',
        'ECR Image Action',
        'ECS Deployment State Change',
        'ECS Service Action',
        'ECS Task State Change',
        'ImageScanned',
        'WorkloadsChanged',
        'ProblemChanged',
        'AlertSent',
        'PlanMade',
        'PlanApproved',
        'RolloutNews',
        'RolloutStep',
        'RolloutEnded',
      ]),
    );
    events.length = 0;
    for (const event of replayed) await stack.bus.put(event);
    await stack.bus.drain();

    // then nothing has changed, and nobody was told anything again
    expect(await storedState(stack.endpoints.dynamodb)).toEqual(before);
    // the functions already speak while events are still put, so the replayed ones are taken out one by one, not as the first so many
    const left = [...replayed];
    const again = events.filter((event) => {
      const at = left.findIndex((one) => one.id === event.id);
      if (at >= 0) left.splice(at, 1);
      return at < 0 && event.source === 'drydock';
    });
    expect(again.filter((event) => ['AlertSent', 'PlanMade', 'RolloutStep'].includes(event['detail-type']))).toEqual(
      [],
    );
    for (const name of ['asked', 'automatic']) expect(await services(stack.ecs).deployments(name)).toHaveLength(2);
    expect(await services(stack.ecs).deployments('observed')).toHaveLength(1);
    expect(said).toEqual([]);
    await closed(stack);
  });

  it.each([1, 2])('bring a new store to where the old one was (seed %i)', async (seed) => {
    // given a fleet with problems and plans, and all that was said on the way there
    const folder = await lastingFolder();
    const starter = await starterOf(folder, flaws);
    const first = await recorded(folder, starter);
    await threeServices(first.stack);
    await push(first.stack, 'asked:2.0', { alpha: '2.0-1', beta: '2.0-1', gamma: '1.0-1' });
    await push(first.stack, 'observed:1.0', { alpha: '2.0-1', beta: '1.0-1' });
    await eventually('the plan', async () => (await api<PlansShape>(first.stack, '/plans')).plans.length > 0);
    await first.stack.bus.drain();
    const before = whatIsTrue(await storedState(first.stack.endpoints.dynamodb, { anotherRun: true }));
    await closed(first.stack);

    // when a stack that knows nothing is given the same registry and fleet, and the events twice and shuffled
    const other = await dataFolder();
    await mkdir(other);
    for (const name of ['registry', 'fleet', 'ports.json', 'drydock-data'])
      await cp(path.join(folder, name), path.join(other, name), { recursive: true });
    const second = await recorded(other, starter);
    for (const event of twiceAndShuffled(first.events, seed)) await second.stack.bus.put(event);
    await second.stack.bus.drain();

    // then it has come to the same
    const after = whatIsTrue(await storedState(second.stack.endpoints.dynamodb, { anotherRun: true }));
    expect(after).toEqual(before);
    expect(Object.keys(after).filter((key) => /^[PA]#.* A$/.test(key))).toHaveLength(6);
    await closed(second.stack);
  });
});
