import * as z from 'zod';
import { FleetError } from './errors.ts';
import { anything, NAME, read, tagsInput, text } from './inputs.ts';
import { findDefinition } from './lookups.ts';
import { type Operation, seconds, timed } from './operation.ts';
import { pageInput, pageOf } from './paging.ts';
import type { ContainerDefinitionRow, DefinitionRow } from './rows.ts';

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  essential: z.boolean().default(true),
  cpu: z.number().int().min(0).default(0),
  memory: z.number().int().min(4).optional(),
  versionConsistency: z.enum(['enabled', 'disabled']).optional(),
});

/** The other fields that RegisterTaskDefinition accepts; anything else is not part of a definition (aws.md 3.1). */
const kept = {
  taskRoleArn: text.optional(),
  executionRoleArn: text.optional(),
  networkMode: z.enum(['bridge', 'host', 'awsvpc', 'none']).optional(),
  volumes: z.array(anything).optional(),
  placementConstraints: z.array(anything).optional(),
  pidMode: z.enum(['host', 'task']).optional(),
  ipcMode: z.enum(['host', 'task', 'none']).optional(),
  proxyConfiguration: anything.optional(),
  inferenceAccelerators: z.array(anything).optional(),
  ephemeralStorage: anything.optional(),
  runtimePlatform: anything.optional(),
  enableFaultInjection: z.boolean().optional(),
};

const registered = z.object({
  ...kept,
  family: z.string(),
  containerDefinitions: z.array(container).max(10_000).default([]),
  requiresCompatibilities: z.array(z.enum(['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'])).default([]),
  cpu: z.string().max(32).optional(),
  memory: z.string().max(32).optional(),
  tags: tagsInput.optional(),
});

const listed = z.object({
  ...pageInput,
  familyPrefix: z.string().max(255).optional(),
  status: z.enum(['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS']).default('ACTIVE'),
  sort: z.enum(['ASC', 'DESC']).default('ASC'),
});

export const definitionOperations: Readonly<Record<string, Operation>> = {
  RegisterTaskDefinition: {
    bucket: 'definition-modify',
    run: (tx, input) => {
      const wanted = read(registered, input);
      check(wanted);
      const { family, containerDefinitions, requiresCompatibilities, cpu, memory, tags, ...other } = wanted;
      const revision = tx.newestRevision(family) + 1;
      const row: DefinitionRow = {
        arn: tx.names.definition(family, revision),
        family,
        revision,
        status: 'ACTIVE',
        registeredAt: tx.now,
        containers: containerDefinitions,
        requiresCompatibilities,
        ...(cpu === undefined ? {} : { cpu }),
        ...(memory === undefined ? {} : { memory }),
        other,
        tags: tags ?? [],
      };
      tx.put('definition', row);
      return { taskDefinition: describe(tx.names.account, row), tags: row.tags };
    },
  },
  DescribeTaskDefinition: {
    bucket: 'definition-read',
    run: (tx, input) => {
      const request = read(z.object({ taskDefinition: text, include: z.array(z.string()).default([]) }), input);
      const row = findDefinition(tx, request.taskDefinition);
      if (row === undefined) throw new FleetError('ClientException', 'Unable to describe task definition.');
      return {
        taskDefinition: describe(tx.names.account, row),
        ...(request.include.includes('TAGS') ? { tags: row.tags } : {}),
      };
    },
  },
  DeregisterTaskDefinition: {
    bucket: 'definition-modify',
    run: (tx, input) => {
      const { taskDefinition } = read(z.object({ taskDefinition: text }), input);
      if (!/:[0-9]+$/.test(taskDefinition)) {
        throw new FleetError('InvalidParameterException', 'Invalid revision number. Must specify family:revision.');
      }
      const row = findDefinition(tx, taskDefinition);
      if (row === undefined) {
        throw new FleetError('ClientException', 'The specified task definition does not exist.');
      }
      const gone = tx.put('definition', { ...row, status: 'INACTIVE', deregisteredAt: row.deregisteredAt ?? tx.now });
      return { taskDefinition: describe(tx.names.account, gone) };
    },
  },
  /** Sorted by family and, within it, by revision number. */
  ListTaskDefinitions: {
    bucket: 'definition-read',
    run: (tx, input) => {
      const { familyPrefix, status, sort, ...request } = read(listed, input);
      const rows = [...tx.all('definition')].filter((row) => {
        return row.status === status && (familyPrefix === undefined || row.family === familyPrefix);
      });
      rows.sort((a, b) => (a.family < b.family ? -1 : a.family > b.family ? 1 : a.revision - b.revision));
      if (sort === 'DESC') rows.reverse();
      const arns = rows.map((row) => row.arn);
      const { page, nextToken } = pageOf(arns, request, 100);
      return { taskDefinitionArns: page, ...(nextToken === undefined ? {} : { nextToken }) };
    },
  },
};

function check(wanted: z.infer<typeof registered>): void {
  const refuse = (message: string): never => {
    throw new FleetError('ClientException', message);
  };
  if (!NAME.test(wanted.family)) refuse('Family contains invalid characters.');
  if (wanted.containerDefinitions.length === 0) refuse('Container list cannot be empty.');
  if (wanted.containerDefinitions.length > 10) refuse('Task definition cannot have more than 10 containers.');
  const names = new Set<string>();
  for (const { name, image } of wanted.containerDefinitions) {
    if (!NAME.test(name)) refuse('Container.name contains invalid characters.');
    if (names.has(name)) refuse(`Container names must be unique: ${name}.`);
    names.add(name);
    if (image === '' || image.length > 512 || /[\s\p{Cc}]/u.test(image)) {
      refuse('Container.image should not be null or empty.');
    }
  }
  if (!wanted.containerDefinitions.some((row) => row.essential)) {
    refuse('At least one container must be marked as essential.');
  }
  if (!wanted.requiresCompatibilities.includes('FARGATE')) return;
  if (wanted.networkMode !== 'awsvpc') refuse('Fargate only supports network mode awsvpc.');
  if (wanted.cpu === undefined) refuse("Fargate requires that 'cpu' be defined at the task level.");
  if (wanted.memory === undefined) refuse("Fargate requires that 'memory' be defined at the task level.");
}

/** What AWS adds to what was registered is added here too: clients must leave it out when they register it again. */
function describe(account: string, row: DefinitionRow): Record<string, unknown> {
  return {
    taskDefinitionArn: row.arn,
    volumes: [],
    placementConstraints: [],
    ...row.other,
    containerDefinitions: row.containers.map(describeContainer),
    family: row.family,
    revision: row.revision,
    status: row.status,
    requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
    compatibilities: row.requiresCompatibilities.includes('FARGATE') ? ['EC2', 'FARGATE'] : ['EXTERNAL', 'EC2'],
    ...(row.requiresCompatibilities.length === 0 ? {} : { requiresCompatibilities: row.requiresCompatibilities }),
    ...(row.cpu === undefined ? {} : { cpu: row.cpu }),
    ...(row.memory === undefined ? {} : { memory: row.memory }),
    registeredAt: seconds(row.registeredAt),
    ...timed('deregisteredAt', row.deregisteredAt),
    registeredBy: `arn:aws:iam::${account}:root`,
  };
}

function describeContainer(row: ContainerDefinitionRow): Record<string, unknown> {
  return { portMappings: [], environment: [], mountPoints: [], volumesFrom: [], systemControls: [], ...row };
}
