import { memoryOrchestrator } from '#shared/fleet';
import { type OrchestratorBench, orchestratorContract } from '../../../contract/orchestrator.ts';

orchestratorContract('in memory', async (): Promise<OrchestratorBench> => {
  let now = Date.parse('2026-03-01T00:00:00Z');
  const fleet = memoryOrchestrator({ now: () => now });
  const exiting = new Set<string>();
  const ids: string[] = [];
  const add = (service: Parameters<typeof fleet.addService>[0]): string => {
    const id = fleet.addService(service);
    ids.push(id);
    return id;
  };
  return {
    orchestrator: fleet,
    addService: async (service) => add(service),
    addForeign: async (name, image) =>
      add({ name, containers: { app: image }, notChangeable: 'deployment controller CODE_DEPLOY' }),
    removeService: async (id) => fleet.removeService(id),
    pushTag: fleet.pushTag,
    exits: (digest) => void exiting.add(digest),
    async settle() {
      now += 60_000;
      for (const id of ids) {
        const workload = await fleet.describe(id);
        if (workload?.containers.some((one) => exiting.has(one.digest ?? ''))) fleet.breakerRollsBack(id);
        else if (workload !== undefined) fleet.complete(id);
      }
    },
    personDeploys: async (id, definition) => void fleet.personDeploys(id, definition),
    deployments: async (id) => fleet.deploymentsOf(id).length,
    close: async () => undefined,
  };
});
