import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Orchestrator, Refused, type Workload, WorkloadGone, type WorkloadId } from '#shared/fleet';
import type { Digest } from '#shared/oci';

/** A fleet under the suite's hands. Time passes only in `settle`. */
export interface OrchestratorBench {
  readonly orchestrator: Orchestrator;
  /** A service that is steady when this returns; its deployments are guarded by a circuit breaker that rolls back. */
  addService(service: {
    readonly name: string;
    readonly containers: Readonly<Record<string, string>>;
    readonly desired?: number;
    readonly tags?: Readonly<Record<string, string>>;
    readonly family?: string;
  }): Promise<WorkloadId>;
  /** One that somebody else deploys. */
  addForeign(name: string, image: string): Promise<WorkloadId>;
  removeService(id: WorkloadId): Promise<void>;
  pushTag(reference: string, digest: Digest): void;
  /** Containers of this digest end as soon as they start. */
  exits(digest: Digest): void;
  settle(): Promise<void>;
  /** Somebody points the service elsewhere. */
  personDeploys(id: WorkloadId, definition: string): Promise<void>;
  /** How many deployments the service ever had. */
  deployments(id: WorkloadId): Promise<number>;
  close(): Promise<void>;
}

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const APP = 'registry.example/app:1';
const NEXT = 'registry.example/app:2';
const PROXY = 'registry.example/proxy:7';

/** What every orchestrator adapter must do: see `Orchestrator` in #shared/fleet. */
export function orchestratorContract(name: string, make: () => Promise<OrchestratorBench>): void {
  describe(`the orchestrator contract: ${name}`, () => {
    let bench: OrchestratorBench;
    const see = async (id: WorkloadId): Promise<Workload> => {
      const found = await bench.orchestrator.describe(id);
      if (found === undefined) throw new Error(`${id} is gone`);
      return found;
    };
    const web = (more: object = {}) =>
      bench.addService({ name: 'web', containers: { app: APP, proxy: PROXY }, ...more });

    beforeEach(async () => {
      bench = await make();
      bench.pushTag(APP, digest('a'));
      bench.pushTag(NEXT, digest('b'));
      bench.pushTag(PROXY, digest('c'));
    });
    afterEach(() => bench.close());

    it('lists what it describes: identity, containers by observed digest, counts, tags, mode', async () => {
      const id = await web({ tags: { 'drydock:repair': 'ask', team: 'shop' } });
      const other = await bench.addService({ name: 'db', containers: { db: NEXT } });
      const listed: Workload[] = [];
      for await (const workload of bench.orchestrator.list()) listed.push(workload);
      expect(listed.map((one) => one.id).sort()).toEqual([other, id].sort());
      // from where it can be reached is always said, if only that it is not known, and why
      for (const { exposed } of listed)
        expect(exposed).toEqual({ reach: expect.any(String), why: expect.stringMatching(/./) });
      const workload = await see(id);
      expect(workload).toMatchObject({
        id,
        kind: 'ecs-service',
        name: 'web',
        desired: 2,
        running: 2,
        mode: 'ask',
        tags: { 'drydock:repair': 'ask', team: 'shop' },
        runningDigests: [digest('a'), digest('c')],
        deployment: { state: 'completed', count: 1, definition: workload.definition },
      });
      expect([...workload.containers].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
        { name: 'app', image: APP, digest: digest('a') },
        { name: 'proxy', image: PROXY, digest: digest('c') },
      ]);
      expect(workload.notChangeable).toBeUndefined();
      expect(workload.id.split('/')).toEqual([workload.account, workload.region, workload.cluster, workload.name]);
      const { readAt: _, ...same } = listed.find((one) => one.id === id) ?? workload;
      expect({ ...workload }).toMatchObject(same);
    });

    it('says nothing of a mode that nobody set or that it does not know', async () => {
      expect((await see(await web({ tags: { 'drydock:repair': 'yes please' } }))).mode).toBeUndefined();
    });

    it('says undefined of a workload that is gone, and WorkloadGone when it is to be changed', async () => {
      const id = await web();
      const { definition } = await see(id);
      await bench.removeService(id);
      expect(await bench.orchestrator.describe(id)).toBeUndefined();
      await expect(
        bench.orchestrator.update({ workload: id, changeId: 'x', images: {} }, definition, { force: true }),
      ).rejects.toBeInstanceOf(WorkloadGone);
    });

    it('says why it cannot change what others deploy', async () => {
      const id = await bench.addForeign('theirs', APP);
      expect((await see(id)).notChangeable).toContain('CODE_DEPLOY');
    });

    it('copies the definition that it is given, once for each change id, and shares the copy in the family', async () => {
      const id = await web();
      const { definition } = await see(id);
      const change = { workload: id, changeId: 'one', images: { app: NEXT } };
      const made = await bench.orchestrator.register(change, definition);
      expect(made).not.toBe(definition);
      expect(await bench.orchestrator.register(change, definition)).toBe(made);
      expect(await bench.orchestrator.register({ ...change, workload: 'another/of/the/family' }, definition)).toBe(
        made,
      );
      expect(await bench.orchestrator.register({ ...change, changeId: 'two' }, definition)).not.toBe(made);
      expect((await see(id)).definition).toBe(definition);
    });

    it('refuses to change a container that is not there', async () => {
      const id = await web();
      const { definition } = await see(id);
      const change = { workload: id, changeId: 'one', images: { nobody: NEXT } };
      await expect(bench.orchestrator.register(change, definition)).rejects.toBeInstanceOf(Refused);
    });

    it('goes to a new definition by one deployment, however often it is told', async () => {
      const id = await web();
      const before = await see(id);
      const change = { workload: id, changeId: 'one', images: { app: NEXT } };
      const made = await bench.orchestrator.register(change, before.definition);
      const how = { force: false, knownDeploymentBefore: before.deployment.id };
      const first = await bench.orchestrator.update(change, made, how);
      expect(first.deploymentId).not.toBe(before.deployment.id);
      expect(await bench.orchestrator.update(change, made, how)).toEqual(first);
      expect((await see(id)).deployment).toMatchObject({
        id: first.deploymentId,
        state: 'in-progress',
        definition: made,
      });
      await bench.settle();
      expect(await bench.orchestrator.update(change, made, how)).toEqual(first);
      expect(await see(id)).toMatchObject({
        definition: made,
        runningDigests: [digest('b'), digest('c')],
        deployment: { id: first.deploymentId, state: 'completed', count: 1 },
      });
      expect(await bench.deployments(id)).toBe(2);
    });

    it('takes up a tag that was pushed again only by a forced deployment, and only by one', async () => {
      const id = await web();
      const before = await see(id);
      bench.pushTag(APP, digest('d'));
      await bench.settle();
      expect((await see(id)).runningDigests).toContain(digest('a'));
      const change = { workload: id, changeId: 'one', images: {} };
      const unforced = await bench.orchestrator.update(change, before.definition, { force: false });
      expect(unforced.deploymentId).toBe(before.deployment.id);
      const how = { force: true, knownDeploymentBefore: before.deployment.id };
      const first = await bench.orchestrator.update(change, before.definition, how);
      expect(await bench.orchestrator.update(change, before.definition, how)).toEqual(first);
      await bench.settle();
      expect(await bench.orchestrator.update(change, before.definition, how)).toEqual(first);
      expect(await see(id)).toMatchObject({
        definition: before.definition,
        runningDigests: [digest('c'), digest('d')],
        deployment: { id: first.deploymentId, state: 'completed' },
      });
      expect(await bench.deployments(id)).toBe(2);
    });

    it('puts nothing on top of what somebody else deployed since', async () => {
      const id = await web();
      const before = await see(id);
      const change = { workload: id, changeId: 'one', images: { app: NEXT } };
      const made = await bench.orchestrator.register(change, before.definition);
      const theirs = await bench.orchestrator.register({ ...change, changeId: 'theirs' }, before.definition);
      await bench.personDeploys(id, theirs);
      const answer = await bench.orchestrator.update(change, made, {
        force: false,
        knownDeploymentBefore: before.deployment.id,
      });
      const after = await see(id);
      expect(after.deployment).toMatchObject({ id: answer.deploymentId, definition: theirs });
      expect(await bench.deployments(id)).toBe(2);
    });

    it('shows a rollback by the circuit breaker for what it is, though the service stands completed on its old definition', async () => {
      bench.exits(digest('b'));
      const id = await web();
      const before = await see(id);
      const change = { workload: id, changeId: 'one', images: { app: NEXT } };
      const made = await bench.orchestrator.register(change, before.definition);
      const { deploymentId } = await bench.orchestrator.update(change, made, {
        force: false,
        knownDeploymentBefore: before.deployment.id,
      });
      await bench.settle();
      const after = await see(id);
      expect(after).toMatchObject({ definition: before.definition, runningDigests: [digest('a'), digest('c')] });
      expect(after.deployment).toMatchObject({
        state: 'rolled-back',
        interrupted: { how: 'rollback', by: 'orchestrator' },
      });
      expect(after.deployment.id).not.toBe(deploymentId);
      // and a repeated call does not try again what was rolled back
      await bench.orchestrator.update(change, made, { force: false, knownDeploymentBefore: before.deployment.id });
      expect((await see(id)).definition).toBe(before.definition);
    });

    it('prepares a service that is scaled to nothing', async () => {
      const id = await web({ desired: 0 });
      const before = await see(id);
      expect(before).toMatchObject({ desired: 0, running: 0, runningDigests: [] });
      expect(before.containers.map((one) => one.image).sort()).toEqual([APP, PROXY]);
      const change = { workload: id, changeId: 'one', images: { app: NEXT } };
      const made = await bench.orchestrator.register(change, before.definition);
      await bench.orchestrator.update(change, made, { force: false, knownDeploymentBefore: before.deployment.id });
      await bench.settle();
      expect(await see(id)).toMatchObject({ definition: made, runningDigests: [], deployment: { state: 'completed' } });
    });
  });
}
