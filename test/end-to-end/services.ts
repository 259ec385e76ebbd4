import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';

export const cluster = 'shop';

/** What a person or a pipeline does with ECS, by its own API. */
export const services = (ecs: ECSClient) => ({
  /** Registers a definition of one container and runs it as a service with that repair tag. */
  async run(name: string, image: string, repair: 'observe' | 'ask' | 'auto', desired = 1): Promise<string> {
    const definition = await this.define(name, image);
    await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    await ecs.send(
      new CreateServiceCommand({
        cluster,
        serviceName: name,
        taskDefinition: definition,
        desiredCount: desired,
        launchType: 'FARGATE',
        deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
        tags: [{ key: 'drydock:repair', value: repair }],
      }),
    );
    return definition;
  },
  async define(family: string, image: string): Promise<string> {
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '512',
        containerDefinitions: [{ name: 'app', image, essential: true }],
      }),
    );
    return taskDefinition?.taskDefinitionArn ?? '';
  },
  /** The deployments that a service has had, newest first. */
  async deployments(name: string): Promise<readonly string[]> {
    const { serviceDeployments } = await ecs.send(new ListServiceDeploymentsCommand({ cluster, service: name }));
    return (serviceDeployments ?? []).map((each) => each.serviceDeploymentArn ?? '');
  },
  /** The one definition and the deployments that DescribeServices shows. */
  async describe(name: string) {
    const { services: found } = await ecs.send(new DescribeServicesCommand({ cluster, services: [name] }));
    return found?.[0];
  },
  /** A person sends the service back, or anywhere. */
  async update(name: string, taskDefinition: string): Promise<void> {
    await ecs.send(new UpdateServiceCommand({ cluster, service: name, taskDefinition }));
  },
});
