import { setTimeout as sleep } from 'node:timers/promises';
import type { Service, ServiceDeployment, ServiceRevision } from '@aws-sdk/client-ecs';
import { Refused, WorkloadGone } from '../errors.ts';
import type { LoadBalancers } from '../load-balancers.ts';
import type { Orchestrator, UpdateOptions, Workload, WorkloadChange, WorkloadId } from '../types.ts';
import { loneTaskId, parseWorkloadId } from '../workload-id.ts';
import { batches, concurrently } from './concurrently.ts';
import { changeTag, copyTaskDefinition } from './copy-task-definition.ts';
import { EcsCalls, type EcsSender, familyOf, revisionOf } from './ecs-calls.ts';
import { targetsOf } from './ecs-exposed.ts';
import { ecsPacer, type Pacer } from './ecs-quotas.ts';
import { isLone, needsDefinition, needsTasks, revisionArns, serviceWorkload, taskWorkload } from './ecs-workload.ts';

/** What the ECS adapter needs. */
export interface EcsOrchestratorOptions {
  readonly client: EcsSender;
  /** when given, a workload id of another account is refused instead of being looked for in this one */
  readonly account?: string;
  readonly region: string;
  /** milliseconds since 1970 */
  readonly now: () => number;
  /** names or ARNs: what runs elsewhere is not there, whoever names it; all clusters of the account and region when absent */
  readonly clusters?: readonly string[];
  /** what stands in front of services; absent where nobody asks from where they can be reached */
  readonly balancers?: LoadBalancers;
  /** shared by everything that draws from the quotas of this account and region; its own at 80 % when absent */
  readonly pacer?: Pacer;
  /** calls under way at once while reading the fleet */
  readonly concurrency?: number;
}

// A copy is newer than its source, so only newer revisions are looked at; a family that moved further than this since is told from nobody's hands.
const mostRevisionsLookedAt = 50;

/**
 * Amazon ECS as an orchestrator (reference aws.md section 3, remediation.md section 4). Reads digests from service revisions, never from tags; changes a
 * service by a copy of the definition that it has and `UpdateService` with nothing but the definition.
 */
export function ecsOrchestrator(options: EcsOrchestratorOptions): Orchestrator {
  const { now } = options;
  const limit = options.concurrency ?? 8;
  const pacer = options.pacer ?? ecsPacer({ now, sleep: async (ms) => void (await sleep(ms)) });
  const calls = new EcsCalls(options.client, pacer);
  const registering = new Map<string, Promise<string>>();
  const lookedAt = options.clusters?.map((cluster) => cluster.slice(cluster.lastIndexOf('/') + 1));
  const isLookedAt = (cluster: string): boolean => lookedAt?.includes(cluster) ?? true;

  const parts = (id: WorkloadId) => {
    const found = parseWorkloadId(id);
    const elsewhere =
      found === undefined ||
      found.region !== options.region ||
      (options.account !== undefined && found.account !== options.account);
    if (found === undefined || elsewhere)
      throw new Refused(`workload ${id}`, {
        action: 'ecs:DescribeServices',
        text: `it is not in ${options.account ?? 'this account'}, ${options.region}`,
        advice: 'ask the orchestrator of its account and region',
      });
    return found;
  };

  async function read(
    from: EcsCalls,
    cluster: string,
    services: readonly Service[],
    newest: ReadonlyMap<string, ServiceDeployment>,
    readAt: string,
  ): Promise<Workload[]> {
    const all = await from.revisions([...new Set(services.flatMap(revisionArns))]);
    const byArn = new Map(
      all.map((revision): [string | undefined, ServiceRevision] => [revision.serviceRevisionArn, revision]),
    );
    const targets = [...new Set(services.flatMap(targetsOf))];
    const inFront = targets.length === 0 ? undefined : await options.balancers?.inFront(targets);
    const workloads: Workload[] = [];
    for (const service of services) {
      const revisions = revisionArns(service).flatMap((arn) => byArn.get(arn) ?? []);
      const tasks = [];
      if (needsTasks({ service, revisions }))
        for await (const batch of batches(from.tasks(cluster, service.serviceName), 100))
          tasks.push(...(await from.describeTasks(cluster, batch)));
      const definition =
        needsDefinition({ service, revisions }) && service.taskDefinition !== undefined
          ? (await from.definition(service.taskDefinition)).definition
          : undefined;
      workloads.push(
        serviceWorkload({
          service,
          revisions,
          deployment: newest.get(service.serviceArn ?? ''),
          tasks,
          definition,
          inFront,
          readAt,
        }),
      );
    }
    return workloads;
  }

  async function describeBatch(from: EcsCalls, cluster: string, arns: readonly string[]): Promise<Workload[]> {
    const readAt = new Date(now()).toISOString();
    const services = (await from.describeServices(cluster, arns)).filter((service) => service.status !== 'INACTIVE');
    const current = services.flatMap((service) =>
      service.currentServiceDeployment === undefined ? [] : [service.currentServiceDeployment],
    );
    const found = await from.deployments(current);
    const newest = new Map(
      found.flatMap((one): [string, ServiceDeployment][] =>
        one.serviceArn === undefined ? [] : [[one.serviceArn, one]],
      ),
    );
    return read(from, cluster, services, newest, readAt);
  }

  async function describeTaskBatch(from: EcsCalls, cluster: string, arns: readonly string[]): Promise<Workload[]> {
    const readAt = new Date(now()).toISOString();
    return (await from.describeTasks(cluster, arns))
      .filter((task) => isLone(task) && task.lastStatus !== 'STOPPED')
      .map((task) => taskWorkload(task, readAt));
  }

  async function* work(from: EcsCalls): AsyncIterable<() => Promise<Workload[]>> {
    for await (const cluster of options.clusters ?? from.clusters()) {
      for await (const batch of batches(from.services(cluster), 10)) yield () => describeBatch(from, cluster, batch);
      for await (const batch of batches(from.tasks(cluster), 100)) yield () => describeTaskBatch(from, cluster, batch);
    }
  }

  async function service(id: WorkloadId): Promise<Service> {
    const { cluster, name } = parts(id);
    if (loneTaskId(name) !== undefined)
      throw new Refused(`workload ${id}`, {
        action: 'ecs:UpdateService',
        text: 'a lone task cannot be changed',
        advice: 'start it again from a clean image',
      });
    const [found] = isLookedAt(cluster) ? await calls.describeServices(cluster, [name]) : [];
    if (found === undefined || found.status === 'INACTIVE')
      throw new WorkloadGone(`workload ${id}`, 'the service is not there');
    return found;
  }

  async function register(change: WorkloadChange, from: string): Promise<string> {
    const family = familyOf(from);
    let looked = 0;
    for await (const arn of calls.activeRevisions(family)) {
      if (revisionOf(arn) <= revisionOf(from) || ++looked > mostRevisionsLookedAt) break;
      const { tags } = await calls.definition(arn);
      if (tags.some((tag) => tag.key === changeTag && tag.value === change.changeId)) return arn;
    }
    const source = await calls.definition(from);
    const { input, missing } = copyTaskDefinition(source.definition, source.tags, change);
    if (missing.length > 0)
      throw new Refused(`workload ${change.workload}`, {
        action: 'ecs:RegisterTaskDefinition',
        text: `${from} has no container ${missing.join(', ')}`,
        advice: 'plan again from what it runs now',
      });
    try {
      return await calls.register(input);
    } catch (error) {
      throw nameRoles(error, change.workload, [input.executionRoleArn, input.taskRoleArn]);
    }
  }

  return {
    async *list(signal) {
      for await (const found of concurrently(work(calls.within(signal)), limit, (job) => job())) yield* found;
    },
    async describe(id) {
      const { cluster, name } = parts(id);
      if (!isLookedAt(cluster)) return undefined;
      const task = loneTaskId(name);
      if (task !== undefined) return (await describeTaskBatch(calls, cluster, [task]))[0];
      const readAt = new Date(now()).toISOString();
      try {
        const [found] = await calls.describeServices(cluster, [name]);
        if (found === undefined || found.status === 'INACTIVE') return undefined;
        const newest = await calls.newestDeployment(cluster, name);
        const byService = new Map(newest === undefined ? [] : [[found.serviceArn ?? '', newest] as const]);
        return (await read(calls, cluster, [found], byService, readAt))[0];
      } catch (error) {
        if (error instanceof WorkloadGone) return undefined;
        throw error;
      }
    },
    async register(change, from) {
      // services that share a family share the copy, also when they ask at the same moment
      const key = `${change.changeId} ${familyOf(from)}`;
      const running = registering.get(key) ?? register(change, from).finally(() => registering.delete(key));
      registering.set(key, running);
      return running;
    },
    async update(change: WorkloadChange, definition: string, how: UpdateOptions) {
      const found = await service(change.workload);
      const primary = found.deployments?.find((deployment) => deployment.status === 'PRIMARY');
      const moved = how.knownDeploymentBefore !== undefined && primary?.id !== how.knownDeploymentBefore;
      const there = !how.force && (primary?.taskDefinition ?? found.taskDefinition) === definition;
      if (primary?.id !== undefined && (moved || there)) return { deploymentId: primary.id };
      const { cluster, name } = parts(change.workload);
      const updated = await calls.update({
        cluster,
        service: name,
        taskDefinition: definition,
        ...(how.force ? { forceNewDeployment: true } : {}),
      });
      return { deploymentId: updated.deployments?.find((deployment) => deployment.status === 'PRIMARY')?.id ?? '' };
    },
  };
}

// ECS names the role that may not be passed only sometimes; the definition knows which ones there are
function nameRoles(error: unknown, workload: WorkloadId, roles: readonly (string | undefined)[]): unknown {
  if (!(error instanceof Refused) || error.action !== 'iam:PassRole' || error.resource !== undefined) return error;
  const named = roles.filter((role) => role !== undefined).join(' and ');
  return new Refused(
    `workload ${workload}`,
    {
      action: error.action,
      principal: error.principal,
      resource: named,
      text: 'iam:PassRole is denied',
      advice: `allow ${error.principal ?? "Drydock's repair role"} iam:PassRole on ${named}`,
    },
    { cause: error },
  );
}
