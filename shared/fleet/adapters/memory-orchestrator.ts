import type { Digest } from '#shared/oci';
import { Refused, WorkloadGone } from '../errors.ts';
import type { Workload, WorkloadContainer, WorkloadId } from '../types.ts';
import { repairMode } from '../who-runs.ts';
import { workloadId } from '../workload-id.ts';
import type { Definition, Deployment, MemoryDeployment, MemoryOrchestrator, Service } from './memory-service.ts';

/**
 * An orchestrator in memory that behaves as ECS does where it matters: tags are resolved once per deployment, a re-pushed tag changes nothing
 * until a deployment, the same definition again starts none, and a circuit breaker leaves the service COMPLETED on the old one. Deployments go on only
 * when told to. `now` in ms.
 */
export function memoryOrchestrator(options: {
  readonly now: () => number;
  readonly account?: string;
  readonly region?: string;
}): MemoryOrchestrator {
  const account = options.account ?? '111122223333';
  const region = options.region ?? 'eu-central-1';
  const services = new Map<WorkloadId, Service>();
  const definitions = new Map<string, Definition>();
  const tags = new Map<string, Digest>();
  let deployments = 0;

  const define = (family: string, containers: Readonly<Record<string, string>>, changeId?: string): Definition => {
    const revision = [...definitions.values()].filter((one) => one.family === family).length + 1;
    const arn = `arn:aws:ecs:${region}:${account}:task-definition/${family}:${revision}`;
    const definition = { arn, family, containers, ...(changeId === undefined ? {} : { changeId }) };
    definitions.set(arn, definition);
    return definition;
  };
  const definitionOf = (arn: string): Definition => {
    const found = definitions.get(arn);
    if (found === undefined)
      throw new Refused(`task definition ${arn}`, {
        action: 'ecs:DescribeTaskDefinition',
        text: 'it does not exist',
        advice: 'register it first',
      });
    return found;
  };
  const resolve = (image: string): Digest | undefined => {
    const at = image.lastIndexOf('@');
    return at >= 0 ? (image.slice(at + 1) as Digest) : tags.get(image);
  };
  const start = (definition: string, by: MemoryDeployment['by']): Deployment => {
    const digests: Record<string, Digest> = {};
    for (const [name, image] of Object.entries(definitionOf(definition).containers)) {
      const digest = resolve(image);
      if (digest !== undefined) digests[name] = digest;
    }
    const id = `ecs-svc/${String(++deployments).padStart(19, '0')}`;
    return { id, definition, by, digests, startedAt: options.now(), state: 'in-progress' };
  };
  const get = (id: WorkloadId): Service => {
    const service = services.get(id);
    if (service === undefined) throw new WorkloadGone(`workload ${id}`, 'the service is not there');
    return service;
  };
  const deploy = (service: Service, definition: string, by: MemoryDeployment['by']): Deployment => {
    const deployment = start(definition, by);
    service.history.push(deployment);
    service.primary = deployment;
    service.running = [...service.running, deployment];
    // nothing has to be started, so ECS is done at once
    if (service.desired === 0) settle(service);
    return deployment;
  };
  const settle = (service: Service): void => {
    service.primary.state = 'completed';
    service.running = [service.primary];
  };
  const lastGood = (service: Service): Deployment => {
    const before = service.history.filter((one) => one !== service.primary && one.state === 'completed');
    return before.at(-1) ?? service.primary;
  };

  const observe = (service: Service): Workload => {
    const { primary, input, tags: own } = service;
    const images = definitionOf(primary.definition).containers;
    const mode = repairMode(own);
    const serving =
      service.desired === 0
        ? []
        : service.running.filter((one) => one !== primary || one.state === 'completed' || one.state === 'rolled-back');
    const [, , cluster = '', name = ''] = service.id.split('/');
    return {
      id: service.id,
      kind: 'ecs-service',
      account,
      region,
      cluster,
      name,
      definition: primary.definition,
      containers: Object.entries(images).map(([container, image]): WorkloadContainer => {
        const digest = primary.digests[container];
        return { name: container, image, ...(digest === undefined ? {} : { digest }) };
      }),
      runningDigests: [...new Set(serving.flatMap((one) => Object.values(one.digests)))].sort(),
      desired: service.desired,
      running: service.desired,
      deployment: {
        id: primary.id,
        state: primary.state,
        definition: primary.definition,
        count: primary.state === 'in-progress' ? Math.max(1, service.running.length) : 1,
        startedAt: new Date(primary.startedAt).toISOString(),
        ...(primary.reason === undefined ? {} : { reason: primary.reason }),
        ...(primary.interrupted === undefined ? {} : { interrupted: primary.interrupted }),
      },
      ...(mode === undefined ? {} : { mode }),
      tags: own,
      exposed: input.exposed ?? { reach: 'unknown', why: 'nobody said' },
      readAt: new Date(options.now()).toISOString(),
      ...(input.notChangeable === undefined ? {} : { notChangeable: input.notChangeable }),
    };
  };

  return {
    addService(input) {
      const id = workloadId({ account, region, cluster: input.cluster ?? 'main', name: input.name });
      const first = start(define(input.family ?? input.name, input.containers).arn, 'start');
      first.state = 'completed';
      services.set(id, {
        input,
        id,
        desired: input.desired ?? 2,
        tags: input.tags ?? {},
        history: [first],
        running: [first],
        primary: first,
      });
      return id;
    },
    removeService: (id) => void services.delete(id),
    pushTag: (reference, digest) => void tags.set(reference, digest),
    complete(id, how = {}) {
      const service = get(id);
      if (service.primary.state !== 'in-progress') return;
      const old = service.running.filter((one) => one !== service.primary && one.state === 'completed');
      settle(service);
      if (how.keepOld === true) service.running = [...old, service.primary];
    },
    fail(id, reason = 'tasks failed to start') {
      const { primary } = get(id);
      if (primary.state !== 'in-progress') return;
      primary.state = 'failed';
      primary.reason = reason;
    },
    breakerRollsBack(id, how = {}) {
      const service = get(id);
      const undone = service.primary;
      const good = lastGood(service);
      undone.state = 'failed';
      const back: Deployment = {
        ...good,
        id: `ecs-svc/${String(++deployments).padStart(19, '0')}`,
        by: 'breaker',
        startedAt: options.now(),
        state: how.record === false ? 'completed' : 'rolled-back',
        reason: `ECS deployment circuit breaker: rolling back to deploymentId ${good.id}.`,
        interrupted: { how: 'rollback', by: 'orchestrator' },
      };
      service.history.push(back);
      service.primary = back;
      service.running = [back];
    },
    personDeploys: (id, definition) => deploy(get(id), definition, 'person').id,
    personStops(id, how) {
      const service = get(id);
      if (how === 'stop') {
        service.primary.state = 'failed';
        service.primary.interrupted = { how, by: 'person' };
        return;
      }
      const good = lastGood(service);
      service.primary.state = 'failed';
      const back: Deployment = {
        ...good,
        id: `ecs-svc/${String(++deployments).padStart(19, '0')}`,
        by: 'person',
        state: 'rolled-back',
        interrupted: { how, by: 'person' },
      };
      service.history.push(back);
      service.primary = back;
      service.running = [back];
    },
    setDesired(id, desired) {
      get(id).desired = desired;
    },
    setTags(id, own) {
      get(id).tags = own;
    },
    deploymentsOf: (id) =>
      get(id).history.map(({ id: deployment, definition, by }) => ({ id: deployment, definition, by })),
    registered: () => [...definitions.values()],

    async *list(signal) {
      for (const service of [...services.values()]) {
        signal?.throwIfAborted();
        yield observe(service);
      }
    },
    async describe(id) {
      const service = services.get(id);
      return service === undefined ? undefined : observe(service);
    },
    async register(change, from) {
      const source = definitionOf(from);
      const made = [...definitions.values()].find(
        (one) => one.family === source.family && one.changeId === change.changeId,
      );
      if (made !== undefined) return made.arn;
      const missing = Object.keys(change.images).filter((name) => !Object.hasOwn(source.containers, name));
      if (missing.length > 0)
        throw new Refused(`workload ${change.workload}`, {
          action: 'ecs:RegisterTaskDefinition',
          text: `${from} has no container ${missing.join(', ')}`,
          advice: 'plan again',
        });
      return define(source.family, { ...source.containers, ...change.images }, change.changeId).arn;
    },
    async update(change, definition, how) {
      const service = get(change.workload);
      if (service.input.notChangeable !== undefined)
        throw new Refused(`workload ${change.workload}`, {
          action: 'ecs:UpdateService',
          text: service.input.notChangeable,
          advice: 'change it where it is managed',
        });
      const moved = how.knownDeploymentBefore !== undefined && service.primary.id !== how.knownDeploymentBefore;
      const there = !how.force && service.primary.definition === definition;
      if (moved || there) return { deploymentId: service.primary.id };
      definitionOf(definition);
      return { deploymentId: deploy(service, definition, 'port').id };
    },
  };
}
