import { announceTask } from './events.ts';
import type { ContainerDefinitionRow, DefinitionRow, Json, Tag, TaskContainerRow, TaskRow } from './rows.ts';
import type { Tx } from './state.ts';

/** Stopped tasks can be described for an hour (API reference, ListTasks). */
const REMEMBER_STOPPED_MS = 3_600_000;

export interface NewTask {
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly definition: DefinitionRow;
  readonly group: string;
  readonly startedBy?: string;
  readonly service?: string;
  readonly deployment?: string;
  readonly revision?: string;
  readonly tags?: readonly Tag[];
  readonly overrides?: Json;
}

/** Creates a task in PROVISIONING. Its images are pulled when it reaches PENDING. */
export function createTask(tx: Tx, wanted: NewTask): TaskRow {
  const { id, arn } = tx.names.task(wanted.clusterName);
  const { definition } = wanted;
  const task: TaskRow = {
    arn,
    id,
    clusterArn: wanted.clusterArn,
    clusterName: wanted.clusterName,
    definition: definition.arn,
    group: wanted.group,
    ...(wanted.startedBy === undefined ? {} : { startedBy: wanted.startedBy }),
    ...(wanted.service === undefined ? {} : { service: wanted.service }),
    ...(wanted.deployment === undefined ? {} : { deployment: wanted.deployment }),
    ...(wanted.revision === undefined ? {} : { revision: wanted.revision }),
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    version: 1,
    pulling: false,
    dueAt: tx.now + tx.taskStartMs / 2,
    createdAt: tx.now,
    updatedAt: tx.now,
    containers: definition.containers.map((container) => newContainer(tx, wanted.clusterName, id, container)),
    cpu: definition.cpu ?? String(sum(definition.containers.map((container) => container.cpu)) || 256),
    memory: definition.memory ?? String(sum(definition.containers.map((container) => container.memory ?? 0)) || 512),
    zone: `${tx.names.region}${'abc'[Number.parseInt(id.slice(0, 2), 16) % 3]}`,
    overrides: wanted.overrides ?? {},
    tags: wanted.tags ?? [],
  };
  tx.put('task', task);
  announceTask(tx, task);
  return task;
}

function newContainer(tx: Tx, cluster: string, task: string, container: ContainerDefinitionRow): TaskContainerRow {
  return {
    arn: tx.names.container(cluster, task),
    name: container.name,
    image: container.image,
    essential: container.essential,
    cpu: container.cpu,
    ...(container.memory === undefined ? {} : { memory: container.memory }),
  };
}

/** What came of a task whose time had come; services count failures and healthy tasks. */
export type TaskOutcome = 'failed' | 'healthy' | 'gone' | 'moved';

/** Moves a task that is due to its next state. Pure but for `tx`. */
export function advanceTask(tx: Tx, task: TaskRow): TaskOutcome {
  switch (task.lastStatus) {
    case 'PROVISIONING':
      change(tx, undated(task), { lastStatus: 'PENDING', pulling: true, pullStartedAt: tx.now });
      return 'moved';
    case 'PENDING':
      return startContainers(tx, task);
    case 'DEPROVISIONING':
      change(tx, task, { lastStatus: 'STOPPED', stoppedAt: tx.now, dueAt: tx.now + REMEMBER_STOPPED_MS });
      return 'gone';
    case 'STOPPED':
      tx.drop('task', task.arn);
      return 'moved';
    case 'RUNNING':
      return 'moved';
  }
}

/** A container that ends at once takes its task with it before the agent ever reports RUNNING. */
function startContainers(tx: Tx, task: TaskRow): TaskOutcome {
  const ended = task.containers.find((container) => container.essential && container.exits === true);
  if (ended === undefined) {
    const containers = task.containers.map((container) => ({ ...container, runtimeId: tx.names.runtimeId(task.id) }));
    change(tx, undated(task), { lastStatus: 'RUNNING', startedAt: tx.now, containers });
    return 'healthy';
  }
  const containers = task.containers.map((container) => ({
    ...container,
    runtimeId: tx.names.runtimeId(task.id),
    exitCode: container === ended ? 1 : 143,
  }));
  beginStop(
    tx,
    { ...task, containers, startedAt: tx.now, executionStoppedAt: tx.now },
    {
      code: 'EssentialContainerExited',
      reason: 'Essential container in task exited',
    },
  );
  return 'failed';
}

/** All images are there: the containers start after the rest of the start time. */
export function finishPull(
  tx: Tx,
  task: TaskRow,
  pulled: ReadonlyMap<string, { readonly digest: string; readonly exits: boolean }>,
): void {
  const containers = task.containers.map((container) => {
    const image = pulled.get(container.name);
    return image === undefined
      ? container
      : { ...container, digest: image.digest, ...(image.exits ? { exits: true } : {}) };
  });
  // Not a change of state: nobody is told, and the digest shows only when the task runs.
  tx.put('task', {
    ...task,
    containers,
    pulling: false,
    pullStoppedAt: tx.now,
    dueAt: tx.now + tx.taskStartMs / 2,
  });
}

/** An image is not to be had: the task ends without having run. `reason` is what the registry or the resolver said. */
export function failPull(tx: Tx, task: TaskRow, container: string, reason: string): void {
  const containers = task.containers.map((row) => (row.name === container ? { ...row, reason } : row));
  beginStop(
    tx,
    { ...task, containers, pulling: false, pullStoppedAt: tx.now, executionStoppedAt: tx.now },
    { code: 'TaskFailedToStart', reason },
  );
}

/** Begins to stop a task; STOPPED follows a little later. A task that is already on its way out is left alone. */
export function stopTask(tx: Tx, task: TaskRow, why: { readonly code: string; readonly reason: string }): TaskRow {
  if (task.desiredStatus === 'STOPPED') return task;
  const containers =
    task.lastStatus === 'RUNNING'
      ? task.containers.map((container) => ({ ...container, exitCode: 143 }))
      : task.containers;
  return beginStop(tx, { ...task, containers }, why);
}

function beginStop(tx: Tx, task: TaskRow, why: { readonly code: string; readonly reason: string }): TaskRow {
  return change(tx, task, {
    lastStatus: 'DEPROVISIONING',
    desiredStatus: 'STOPPED',
    pulling: false,
    stoppingAt: tx.now,
    ...(task.executionStoppedAt === undefined && task.startedAt !== undefined ? { executionStoppedAt: tx.now } : {}),
    stopCode: why.code,
    stoppedReason: why.reason,
    dueAt: tx.now + tx.taskStartMs / 4,
  });
}

function change(tx: Tx, task: TaskRow, patch: Partial<TaskRow>): TaskRow {
  const changed: TaskRow = { ...task, ...patch, version: task.version + 1, updatedAt: tx.now };
  tx.put('task', changed);
  announceTask(tx, changed);
  return changed;
}

function undated(task: TaskRow): TaskRow {
  const { dueAt: _dueAt, ...rest } = task;
  return rest;
}

/** Alive and wanted: what the scheduler counts. */
export function isLive(task: TaskRow): boolean {
  return task.desiredStatus === 'RUNNING';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
