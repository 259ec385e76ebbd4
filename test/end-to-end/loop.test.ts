import { afterAll, describe, expect, it } from 'vitest';
import { storefront } from '../../local/demo/images.ts';
import { eventually } from './eventually.ts';
import { services } from './services.ts';
import type {
  AlertShape,
  AlertsShape,
  ImageShape,
  PlansShape,
  ProblemShape,
  ProblemsShape,
  RolloutsShape,
  UnreadableShape,
  WorkloadShape,
} from './shapes.ts';
import { dataFolder, endAll, type StackProcess, startProcess } from './stack-process.ts';

afterAll(endAll);

const curl = 'CVE-2023-38545';
const curlOf = async (stack: StackProcess): Promise<ProblemShape | undefined> =>
  (await stack.api<ProblemsShape>('/problems')).problems.find((each) => each.vulnerability === curl);

describe('the whole loop, through the doors that users have', () => {
  it('goes from a push to a repaired service, and acts only when a person says so', async () => {
    // given an empty stack, a pushed image and a service of it in mode ask
    const stack = await startProcess(await dataFolder());
    const vulnerable = await stack.push(storefront('1.0', 'vulnerable').image, 'storefront:1.0');
    const image = await eventually('the findings of the pushed image', async () => {
      const found = await stack.ask('GET', `/images/${vulnerable}`);
      return found.status === 200 && (found.body as ImageShape);
    });
    expect(
      image.findings
        .filter((each) => each.vulnerability === curl)
        .map((each) => [each.package.matchedVersion, each.fixedIn]),
    ).toEqual([
      ['7.88.1-10+deb12u3', '7.88.1-10+deb12u4'],
      ['7.88.1-10+deb12u3', '7.88.1-10+deb12u4'],
    ]);
    expect(image.coverage.state).toBe('partial');
    const ecs = services(stack.ecs);
    const definition = await ecs.run('storefront', `${stack.registry}/storefront:1.0`, 'ask', 2);

    // then it becomes a problem, with one alert
    const problem = await eventually('the problem', () => curlOf(stack));
    expect(problem).toMatchObject({ state: 'open', severity: { level: 'critical' }, workloads: [idOf('storefront')] });
    const alert = await eventually('the alert', () => alertOf(stack));
    expect(alert.alert).toMatchObject({ state: 'NEW', header: expect.stringContaining('CRITICAL') });

    // when a fixed image is pushed under the same tag, a plan waits, and nothing acts on it
    const fixed = await stack.push(storefront('1.0', 'patched').image, 'storefront:1.0');
    const plan = await eventually('the plan', async () =>
      (await stack.api<PlansShape>('/plans')).plans.find((each) => each.closes.some((closed) => closed.includes(curl))),
    );
    expect(plan).toMatchObject({
      verdict: 'needs-approval',
      approvable: true,
      changes: [{ workload: idOf('storefront'), from: vulnerable, to: fixed, verdict: 'needs-approval' }],
    });
    const path = `/plans/${plan.id}/approve`;
    expect((await stack.ask('POST', path, { token: undefined })).status).toBe(401);
    expect((await stack.ask('POST', path, { token: 'wrong' })).status).toBe(401);
    expect((await stack.ask('GET', path)).status).toBe(405);
    expect((await stack.ask('POST', `${path}?dryRun=true`)).body).toMatchObject({
      dryRun: true,
      would: [{ workload: idOf('storefront'), how: 'force' }],
    });
    expect(await stack.api('/rollouts')).toEqual({ rollouts: [] });
    expect(await ecs.deployments('storefront')).toHaveLength(1);
    const waiting = await eventually('the alert that asks', async () => {
      const found = await alertOf(stack);
      return found?.alert.state === 'PLANNED' && found;
    });
    expect(waiting.alert.next).toContain(`drydock approve ${plan.id}`);

    // when it is approved, the service runs the planned digest, and that is proven
    expect((await stack.approve(plan.id)).status).toBe(200);
    const rollout = await eventually('the end of the rollout', async () =>
      (await stack.api<RolloutsShape>('/rollouts')).rollouts.find((each) => each.ended),
    );
    expect(rollout.state).toBe('verified');
    expect(rollout.startedBy).toContain('you');
    const [row] = rollout.rows;
    expect(row?.proof?.record).toMatchObject({
      rollout: rollout.id,
      vulnerability: curl,
      digests: [fixed],
      inventories: [{ digest: fixed, answer: 'absent' }],
    });
    const workload = await eventually('the workload on the fixed image', async () =>
      (await stack.api<{ workloads: WorkloadShape[] }>('/workloads')).workloads.find(
        (each) => each.runningDigests.join() === fixed,
      ),
    );
    expect(workload.definition).toBe(definition);
    expect(await ecs.deployments('storefront')).toHaveLength(2);
    const closed = await eventually('the end of the problem', async () => {
      const found = await curlOf(stack);
      return found?.state === 'resolved' && found;
    });
    expect(closed.history.map((each) => each.transition)).toEqual(['NEW', 'RESOLVED']);
    const told = await eventually('the alert that says so', async () => {
      const found = await alertOf(stack);
      // the rollout's end and the problem's reach the alert in any order
      return found?.alert.state === 'VERIFIED' && found.alert.header.includes('resolved') && found;
    });
    expect(told.alert.state).toBe('VERIFIED');
    expect((await stack.api<UnreadableShape>('/unreadable')).unreadable).toEqual([]);

    // and what people saw in the terminal is what happened
    for (const words of ['pushed    storefront:1.0', 'problem   NEW  critical CVE-2023-38545 curl', 'VERIFIED'])
      expect(stack.printed).toContain(words);
  }, 120_000);

  it('brings the demonstration to life: one repairs itself, one waits for a yes, one is named by the policy', async () => {
    const stack = await startProcess(await dataFolder(), { args: ['--offline'] });
    // a service that waits may first be planned for together with the one that repairs itself, then by itself
    const ofServiceAlone = async (name: string) =>
      (await stack.api<PlansShape>('/plans')).plans.find((each) =>
        each.changes.every((change) => change.workload.endsWith(`/demo/${name}`)),
      );

    const checkout = await eventually('a plan for checkout', () => ofServiceAlone('checkout'));
    const reports = await eventually('a plan for reports', () => ofServiceAlone('reports'));
    const rollout = await eventually('the repair of storefront', async () =>
      (await stack.api<RolloutsShape>('/rollouts')).rollouts.find((each) => each.ended),
    );

    expect(rollout).toMatchObject({ state: 'verified', startedBy: expect.stringContaining('auto') });
    expect(rollout.rows.map((each) => each.workload)).toEqual(['000000000000/local/demo/storefront']);
    expect(checkout).toMatchObject({ state: 'offered', verdict: 'needs-approval' });
    expect(checkout.closes.join()).toMatch(/CVE-2014-0160.*/);
    expect(checkout.changes[0]?.how).toContain('same tag');
    expect(reports).toMatchObject({ state: 'offered', changes: [{ tag: '1.1', verdict: 'needs-approval' }] });
    expect(reports.reasons.join()).toContain('policy names reports ^1.0');
    expect((await stack.api<RolloutsShape>('/rollouts')).rollouts).toHaveLength(1);
    expect(await stack.interrupt()).toBe(0);
  }, 120_000);
});

const idOf = (service: string): string => `000000000000/local/shop/${service}`;

const alertOf = async (stack: StackProcess): Promise<AlertShape | undefined> =>
  (await stack.api<AlertsShape>('/alerts')).alerts.find((each) => each.alert.header.includes(curl));
