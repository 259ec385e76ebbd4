import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { DEFAULT_RULES, mergeRules, rulesInput } from './deployment-rules.ts';
import { startDeployment } from './deployment-start.ts';
import { FleetError } from './errors.ts';
import { anything, NAME, read, tagsInput, text } from './inputs.ts';
import { activeService, clusterOf, findService, usableDefinition } from './lookups.ts';
import type { Operation } from './operation.ts';
import { pageInput, pageOf } from './paging.ts';
import type { Json, ServiceRow } from './rows.ts';
import { describeService } from './service-view.ts';

const count = z.number().int().min(0).max(5000);

/** A change of one of these starts a deployment (ECS developer guide, updating a service). */
const deployedFields = {
  capacityProviderStrategy: z.array(anything).optional(),
  networkConfiguration: anything.optional(),
  platformVersion: text.optional(),
  loadBalancers: z.array(anything).optional(),
  serviceRegistries: z.array(anything).optional(),
  serviceConnectConfiguration: anything.optional(),
  volumeConfigurations: z.array(anything).optional(),
  vpcLatticeConfigurations: z.array(anything).optional(),
};
/** These are kept, and count from the next task on. */
const keptFields = {
  availabilityZoneRebalancing: z.enum(['ENABLED', 'DISABLED']).optional(),
  placementConstraints: z.array(anything).optional(),
  placementStrategy: z.array(anything).optional(),
  healthCheckGracePeriodSeconds: z.number().int().min(0).optional(),
  enableExecuteCommand: z.boolean().optional(),
  enableECSManagedTags: z.boolean().optional(),
  propagateTags: z.enum(['TASK_DEFINITION', 'SERVICE', 'NONE']).optional(),
  deploymentController: z.object({ type: z.enum(['ECS', 'CODE_DEPLOY', 'EXTERNAL']) }).optional(),
};
const common = { cluster: text.optional(), deploymentConfiguration: rulesInput.optional() };

const created = z.object({
  ...deployedFields,
  ...keptFields,
  ...common,
  serviceName: z.string().regex(NAME, 'Invalid service name.'),
  taskDefinition: text,
  desiredCount: count,
  launchType: z.enum(['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES']).default('FARGATE'),
  schedulingStrategy: z.enum(['REPLICA', 'DAEMON']).default('REPLICA'),
  tags: tagsInput.optional(),
});
const updated = z.object({
  ...deployedFields,
  ...keptFields,
  ...common,
  service: text,
  desiredCount: count.optional(),
  taskDefinition: text.optional(),
  forceNewDeployment: z.boolean().default(false),
});
const described = z.object({
  cluster: text.optional(),
  services: z.array(text).min(1, 'Services cannot be empty.').max(10, 'Services cannot have more than 10 elements.'),
  include: z.array(z.string()).default([]),
});

export const serviceOperations: Readonly<Record<string, Operation>> = {
  CreateService: {
    bucket: 'service-modify',
    run: (tx, input) => {
      const wanted = read(created, input);
      const cluster = clusterOf(tx, wanted.cluster);
      if (wanted.schedulingStrategy === 'DAEMON') unsupported('the DAEMON scheduling strategy');
      if (wanted.deploymentController?.type === 'EXTERNAL') unsupported('the EXTERNAL deployment controller');
      const definition = usableDefinition(tx, wanted.taskDefinition);
      const arn = tx.names.service(cluster.name, wanted.serviceName);
      const found = tx.get('service', arn);
      if (found?.status === 'DRAINING') {
        throw new FleetError('InvalidParameterException', 'Unable to Start a service that is still Draining.');
      }
      if (found?.status === 'ACTIVE') {
        const same = found.taskDefinition === definition.arn && found.desired === wanted.desiredCount;
        if (!same) throw new FleetError('InvalidParameterException', 'Creation of service was not idempotent.');
        return { service: describeService(tx, found, ['TAGS']) };
      }
      const service: ServiceRow = {
        arn,
        name: wanted.serviceName,
        clusterArn: cluster.arn,
        clusterName: cluster.name,
        status: 'ACTIVE',
        desired: wanted.desiredCount,
        taskDefinition: definition.arn,
        rules: mergeRules(DEFAULT_RULES, wanted.deploymentConfiguration),
        deployed: { platformVersion: 'LATEST', ...pick(wanted, deployedFields) },
        kept: { deploymentController: { type: 'ECS' }, launchType: wanted.launchType, ...pick(wanted, keptFields) },
        createdAt: tx.now,
        tags: wanted.tags ?? [],
        deployments: [],
        history: [],
        messages: [],
        steady: false,
        toldStuck: false,
        toldImpaired: false,
      };
      return { service: describeService(tx, tx.put('service', startDeployment(tx, service, definition)), ['TAGS']) };
    },
  },
  /** A deployment starts on another task definition, on a changed deployed setting, or by force; nothing else starts one. */
  UpdateService: {
    bucket: 'service-modify',
    run: (tx, input) => {
      const wanted = read(updated, input);
      const service = activeService(tx, clusterOf(tx, wanted.cluster), wanted.service);
      const named = wanted.taskDefinition === undefined ? undefined : usableDefinition(tx, wanted.taskDefinition);
      const deployed: Json = { ...service.deployed, ...pick(wanted, deployedFields) };
      const deploys =
        wanted.forceNewDeployment ||
        (named !== undefined && named.arn !== service.taskDefinition) ||
        !isDeepStrictEqual(deployed, service.deployed);
      refuseForCodeDeploy(service, deploys);
      const desired = wanted.desiredCount ?? service.desired;
      const next: ServiceRow = {
        ...service,
        desired,
        steady: service.steady && desired === service.desired,
        rules: mergeRules(service.rules, wanted.deploymentConfiguration),
        deployed,
        kept: { ...service.kept, ...pick(wanted, keptFields) },
      };
      if (!deploys) return { service: describeService(tx, tx.put('service', next), ['TAGS']) };
      // The definition that a service stands on may have been deregistered since; deploying it again is still allowed.
      const definition = named ?? tx.get('definition', service.taskDefinition);
      if (definition === undefined) throw new FleetError('ClientException', 'TaskDefinition not found.');
      return { service: describeService(tx, tx.put('service', startDeployment(tx, next, definition)), ['TAGS']) };
    },
  },
  DeleteService: {
    bucket: 'service-modify',
    run: (tx, input) => {
      const wanted = read(
        z.object({ cluster: text.optional(), service: text, force: z.boolean().default(false) }),
        input,
      );
      const cluster = clusterOf(tx, wanted.cluster);
      const service = findService(tx, cluster, wanted.service);
      if (service === undefined || service.status === 'INACTIVE') {
        throw new FleetError('ServiceNotFoundException', 'Service not found.');
      }
      if (!wanted.force && service.desired > 0) {
        throw new FleetError('InvalidParameterException', 'The service cannot be stopped while it is scaled above 0.');
      }
      const gone = tx.put('service', { ...service, status: 'DRAINING', desired: 0 });
      return { service: describeService(tx, gone, ['TAGS']) };
    },
  },
  DescribeServices: {
    bucket: 'service-read',
    run: (tx, input) => {
      const { cluster: named, services, include } = read(described, input);
      const cluster = clusterOf(tx, named);
      const found: unknown[] = [];
      const failures: unknown[] = [];
      for (const name of services) {
        const service = findService(tx, cluster, name);
        if (service !== undefined) found.push(describeService(tx, service, include));
        else
          failures.push({
            arn: name.startsWith('arn:') ? name : tx.names.service(cluster.name, name),
            reason: 'MISSING',
          });
      }
      return { services: found, failures };
    },
  },
  ListServices: {
    bucket: 'service-read',
    run: (tx, input) => {
      const {
        cluster: named,
        launchType,
        ...request
      } = read(z.object({ ...pageInput, cluster: text.optional(), launchType: z.string().optional() }), input);
      const cluster = clusterOf(tx, named);
      const arns = [...tx.all('service')]
        .filter((row) => row.clusterArn === cluster.arn && row.status !== 'INACTIVE')
        .filter((row) => launchType === undefined || row.kept.launchType === launchType)
        .map((row) => row.arn);
      const { page, nextToken } = pageOf(arns.sort(), request, 10);
      return { serviceArns: page, ...(nextToken === undefined ? {} : { nextToken }) };
    },
  },
};

function pick(wanted: Json, fields: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => name in fields && value !== undefined));
}

function refuseForCodeDeploy(service: ServiceRow, deploys: boolean): void {
  const { type } = (service.kept.deploymentController ?? {}) as { type?: string };
  if (type !== 'CODE_DEPLOY' || !deploys) return;
  throw new FleetError(
    'InvalidParameterException',
    'Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.',
  );
}

function unsupported(what: string): never {
  throw new FleetError('UnsupportedFeatureException', `The embedded fleet does not know ${what}.`);
}
