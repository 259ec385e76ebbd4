import { afterAll, describe, expect, it } from 'vitest';
import { debianImage } from './an-image.ts';
import { eventually } from './eventually.ts';
import { starterOf } from './own-starter.ts';
import { services } from './services.ts';
import type { PlansShape, ProblemsShape, RolloutsShape } from './shapes.ts';
import { endAll, lastingFolder, type StackProcess, startProcess } from './stack-process.ts';

afterAll(endAll);

const flaws = ['middle', 'after', 'auto', 'named', 'silent', 'observed', 'pair'].map((name) => ({
  name,
  fixed: '2.0-1',
}));

async function begin() {
  const folder = await lastingFolder();
  const args = ['--offline', '--no-demo', '--starter', await starterOf(folder, flaws)];
  const stack = await startProcess(folder, { args });
  await stack.policy('mode: observe\nnewer:\n  - repository: named\n    tags: ^1.0\n');
  return { stack, folder, args };
}

const idOf = (service: string): string => `000000000000/local/shop/${service}`;
const problemOf = async (stack: StackProcess, name: string) =>
  (await stack.api<ProblemsShape>('/problems')).problems.find((each) => each.package === name);
const plansOf = async (stack: StackProcess, name: string) =>
  (await stack.api<PlansShape>('/plans')).plans.filter((each) =>
    each.changes.some((change) => change.workload === idOf(name)),
  );
const rolloutOf = async (stack: StackProcess, name: string) =>
  (await stack.api<RolloutsShape>('/rollouts')).rollouts.find((each) =>
    each.rows.some((row) => row.workload === idOf(name)),
  );

/** A service of a vulnerable image in a mode; its definition. */
async function vulnerable(stack: StackProcess, name: string, mode: 'observe' | 'ask' | 'auto'): Promise<string> {
  await stack.push(debianImage({ [name]: '1.0-1' }, name), `${name}:1.0.0`);
  const definition = await services(stack.ecs).run(name, `${stack.registry}/${name}:1.0.0`, mode);
  await eventually(`the problem of ${name}`, () => problemOf(stack, name));
  return definition;
}

const fixed = (name: string, app = name) => debianImage({ [name]: '2.0-1' }, app);

describe('people win', () => {
  it('does not fight a rollback in the middle of a wave, nor one after the proof, and says what it means', async () => {
    const { stack } = await begin();
    const ecs = services(stack.ecs);
    const old = { middle: await vulnerable(stack, 'middle', 'ask'), after: await vulnerable(stack, 'after', 'ask') };
    const digests = {
      middle: await stack.push(fixed('middle'), 'middle:1.0.1'),
      after: await stack.push(fixed('after'), 'after:1.0.1'),
    };

    // when somebody goes back while the deployment is under way
    const [plan] = await eventually('the plan', async () => nonEmpty(await plansOf(stack, 'middle')));
    await stack.approve(plan.id);
    await eventually('the deployment', async () => (await ecs.deployments('middle')).length === 2);
    await ecs.update('middle', old.middle);

    // then that ends the rollout, remembered as a person's doing
    const stopped = await eventually('the end', async () => {
      const rollout = await rolloutOf(stack, 'middle');
      return rollout?.ended === true && rollout;
    });
    expect(stopped.rows).toMatchObject([{ state: 'stopped', reason: expect.stringMatching(/^REVERTED_BY: /) }]);

    // when somebody goes back after the proof
    const [second] = await eventually('the other plan', async () => nonEmpty(await plansOf(stack, 'after')));
    await stack.approve(second.id);
    await eventually('the proof', async () => (await rolloutOf(stack, 'after'))?.state === 'verified');
    await eventually('the end of the problem', async () => (await problemOf(stack, 'after'))?.state === 'resolved');
    await ecs.update('after', old.after);

    // then the rollout says so, and the problem is there again
    const undone = await eventually('the word of it', async () => {
      const rollout = await rolloutOf(stack, 'after');
      return rollout?.rows[0]?.reason?.includes('again exposed') && rollout;
    });
    expect(undone.rows[0]?.reason).toMatch(/again exposed to CVE-\d+-\d+ in after since /);
    const reopened = await eventually('the problem again', async () => {
      const problem = await problemOf(stack, 'after');
      return problem?.state === 'open' && problem;
    });
    expect(reopened.history.map((each) => each.transition)).toEqual(['NEW', 'RESOLVED', 'REOPENED']);

    // and neither digest is offered again, though another image is: it is named in the plan as held down
    for (const name of ['middle', 'after'] as const) {
      const other = await stack.push(fixed(name, `${name} again`), `${name}:1.0.2`);
      const held = await eventually(`a plan of ${name} that passes the held digest over`, async () =>
        (await plansOf(stack, name)).find((each) => each.rejected.some((one) => one.digest === digests[name])),
      );
      expect(held.changes.map((change) => [change.to, change.verdict])).toEqual([[other, 'needs-approval']]);
      expect(held.rejected.find((one) => one.digest === digests[name])?.why).toContain('REVERTED_BY');
      expect(await ecs.deployments(name)).toHaveLength(3);
    }
    expect((await stack.api<RolloutsShape>('/rollouts')).rollouts).toHaveLength(2);
  });

  it('begins nothing again that was stopped or taken back, in mode auto, through events and a restart, without a new yes', async () => {
    const { stack, folder, args } = await begin();
    await stack.policy('mode: observe\nwaves:\n  canary: 1\n  bakeSeconds: 3600\n');
    const ecs = services(stack.ecs);
    const old = await stack.push(debianImage({ pair: '1.0-1' }, 'pair'), 'pair:1.0.0');
    for (const name of ['left', 'right']) await ecs.run(name, `${stack.registry}/pair:1.0.0`, 'auto');
    await eventually('the problem', async () => (await problemOf(stack, 'pair'))?.workloads.length === 2);

    // given a repair by itself that has proven one service and waits with the other
    await stack.push(fixed('pair'), 'pair:1.0.0');
    const rollout = await eventually('the canary', async () => {
      const found = await rolloutOf(stack, 'right');
      return found?.rows.some((row) => row.state === 'verified') && found;
    });

    // when a person stops it, and takes back what was proven
    expect((await stack.ask('POST', `/rollouts/${rollout.id}/stop`)).status).toBe(200);
    await eventually('the end', async () => (await rolloutOf(stack, 'right'))?.state === 'stopped');
    await ecs.update('left', await ecs.define('left', `${stack.registry}/pair@${old}`));
    await eventually('the word of it', async () =>
      (await rolloutOf(stack, 'left'))?.rows.some((row) => row.reason?.includes('again exposed to')),
    );

    // then what is offered for both waits for a yes, though their mode is auto
    const waiting = async (at: StackProcess, to?: string) => {
      const plans = (await at.api<PlansShape>('/plans')).plans.flatMap((plan) => plan.changes);
      const asked = plans.filter(
        (change) => (to === undefined || change.to === to) && change.verdict === 'needs-approval',
      );
      return asked.some((change) => change.workload === idOf('right')) && plans;
    };
    await eventually('a plan that waits', () => waiting(stack));
    // and so after a restart, and when another clean image comes
    expect(await stack.interrupt()).toBe(0);
    const again = await startProcess(folder, { args });
    await eventually('the plan again', () => waiting(again));
    const other = await again.push(debianImage({ pair: '2.0-1', beside: '1.0' }, 'pair'), 'pair:1.0.0');
    const plans = await eventually('a plan of the other image', () => waiting(again, other));
    expect(plans.map((change) => change.verdict)).not.toContain('ready');
    expect((await again.api<RolloutsShape>('/rollouts')).rollouts).toHaveLength(1);
    expect(await services(again.ecs).deployments('right')).toHaveLength(1);
    expect(await services(again.ecs).deployments('left')).toHaveLength(3);

    // but a new yes begins it
    await eventually('a yes to the plan of the other image', async () => {
      const plans = await plansOf(again, 'left');
      const plan = plans.find((each) => each.changes.every((change) => change.to === other));
      return plan !== undefined && (await again.approve(plan.id)).status === 200;
    });
    await eventually(
      'the second repair',
      async () => (await again.api<RolloutsShape>('/rollouts')).rollouts.length === 2,
    );
  });

  it('rolls another application out by a yes or a named range only, and nothing by silence', async () => {
    const { stack, folder, args } = await begin();
    await vulnerable(stack, 'auto', 'auto');
    await vulnerable(stack, 'named', 'auto');
    await vulnerable(stack, 'silent', 'ask');
    await vulnerable(stack, 'observed', 'observe');

    // when clean images with another application are pushed, and for two services clean ones with theirs
    const tag = { auto: 'auto:1.0.1', named: 'named:1.0.1', silent: 'silent:1.0.0', observed: 'observed:1.0.0' };
    await stack.push(fixed('auto', 'another'), tag.auto);
    await stack.push(fixed('silent'), tag.silent);
    await stack.push(fixed('observed'), tag.observed);
    const named = await stack.push(fixed('named', 'another'), tag.named);

    // then only the one that the policy names goes by itself
    const rollout = await eventually('the named one', async () => {
      const found = await rolloutOf(stack, 'named');
      return found?.ended === true && found;
    });
    expect([rollout.state, rollout.rows[0]?.proof?.digests]).toEqual(['verified', [named]]);

    // the others say what they wait for
    const [auto] = await eventually('the plan of auto', async () => nonEmpty(await plansOf(stack, 'auto')));
    expect(auto).toMatchObject({ verdict: 'needs-approval', approvable: true });
    expect(auto.reasons.join()).toContain("somebody's unreleased work");
    const [silent] = await eventually('the plan of silent', async () => nonEmpty(await plansOf(stack, 'silent')));
    expect(silent).toMatchObject({ verdict: 'needs-approval' });
    const [observed] = await eventually('the plan of observed', async () => nonEmpty(await plansOf(stack, 'observed')));
    expect(observed).toMatchObject({ verdict: 'observe-only', approvable: false });

    // a yes does not make observe act either
    expect((await stack.approve(observed.id)).status).toBeGreaterThanOrEqual(400);

    // and after a restart, and the full reading of the fleet that comes with it, it is still so
    expect(await stack.interrupt()).toBe(0);
    const again = await startProcess(folder, { args });
    await eventually('the same plans', async () => (await plansOf(again, 'auto'))[0]?.id === auto.id);
    for (const [name, many] of [
      ['named', 2],
      ['auto', 1],
      ['silent', 1],
      ['observed', 1],
    ] as const)
      expect([name, (await services(again.ecs).deployments(name)).length]).toEqual([name, many]);
  });
});

/** At least one, or "not yet". */
const nonEmpty = <T>(items: readonly T[]): readonly [T, ...T[]] | undefined =>
  items.length > 0 ? (items as unknown as readonly [T, ...T[]]) : undefined;
