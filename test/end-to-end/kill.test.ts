import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianImage } from './an-image.ts';
import { eventually } from './eventually.ts';
import { starterOf } from './own-starter.ts';
import { services } from './services.ts';
import type { PlanShape, PlansShape, RolloutShape, RolloutsShape } from './shapes.ts';
import { endAll, lastingFolder, type StackProcess, startProcess } from './stack-process.ts';

/** Where a stack dies while it rolls out: see die-at.ts. Three are taken at random, by a seed that is written down. */
const deaths: readonly { readonly name: string; readonly way: 'force' | 'register'; readonly at: string }[] = [
  { name: 'before-force', way: 'force', at: 'start:UpdateService:1' },
  { name: 'after-force', way: 'force', at: 'finish:UpdateService:1' },
  { name: 'before-copy', way: 'register', at: 'start:RegisterTaskDefinition:1' },
  { name: 'after-copy', way: 'register', at: 'finish:RegisterTaskDefinition:1' },
  { name: 'copied', way: 'register', at: 'finish:RegisterTaskDefinition:1+2' },
  { name: 'before-update', way: 'register', at: 'start:UpdateService:1' },
  { name: 'after-update', way: 'register', at: 'finish:UpdateService:1' },
  ...atRandom(3, 20_261_123).map((count, index) => ({
    name: `random-${index}`,
    way: index % 2 === 0 ? ('force' as const) : ('register' as const),
    at: `finish:any:${count}`,
  })),
];
const patient = ['waiting', 'proven'];

function atRandom(many: number, seed: number): number[] {
  const counts: number[] = [];
  for (let state = seed; counts.length < many; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    counts.push(1 + ((state >>> 8) % 60));
  }
  return counts;
}

let folder: string;
let args: readonly string[];

const preload = path.join(import.meta.dirname, 'die-at.ts');
const begin = (at?: string): Promise<StackProcess> =>
  startProcess(folder, at === undefined ? { args } : { args, preload, environment: { DRYDOCK_TEST_DIE_AT: at } });

const idOf = (service: string): string => `000000000000/local/shop/${service}`;
const planOf = async (stack: StackProcess, service: string): Promise<PlanShape | undefined> =>
  (await stack.api<PlansShape>('/plans')).plans.find((plan) =>
    plan.changes.some((each) => each.workload === idOf(service)),
  );
const rolloutsOf = async (stack: StackProcess, service: string): Promise<RolloutShape[]> =>
  (await stack.api<RolloutsShape>('/rollouts')).rollouts.filter((each) =>
    each.rows.some((row) => row.workload === idOf(service)),
  );

/** The one rollout of a service, once it has ended. */
const endOf = (stack: StackProcess, service: string): Promise<RolloutShape> =>
  eventually(
    `the end of the rollout of ${service}`,
    async () => {
      const [rollout, ...others] = await rolloutsOf(stack, service);
      expect(others).toEqual([]);
      return rollout?.ended === true && rollout;
    },
    { seen: () => stack.printed.slice(-3_000) },
  );

beforeAll(async () => {
  folder = await lastingFolder();
  const names = [...deaths.map((each) => each.name), ...patient];
  args = [
    '--offline',
    '--no-demo',
    '--starter',
    await starterOf(
      folder,
      names.map((name) => ({ name, fixed: '2.0-1' })),
    ),
  ];
  const stack = await begin();
  for (const name of names) {
    await stack.push(debianImage({ [name]: '1.0-1' }, name), `${name}:1.0`);
    await services(stack.ecs).run(name, `${stack.registry}/${name}:1.0`, 'ask');
  }
  await eventually('all problems', async () => {
    const { problems } = await stack.api<{ problems: { state: string }[] }>('/problems');
    return problems.filter((each) => each.state === 'open').length === names.length;
  });
  for (const name of names) {
    const tag = deaths.find((each) => each.name === name)?.way === 'register' ? '2.0' : '1.0';
    await stack.push(debianImage({ [name]: '2.0-1' }, name), `${name}:${tag}`);
  }
  await eventually('all plans', async () => (await stack.api<PlansShape>('/plans')).plans.length === names.length);
  await stack.kill9();
});

afterAll(endAll);

describe('a rollout survives kill -9', () => {
  it.each(deaths)('$name: at $at of a rollout by $way', async ({ name, way, at }) => {
    // given an approved plan, and a death in the middle of carrying it out
    const dying = await begin(at);
    const plan = await eventually(`the plan of ${name}`, () => planOf(dying, name));
    expect(plan.changes.map((change) => change.how.includes('same tag'))).toEqual([way === 'force']);
    const told = await dying.approve(plan.id).catch(() => undefined);
    await eventually(`the death at ${at}`, async () => dying.dead, { seen: () => dying.printed.slice(-2_000) });
    expect(await dying.ended()).toMatchObject({ signal: 'SIGKILL' });

    // when the stack starts again on the same folder (and the person, who got no answer, says yes again)
    const stack = await begin();
    if (told === undefined) await stack.approve(plan.id);

    // then the same rollout goes on to its end, by one deployment
    const rollout = await endOf(stack, name);
    expect(rollout.state).toBe('verified');
    if (told !== undefined) expect(told.body).toMatchObject({ rollout: rollout.id });
    const to = plan.changes[0]?.to;
    expect(rollout.rows.map((row) => [row.state, row.proof?.digests])).toEqual([['verified', [to]]]);
    expect(await services(stack.ecs).deployments(name)).toHaveLength(2);
    await stack.kill9();
  });

  it('waits for its approval through a death, and goes on through one while the deployment is under way', async () => {
    const name = 'waiting';
    const first = await begin();
    const plan = await eventually('the plan', () => planOf(first, name));
    await first.kill9();

    const second = await begin();
    expect(await eventually('the same plan', () => planOf(second, name))).toEqual(plan);
    expect(await rolloutsOf(second, name)).toEqual([]);
    expect(await services(second.ecs).deployments(name)).toHaveLength(1);
    expect((await second.approve(plan.id)).status).toBe(200);
    await eventually('the deployment', async () => (await services(second.ecs).deployments(name)).length === 2);
    const before = await rolloutsOf(second, name);
    await second.kill9();

    const third = await begin();
    const rollout = await endOf(third, name);
    expect([rollout.id, rollout.state]).toEqual([before[0]?.id, 'verified']);
    expect(await services(third.ecs).deployments(name)).toHaveLength(2);
    await third.kill9();
  });

  it('says how it ended when it dies right after it was proven, and nothing is done twice by all these starts', async () => {
    const name = 'proven';
    const first = await begin();
    const plan = await eventually('the plan', () => planOf(first, name));
    await first.approve(plan.id);
    await eventually('the proof', async () => first.printed.includes('updating -> verified'));
    await first.kill9();

    const stack = await begin();
    expect((await endOf(stack, name)).state).toBe('verified');
    await eventually('the alert', async () =>
      (await stack.api<{ alerts: { alert: { state: string; header: string } }[] }>('/alerts')).alerts.some(
        ({ alert }) => alert.header.includes(` ${name} `) && alert.state === 'VERIFIED',
      ),
    );
    for (const each of [...deaths.map((death) => death.name), ...patient])
      expect([each, (await services(stack.ecs).deployments(each)).length]).toEqual([each, 2]);
    expect(await stack.interrupt()).toBe(0);
  });
});
