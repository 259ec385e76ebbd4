import { describe, expect, it } from 'vitest';
import { makeStartRollout } from '#functions/start-rollout';
import { memoryOrchestrator } from '#shared/fleet';
import { driveRollout, listPlans, listRollouts, movePlan, readPlan, readRows, stopRollout } from '#shared/remedy';
import { allOf } from '../../shared/all-of.ts';
import { openssl, type PlanningOptions, planning } from '../../shared/remedy/planning.ts';
import { batch, envelope, listening } from '../envelopes.ts';

const setUp = async (mode: NonNullable<PlanningOptions['mode']>, services = 1) => {
  const given = await planning({ mode, services });
  await given.pushClean();
  const heard = listening();
  const driven: string[] = [];
  const handle = makeStartRollout({
    ...given.ports,
    ...heard,
    drive: async (rollout) => {
      if (heard.failing.delete('drive')) throw new Error('the driver cannot be started now');
      driven.push(rollout);
    },
  });
  return { given, heard, driven, handle };
};

const changed = envelope('ProblemChanged', { key: openssl, transitions: [{ transition: 'NEW', text: 'new' }] });
const planOf = (heard: ReturnType<typeof listening>): string =>
  String(heard.emitted.find(({ type }) => type === 'PlanMade')?.detail.plan);

describe('start-rollout', () => {
  it('in mode ask offers once and waits; a yes starts it once, however often it comes', async () => {
    const { heard, driven, handle } = await setUp('ask');
    await handle(batch(changed, changed));
    await handle(batch(changed));
    expect(heard.types()).toEqual(['PlanMade']);
    expect(driven).toEqual([]);
    const yes = envelope('PlanApproved', { plan: planOf(heard), by: 'ann' });
    await handle(batch(yes, yes));
    expect(new Set(driven).size).toBe(1);
    expect(heard.types().slice(1)).toEqual(['RolloutNews', 'RolloutNews']);
    expect(heard.emitted[1]?.detail).toMatchObject({ state: 'ROLLING', text: expect.stringContaining('ann') });
  });

  it('in mode observe only shows', async () => {
    const { heard, driven, handle } = await setUp('observe');
    await handle(batch(changed));
    expect(heard.emitted).toMatchObject([{ type: 'PlanMade', detail: { approvable: false, mode: 'observe' } }]);
    await handle(batch(envelope('PlanApproved', { plan: planOf(heard), by: 'ann' })));
    expect(driven).toEqual([]);
    expect(heard.emitted[1]).toMatchObject({ type: 'RolloutEnded', detail: { state: 'observe-only' } });
  });

  it.each(['PlanMade', 'RolloutNews', 'drive'])('in mode auto loses nothing when it is cut before %s', async (what) => {
    const { given, heard, driven, handle } = await setUp('auto');
    heard.failing.add(what);
    expect(await handle(batch(changed))).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
    expect(await handle(batch(changed))).toEqual({ batchItemFailures: [] });
    expect(new Set(heard.types())).toEqual(new Set(['PlanMade', 'RolloutNews']));
    expect(driven).toHaveLength(1);
    expect(await readPlan(given.made.table, planOf(heard))).toMatchObject({ state: 'started', announced: true });
  });

  it.each(['superseded', 'moot'] as const)('starts nothing that is %s by now, and says so', async (state) => {
    const { given, heard, driven, handle } = await setUp('ask');
    await handle(batch(changed));
    await movePlan(given.made.table, planOf(heard), state);
    await handle(batch(envelope('PlanApproved', { plan: planOf(heard), by: 'ann' })));
    expect(driven).toEqual([]);
    expect(heard.emitted[1]).toMatchObject({ type: 'RolloutEnded', detail: { state } });
  });

  it.each(['ask', 'auto'] as const)(
    'in mode %s starts nothing again that a person stopped: not by events, not by the same yes again, only by a new one',
    async (mode) => {
      const { given, heard, driven, handle } = await setUp(mode, 2);
      const { table } = given.made;
      const at = () => given.made.ports.now().toISOString();
      await handle(batch(changed));
      const yes = envelope('PlanApproved', { plan: planOf(heard), by: 'ann', at: at() });
      if (mode === 'ask') await handle(batch(yes));
      const [rollout] = driven;
      await stopRollout(table, rollout!, 'bob', given.made.ports.now());
      const orchestrator = memoryOrchestrator({ now: () => given.made.ports.now().getTime() });
      const ports = { table, orchestrator, now: given.made.ports.now, driver: 'one' };
      await driveRollout({ ...ports, proof: { inventoryHas: async () => ({ answer: 'unknown', why: '' }) } }, rollout!);

      // when everything comes again, in any order
      const scanned = envelope('WorkloadsChanged', {
        workloads: given.ids.map((id) => ({ id, runningDigests: [given.old] })),
      });
      for (const round of [[changed, yes], [yes, scanned], [yes], [changed]]) await handle(batch(...round));
      expect(new Set(driven)).toEqual(new Set([rollout]));
      expect(await allOf(listRollouts(table))).toHaveLength(1);
      const offered = [];
      for await (const { plan } of listPlans(table)) offered.push(plan);
      expect(offered.map((plan) => plan.changes.map((change) => change.verdict))).toEqual([
        ['needs-approval', 'needs-approval'],
      ]);

      // when a person says yes to what is offered now
      const again = envelope('PlanApproved', { plan: offered[0]?.id, by: 'ann', at: at() });
      await handle(batch(again, again));
      expect(await allOf(listRollouts(table))).toHaveLength(2);
      await handle(batch(yes, changed, again));
      expect(await allOf(listRollouts(table))).toHaveLength(2);
      expect(new Set(driven).size).toBe(2);
    },
  );

  it('starts no second rollout beside the first while its services change one by one', async () => {
    const { given, heard, driven, handle } = await setUp('ask', 5);
    await handle(batch(changed));
    await handle(batch(envelope('PlanApproved', { plan: planOf(heard), by: 'ann' })));
    const clean = await given.pushClean();
    for (const name of ['checkout-0', 'checkout-1', 'checkout-2']) {
      await given.run(name, clean);
      await handle(
        batch(
          envelope('WorkloadsChanged', { workloads: [{ id: `1/local/demo/${name}`, runningDigests: [clean] }] }),
          changed,
        ),
      );
    }
    expect(new Set(driven).size).toBe(1);
    expect(heard.types()).toEqual(['PlanMade', 'RolloutNews']);
  });

  it('starts what repairs itself of a plan, and offers what waits for a yes by itself, whatever was offered together', async () => {
    const { given, heard, driven, handle } = await setUp(({ id }) => (id.endsWith('-0') ? 'auto' : 'ask'), 2);
    const [itself, waiting] = given.ids;
    const { table } = given.made;
    await handle(batch(changed));
    expect((await readRows(table, driven[0]!)).map((row) => row.workload)).toEqual([itself]);
    const together = planOf(heard);

    // when the service that repairs itself goes its first step
    const step = envelope('WorkloadsChanged', { workloads: [{ id: itself, runningDigests: [given.old] }] });
    await handle(batch(step, changed));
    const offered = [];
    for await (const { plan } of listPlans(table)) offered.push(plan);
    expect(offered.map((plan) => plan.changes.map((change) => change.workload))).toEqual([[waiting]]);

    // then a yes to either of the two, from an alert of any age, is for the one that waits
    await handle(batch(envelope('PlanApproved', { plan: together, by: 'ann' })));
    await handle(batch(envelope('PlanApproved', { plan: offered[0]?.id, by: 'ann' })));
    const rows = await Promise.all([...new Set(driven)].map((rollout) => readRows(table, rollout)));
    expect(rows.flat().map((row) => row.workload)).toEqual([itself, waiting]);
  });

  it('lets one bad event take no other with it', async () => {
    const { heard, handle } = await setUp('ask');
    const result = await handle(batch('{', envelope('PlanApproved', { plan: '' }), changed, envelope('Other', {})));
    expect(result).toEqual({ batchItemFailures: [] });
    expect(heard.types()).toEqual(['PlanMade']);
    expect([...heard.reported].sort((a, b) => (a.messageId < b.messageId ? -1 : 1))).toEqual([
      { messageId: '0', final: true },
      { messageId: '1', final: true },
    ]);
  });
});
