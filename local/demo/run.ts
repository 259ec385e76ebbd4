import { readFile } from 'node:fs/promises';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { type BuiltImage, parseReference, pushImage } from '#shared/oci';
import { targetGroups } from '../fleet/load-balancers.ts';
import { baseImage, checkout, type DemoImage, reports, storefront } from './images.ts';

/** What the demonstration acts on: the same doors that anybody else has. */
export interface DemoPorts {
  readonly registry: string;
  readonly ecs: ECSClient;
  /** resolves when nothing of the stack's queues is left to do */
  readonly settled: () => Promise<void>;
  /** puts a policy file in force */
  readonly savePolicy: (text: string) => Promise<void>;
}

const cluster = 'demo';

/**
 * Brings a small fleet to life: three services on two bases. It only does what a team does, push images and create services; everything that
 * follows (findings, alerts, plans, rollouts) comes of the stack itself and of the advisories that it has.
 */
export async function startDemo(ports: DemoPorts): Promise<void> {
  await ports.savePolicy(await readFile(new URL('policy.yaml', import.meta.url), 'utf8'));
  await push(ports, baseImage('wheezy', 'vulnerable'));
  await push(ports, baseImage('bookworm', 'vulnerable'));
  for (const image of [
    checkout('1.0', 'vulnerable'),
    storefront('1.0', 'vulnerable'),
    reports('1.0', 'vulnerable', '2.30.0'),
  ])
    await push(ports, image);
  await ports.ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  await createService(ports, 'checkout', 'checkout:1.0', 2, 'ask', 'internal');
  await createService(ports, 'storefront', 'storefront:1.0', 2, 'auto', 'internet');
  await createService(ports, 'reports', 'reports:1.0', 1, 'ask');
}

/** What happens next in the life of such a team: patched bases are published, the images are built again on them and pushed. */
export async function releaseFixes(ports: DemoPorts): Promise<void> {
  await push(ports, baseImage('wheezy', 'patched'));
  await push(ports, baseImage('bookworm', 'patched'));
  for (const image of [storefront('1.0', 'patched'), checkout('1.0', 'patched'), reports('1.1', 'patched', '2.31.0')])
    await push(ports, image);
}

/** Makes a service of an image, on a small task definition; an existing service of that name is left as it is. */
export async function createService(
  ports: Pick<DemoPorts, 'registry' | 'ecs'>,
  name: string,
  image: string,
  desired: number,
  repair: 'observe' | 'ask' | 'auto',
  behind?: keyof typeof targetGroups,
): Promise<void> {
  const known = await ports.ecs.send(new DescribeServicesCommand({ cluster, services: [name] }));
  if (known.services?.some((service) => service.status === 'ACTIVE')) return;
  const registered = await ports.ecs.send(
    new RegisterTaskDefinitionCommand({
      family: name,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'app', image: `${ports.registry}/${image}`, essential: true }],
    }),
  );
  await ports.ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: name,
      taskDefinition: registered.taskDefinition?.taskDefinitionArn,
      desiredCount: desired,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-local'], assignPublicIp: 'DISABLED' } },
      ...(behind === undefined
        ? {}
        : { loadBalancers: [{ targetGroupArn: targetGroups[behind], containerName: 'app', containerPort: 8080 }] }),
      deploymentConfiguration: {
        deploymentCircuitBreaker: { enable: true, rollback: true },
        minimumHealthyPercent: 100,
        maximumPercent: 200,
      },
      tags: [{ key: 'drydock:repair', value: repair }],
    }),
  );
}

async function push(ports: DemoPorts, demo: DemoImage): Promise<void> {
  const image: BuiltImage = demo.image;
  await pushImage(image.source, parseReference(`${ports.registry}/${demo.repository}:${demo.tag}`));
}
