import * as z from 'zod';
import { FleetError } from './errors.ts';
import { containerStatus } from './events.ts';
import { anything, read, tagsInput, text } from './inputs.ts';
import { clusterOf, findService, usableDefinition } from './lookups.ts';
import { shortName } from './names.ts';
import { type Operation, seconds, timed } from './operation.ts';
import { pageInput, pageOf } from './paging.ts';
import type { TaskRow } from './rows.ts';
import { createTask, stopTask } from './tasks.ts';

const listed = z.object({
  ...pageInput,
  cluster: text.optional(),
  serviceName: text.optional(),
  family: text.optional(),
  startedBy: text.optional(),
  containerInstance: text.optional(),
  desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
  launchType: z.string().optional(),
});
const ran = z.object({
  cluster: text.optional(),
  taskDefinition: text,
  count: z.number().int().min(1, 'Count must be at least 1.').max(10, 'Count cannot be more than 10.').default(1),
  group: z.string().max(255).optional(),
  startedBy: z.string().max(128).optional(),
  overrides: anything.optional(),
  tags: tagsInput.optional(),
});

export const taskOperations: Readonly<Record<string, Operation>> = {
  /** No task ever wants to be PENDING, so that filter finds none, as in AWS. */
  ListTasks: {
    bucket: 'resource-read',
    run: (tx, input) => {
      const wanted = read(listed, input);
      const cluster = clusterOf(tx, wanted.cluster);
      let service: string | undefined;
      if (wanted.serviceName !== undefined) {
        service = findService(tx, cluster, wanted.serviceName)?.arn;
        if (service === undefined) throw new FleetError('ServiceNotFoundException', 'Service not found.');
      }
      const arns: string[] = [];
      for (const task of service === undefined ? tx.all('task') : tx.tasksOf(service)) {
        if (task.clusterArn !== cluster.arn || task.desiredStatus !== wanted.desiredStatus) continue;
        if (wanted.containerInstance !== undefined) continue;
        if (wanted.launchType !== undefined && wanted.launchType !== 'FARGATE') continue;
        if (wanted.startedBy !== undefined && task.startedBy !== wanted.startedBy) continue;
        if (wanted.family !== undefined && familyOf(task) !== wanted.family) continue;
        arns.push(task.arn);
      }
      const { page, nextToken } = pageOf(arns.sort(), wanted, 100);
      return { taskArns: page, ...(nextToken === undefined ? {} : { nextToken }) };
    },
  },
  DescribeTasks: {
    bucket: 'resource-read',
    run: (tx, input) => {
      const wanted = read(
        z.object({
          cluster: text.optional(),
          tasks: z.array(text).min(1, 'Tasks cannot be empty.').max(100, 'Tasks cannot have more than 100 elements.'),
          include: z.array(z.string()).default([]),
        }),
        input,
      );
      const cluster = clusterOf(tx, wanted.cluster);
      const tasks: unknown[] = [];
      const failures: unknown[] = [];
      for (const named of wanted.tasks) {
        const arn = tx.names.arn(`task/${cluster.name}/${shortName(named)}`);
        const task = tx.get('task', arn);
        if (task === undefined) failures.push({ arn, reason: 'MISSING' });
        else tasks.push(describe(task, wanted.include.includes('TAGS')));
      }
      return { tasks, failures };
    },
  },
  RunTask: {
    bucket: 'resource-modify',
    run: (tx, input) => {
      const wanted = read(ran, input);
      const cluster = clusterOf(tx, wanted.cluster);
      const definition = usableDefinition(tx, wanted.taskDefinition);
      if (wanted.group?.startsWith('service:') === true) {
        throw new FleetError(
          'InvalidParameterException',
          'The group prefix service: is reserved for tasks of services.',
        );
      }
      const tasks: unknown[] = [];
      for (let n = 0; n < wanted.count; n += 1) {
        const task = createTask(tx, {
          clusterArn: cluster.arn,
          clusterName: cluster.name,
          definition,
          group: wanted.group ?? `family:${definition.family}`,
          ...(wanted.startedBy === undefined ? {} : { startedBy: wanted.startedBy }),
          ...(wanted.overrides === undefined ? {} : { overrides: wanted.overrides }),
          tags: wanted.tags ?? [],
        });
        tasks.push(describe(task, true));
      }
      return { tasks, failures: [] };
    },
  },
  StopTask: {
    bucket: 'resource-modify',
    run: (tx, input) => {
      const wanted = read(
        z.object({ cluster: text.optional(), task: text, reason: z.string().max(1024).optional() }),
        input,
      );
      const cluster = clusterOf(tx, wanted.cluster);
      const task = tx.get('task', tx.names.arn(`task/${cluster.name}/${shortName(wanted.task)}`));
      if (task === undefined) {
        throw new FleetError('InvalidParameterException', 'The referenced task was not found.');
      }
      const stopped = stopTask(tx, task, {
        code: 'UserInitiated',
        reason: wanted.reason ?? 'Task stopped by user',
      });
      return { task: describe(stopped, true) };
    },
  },
};

function familyOf(task: TaskRow): string {
  return shortName(task.definition).replace(/:[0-9]+$/, '');
}

/** imageDigest appears once the task has run, not before (aws.md 3.4). */
function describe(task: TaskRow, withTags: boolean): Record<string, unknown> {
  const started = task.startedAt !== undefined;
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.definition,
    group: task.group,
    ...(task.startedBy === undefined ? {} : { startedBy: task.startedBy }),
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    version: task.version,
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    availabilityZone: task.zone,
    connectivity: 'CONNECTED',
    healthStatus: 'UNKNOWN',
    enableExecuteCommand: false,
    attachments: [],
    attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
    cpu: task.cpu,
    memory: task.memory,
    overrides: { containerOverrides: task.containers.map((row) => ({ name: row.name })), ...task.overrides },
    createdAt: seconds(task.createdAt),
    ...timed('pullStartedAt', task.pullStartedAt),
    ...timed('pullStoppedAt', task.pullStoppedAt),
    ...timed('startedAt', task.startedAt),
    ...timed('stoppingAt', task.stoppingAt),
    ...timed('stoppedAt', task.stoppedAt),
    ...timed('executionStoppedAt', task.executionStoppedAt),
    ...(task.stopCode === undefined ? {} : { stopCode: task.stopCode }),
    ...(task.stoppedReason === undefined ? {} : { stoppedReason: task.stoppedReason }),
    containers: task.containers.map((row) => ({
      containerArn: row.arn,
      taskArn: task.arn,
      name: row.name,
      image: row.image,
      ...(started && row.digest !== undefined ? { imageDigest: row.digest } : {}),
      ...(row.runtimeId === undefined ? {} : { runtimeId: row.runtimeId }),
      lastStatus: containerStatus(task),
      ...(row.exitCode === undefined ? {} : { exitCode: row.exitCode }),
      ...(row.reason === undefined ? {} : { reason: row.reason }),
      networkBindings: [],
      networkInterfaces: [],
      healthStatus: 'UNKNOWN',
      cpu: String(row.cpu),
      ...(row.memory === undefined ? {} : { memory: String(row.memory) }),
    })),
    tags: withTags ? task.tags : [],
  };
}
