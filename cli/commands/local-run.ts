import type { ECSClient, NetworkConfiguration } from '@aws-sdk/client-ecs';
import { NotFound, parseReference, RegistryClient } from '#shared/oci';
import { oneOf, readArguments, wholeNumber } from '../arguments.ts';
import { defaultData } from '../endpoints.ts';
import { CommandFailed, type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { localCluster, openLocalFleet } from '../local-fleet.ts';
import type { Terminal } from '../terminal.ts';

export const usage = `drydock local run <name:tag> --as <service> [options]

  makes a service of an image in the running stack's fleet (cluster ${localCluster}), or brings the one of that name to the image

  --as <service>    the service's name
  --desired <n>     how many tasks (default: 1)
  --repair <mode>   what Drydock may do to it: ask, auto, observe (default: ask)
  --public          its tasks have public addresses, as with assignPublicIp: the internet reaches it (default: nothing does)
  --data <folder>   the stack's data folder (default: ${defaultData})

  drydock local run app:1.0 --as checkout
`;

const modes = ['ask', 'auto', 'observe'] as const;

/** Makes or updates a service on the embedded fleet, by the ECS API. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    {
      as: { type: 'string' },
      desired: { type: 'string', default: '1' },
      repair: { type: 'string', default: 'ask' },
      public: { type: 'boolean', default: false },
      data: { type: 'string', default: defaultData },
    },
    ['<name:tag>'],
  );
  const service = values.as;
  if (service === undefined) throw new UsageError('--as <service> is missing; name the service, such as --as checkout');
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(service))
    throw new UsageError(`--as takes letters, digits, - and _, not ${JSON.stringify(service)}`);
  const desired = wholeNumber(values.desired, '--desired', 0, 100);
  const repair = oneOf(values.repair, modes, '--repair');
  const { ecs, registry, close } = await openLocalFleet(values.data);
  try {
    const image = await imageIn(registry, positionals[0] ?? '');
    const done = await bring(ecs, { service, desired, repair, image, isPublic: values.public });
    terminal.write(`${done} ${localCluster}/${service}: ${desired} x ${image}, repair mode ${repair}\n`);
    return exitCodes.ok;
  } finally {
    close();
  }
}

/** The full name of an image that is there. Throws CommandFailed when it is not. */
async function imageIn(registry: string, text: string): Promise<string> {
  const reference = parseReference(text, { defaultRegistry: registry });
  if (reference.registry !== registry)
    throw new CommandFailed(
      `the embedded fleet runs images of its own registry ${registry} only; push it first: drydock push ${text} ${reference.repository}:${reference.tag ?? 'latest'}`,
    );
  const client = new RegistryClient(reference);
  try {
    await client.manifest(reference.digest ?? reference.tag ?? 'latest');
  } catch (cause) {
    if (!(cause instanceof NotFound)) throw cause;
    throw new CommandFailed(
      `${text} is not in the registry ${registry}; push it first: drydock push <layout or archive> ${text}`,
      { cause },
    );
  } finally {
    client.close();
  }
  const { repository, tag, digest } = reference;
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

interface Wanted {
  readonly service: string;
  readonly desired: number;
  readonly repair: (typeof modes)[number];
  readonly image: string;
  readonly isPublic: boolean;
}

async function bring(
  ecs: ECSClient,
  { service, desired, repair, image, isPublic }: Wanted,
): Promise<'created' | 'updated'> {
  const sdk = await import('@aws-sdk/client-ecs');
  await ecs.send(new sdk.CreateClusterCommand({ clusterName: localCluster }));
  const registered = await ecs.send(
    new sdk.RegisterTaskDefinitionCommand({
      family: service,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'app', image, essential: true }],
    }),
  );
  const taskDefinition = registered.taskDefinition?.taskDefinitionArn;
  const known = await ecs.send(new sdk.DescribeServicesCommand({ cluster: localCluster, services: [service] }));
  const active = known.services?.find(({ status }) => status === 'ACTIVE');
  const tags = [{ key: 'drydock:repair', value: repair }];
  const networkConfiguration: NetworkConfiguration = {
    awsvpcConfiguration: { subnets: ['subnet-local'], assignPublicIp: isPublic ? 'ENABLED' : 'DISABLED' },
  };
  if (active !== undefined) {
    if (active.serviceArn !== undefined)
      await ecs.send(new sdk.TagResourceCommand({ resourceArn: active.serviceArn, tags }));
    await ecs.send(
      new sdk.UpdateServiceCommand({
        cluster: localCluster,
        service,
        taskDefinition,
        desiredCount: desired,
        networkConfiguration,
      }),
    );
    return 'updated';
  }
  await ecs.send(
    new sdk.CreateServiceCommand({
      cluster: localCluster,
      serviceName: service,
      taskDefinition,
      desiredCount: desired,
      launchType: 'FARGATE',
      networkConfiguration,
      deploymentConfiguration: {
        deploymentCircuitBreaker: { enable: true, rollback: true },
        minimumHealthyPercent: 100,
        maximumPercent: 200,
      },
      tags,
    }),
  );
  return 'created';
}
