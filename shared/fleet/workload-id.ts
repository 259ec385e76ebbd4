import type { WorkloadId } from './types.ts';

/** The parts of a workload's natural key. */
export interface WorkloadIdParts {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  /** the service's name, or `task:<task id>` for a lone task; a service name holds no colon, so the two never meet */
  readonly name: string;
}

const lone = 'task:';

/** `account/region/cluster/name`. */
export const workloadId = (parts: WorkloadIdParts): WorkloadId =>
  `${parts.account}/${parts.region}/${parts.cluster}/${parts.name}`;

/** The name under which a lone task is a workload. */
export const loneTaskName = (taskId: string): string => `${lone}${taskId}`;

/** The task id in the name of a lone task; undefined for services. */
export const loneTaskId = (name: string): string | undefined =>
  name.startsWith(lone) ? name.slice(lone.length) : undefined;

/** Reads a workload id; undefined when it is none. No part of an ECS id holds a slash. */
export function parseWorkloadId(id: WorkloadId): WorkloadIdParts | undefined {
  const [account, region, cluster, name, ...rest] = id.split('/');
  if (!account || !region || !cluster || !name || rest.length > 0) return undefined;
  return { account, region, cluster, name };
}
