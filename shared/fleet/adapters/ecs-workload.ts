import type { Service, ServiceDeployment, ServiceRevision, Tag, Task, TaskDefinition } from '@aws-sdk/client-ecs';
import type { Digest } from '#shared/oci';
import type { LoadBalancer } from '../load-balancers.ts';
import type { Workload, WorkloadContainer } from '../types.ts';
import { repairMode } from '../who-runs.ts';
import { loneTaskName, workloadId } from '../workload-id.ts';
import { observeDeployment } from './ecs-deployment.ts';
import { serviceExposed, taskExposed } from './ecs-exposed.ts';

/** Everything that was read of one service, from which its workload is made. */
export interface ServiceReading {
  readonly service: Service;
  readonly revisions: readonly ServiceRevision[];
  readonly deployment: ServiceDeployment | undefined;
  /** its tasks, read only where the revisions did not give all digests */
  readonly tasks: readonly Task[];
  /** its task definition, read only where no revision names the containers */
  readonly definition: TaskDefinition | undefined;
  /** the load balancers of its targets; undefined: they could not be asked for */
  readonly inFront: ReadonlyMap<string, readonly LoadBalancer[]> | undefined;
  readonly readAt: string;
}

const asDigest = (text: string | undefined): Digest | undefined =>
  text !== undefined && /^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(text) ? (text as Digest) : undefined;

const record = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).flatMap((tag) => (tag.key === undefined ? [] : [[tag.key, tag.value ?? '']])));

/** The parts of an ECS ARN: `arn:aws:ecs:region:account:kind/cluster/name`; old ones lack the cluster. */
export function arnParts(arn: string): {
  readonly region: string;
  readonly account: string;
  readonly path: readonly string[];
} {
  const [, , , region = '', account = '', ...rest] = arn.split(':');
  return { region, account, path: rest.join(':').split('/').slice(1) };
}

/** Which ARNs of revisions to read for a service: those that something runs of or is to run of. */
export const revisionArns = (service: Service): string[] =>
  (service.currentServiceRevisions ?? []).flatMap((one) => (one.arn === undefined ? [] : [one.arn]));

/** Revisions on the definition that the service stands on or goes to, newest first. */
function onDefinition(reading: Pick<ServiceReading, 'service' | 'revisions'>): ServiceRevision[] {
  return reading.revisions
    .filter((revision) => revision.taskDefinition === reading.service.taskDefinition)
    .sort((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0));
}

/** Whether the revisions leave the containers unnamed, so that the definition must be read. */
export const needsDefinition = (reading: Pick<ServiceReading, 'service' | 'revisions'>): boolean =>
  (onDefinition(reading)[0]?.containerImages ?? []).length === 0;

/** Whether something runs whose digests the revisions do not give (unresolved or `versionConsistency: disabled`), so that the tasks must be read. */
export function needsTasks(reading: Pick<ServiceReading, 'service' | 'revisions'>): boolean {
  const running = (reading.service.currentServiceRevisions ?? []).filter((one) => (one.runningTaskCount ?? 0) > 0);
  if (running.length === 0) return (reading.service.runningCount ?? 0) > 0;
  return running.some((one) => {
    const images = reading.revisions.find((revision) => revision.serviceRevisionArn === one.arn)?.containerImages ?? [];
    return images.length === 0 || images.some((image) => asDigest(image.imageDigest) === undefined);
  });
}

function notChangeable(service: Service): string | undefined {
  const controller = service.deploymentController?.type;
  if (controller !== undefined && controller !== 'ECS') return `deployment controller ${controller}`;
  if (service.status !== undefined && service.status !== 'ACTIVE') return `status ${service.status}`;
  if (service.resourceManagementType === 'ECS') return 'an Express service, which ECS manages itself';
  return undefined;
}

/** One service as a workload. */
export function serviceWorkload(reading: ServiceReading): Workload {
  const { service, revisions, tasks } = reading;
  const { region, account, path } = arnParts(service.serviceArn ?? '');
  const cluster = arnParts(service.clusterArn ?? '').path[0] ?? path[0] ?? 'default';
  const name = service.serviceName ?? path.at(-1) ?? '';
  const deployment = observeDeployment(service, reading.deployment);
  const current = onDefinition(reading)[0];
  const taskDigest = (container: string): Digest | undefined =>
    tasks
      .filter((task) => task.taskDefinitionArn === service.taskDefinition)
      .flatMap((task) => task.containers ?? [])
      .map((one) => (one.name === container ? asDigest(one.imageDigest) : undefined))
      .find((digest) => digest !== undefined);
  const images =
    current?.containerImages?.map((one) => ({ name: one.containerName, image: one.image, digest: one.imageDigest })) ??
    (reading.definition?.containerDefinitions ?? []).map((one) => ({
      name: one.name,
      image: one.image,
      digest: undefined,
    }));
  const containers = images.flatMap((one): WorkloadContainer[] => {
    if (one.name === undefined) return [];
    const digest = asDigest(one.digest) ?? taskDigest(one.name);
    return [{ name: one.name, image: one.image ?? '', ...(digest === undefined ? {} : { digest }) }];
  });
  const running = new Set<Digest>();
  for (const one of service.currentServiceRevisions ?? []) {
    if ((one.runningTaskCount ?? 0) === 0) continue;
    for (const image of revisions.find((revision) => revision.serviceRevisionArn === one.arn)?.containerImages ?? []) {
      const digest = asDigest(image.imageDigest);
      if (digest !== undefined) running.add(digest);
    }
  }
  for (const digest of tasks.flatMap(runningDigests)) running.add(digest);
  const tags = record(service.tags);
  const mode = repairMode(tags);
  const why = notChangeable(service);
  return {
    id: workloadId({ account, region, cluster, name }),
    kind: 'ecs-service',
    account,
    region,
    cluster,
    name,
    definition: service.taskDefinition ?? '',
    containers,
    runningDigests: [...running].sort(),
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    deployment,
    ...(mode === undefined ? {} : { mode }),
    tags,
    exposed: serviceExposed(service, reading.inFront),
    readAt: reading.readAt,
    ...(why === undefined ? {} : { notChangeable: why }),
  };
}

const runningDigests = (task: Task): Digest[] =>
  task.lastStatus !== 'RUNNING'
    ? []
    : (task.containers ?? []).flatMap((container) => {
        const digest = asDigest(container.imageDigest);
        return digest === undefined ? [] : [digest];
      });

/** A task that no service keeps, as a workload. It can be stopped, not changed: whoever started it starts the next. */
export function taskWorkload(task: Task, readAt: string): Workload {
  const { region, account, path } = arnParts(task.taskArn ?? '');
  const cluster = arnParts(task.clusterArn ?? '').path[0] ?? path[0] ?? 'default';
  const name = loneTaskName(path.at(-1) ?? '');
  const tags = record(task.tags);
  const mode = repairMode(tags);
  const over = task.lastStatus === 'STOPPED';
  return {
    id: workloadId({ account, region, cluster, name }),
    kind: 'ecs-task',
    account,
    region,
    cluster,
    name,
    definition: task.taskDefinitionArn ?? '',
    containers: (task.containers ?? []).flatMap((one): WorkloadContainer[] => {
      if (one.name === undefined) return [];
      const digest = asDigest(one.imageDigest);
      return [{ name: one.name, image: one.image ?? '', ...(digest === undefined ? {} : { digest }) }];
    }),
    runningDigests: [...new Set(runningDigests(task))].sort(),
    desired: over ? 0 : 1,
    running: task.lastStatus === 'RUNNING' ? 1 : 0,
    deployment: { id: task.taskArn ?? '', state: 'unknown', definition: task.taskDefinitionArn ?? '', count: 0 },
    ...(mode === undefined ? {} : { mode }),
    tags,
    exposed: taskExposed(task),
    readAt,
    notChangeable: `a lone task (group ${task.group ?? 'none'}): whoever starts it must start it from a clean image`,
  };
}

/** Whether a service keeps this task. */
export const isLone = (task: Task): boolean => task.group === undefined || !task.group.startsWith('service:');
