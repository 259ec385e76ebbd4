import {
  CreateServiceCommand,
  DeleteServiceCommand,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { ecsOrchestrator } from '#root/shared/fleet/adapters/ecs.ts';
import { type OrchestratorBench, orchestratorContract } from '../../../contract/orchestrator.ts';
import { Bench } from '../../../local/fleet/harness.ts';

const account = '000000000000';
const region = 'local';

orchestratorContract('ECS, through its protocol', async (): Promise<OrchestratorBench> => {
  const bench = await new Bench().start();
  await bench.cluster();
  const { ecs, registry } = bench;
  const nameOf = (id: string): string => id.split('/').at(-1) ?? '';
  const create = async (
    service: {
      readonly name: string;
      readonly containers: Readonly<Record<string, string>>;
      readonly desired?: number;
      readonly tags?: Readonly<Record<string, string>>;
      readonly family?: string;
    },
    more: object,
  ): Promise<string> => {
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: service.family ?? service.name,
        containerDefinitions: Object.entries(service.containers).map(([name, image]) => ({ name, image, memory: 64 })),
      }),
    );
    await ecs.send(
      new CreateServiceCommand({
        serviceName: service.name,
        taskDefinition: taskDefinition?.taskDefinitionArn,
        desiredCount: service.desired ?? 2,
        ...(service.tags === undefined
          ? {}
          : { tags: Object.entries(service.tags).map(([key, value]) => ({ key, value })) }),
        ...more,
      }),
    );
    await bench.pass(10_000);
    return `${account}/${region}/default/${service.name}`;
  };
  return {
    orchestrator: ecsOrchestrator({ client: ecs, account, region, now: () => bench.clock.now().getTime() }),
    addService: (service) =>
      create(service, { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } }),
    addForeign: (name, image) =>
      create({ name, containers: { app: image } }, { deploymentController: { type: 'CODE_DEPLOY' } }),
    async removeService(id) {
      await ecs.send(new DeleteServiceCommand({ service: nameOf(id), force: true }));
      await bench.pass(60_000);
    },
    pushTag: (reference, digest) => void registry.tags.set(reference, digest),
    exits: (digest) => void registry.exiting.add(digest),
    settle: () => bench.pass(60_000),
    async personDeploys(id, definition) {
      await ecs.send(new UpdateServiceCommand({ service: nameOf(id), taskDefinition: definition }));
    },
    async deployments(id) {
      return (
        (await ecs.send(new ListServiceDeploymentsCommand({ service: nameOf(id) }))).serviceDeployments?.length ?? 0
      );
    },
    close: () => bench.stop(),
  };
});
