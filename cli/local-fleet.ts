import type { ECSClient } from '@aws-sdk/client-ecs';
import { notAnswering, readEndpoints } from './endpoints.ts';

/** The cluster in which `drydock local run` makes services. */
export const localCluster = 'demo';

/** The running stack's fleet by its ECS API, and the host of the registry that it pulls from. Throws CommandFailed when none runs. */
export async function openLocalFleet(
  folder: string,
): Promise<{ readonly ecs: ECSClient; readonly registry: string; close(): void }> {
  const { ecs: endpoint, registry } = await readEndpoints(folder);
  await fetch(registry, { signal: AbortSignal.timeout(5_000) }).catch((cause: unknown) => {
    throw notAnswering(folder, `the registry ${registry}`, cause);
  });
  const { ECSClient } = await import('@aws-sdk/client-ecs');
  const ecs = new ECSClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 3,
  });
  return { ecs, registry: new URL(registry).host, close: () => ecs.destroy() };
}
