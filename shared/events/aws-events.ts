import * as z from 'zod';
import type { BusEvent } from './envelope.ts';

// What AWS says on the default bus (aws.md 1.2). Events are hints and only trigger a read, so only what is certain is required.

const text = z.string().max(10_000);
const loose = z.string().max(10_000).optional();

/** `ECR Image Action`: a push has tag and digest, an index child no tag, some events no digest. */
export const ecrImageAction = z.looseObject({
  'action-type': text,
  result: text,
  'repository-name': z.string().min(1).max(512),
  'image-digest': z
    .string()
    .regex(/^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/)
    .optional(),
  'image-tag': z.string().min(1).max(300).optional(),
  'manifest-media-type': loose,
  'artifact-media-type': loose,
  'target-storage-class': loose,
  'last-activated-at': loose,
});

/** `ECS Task State Change`; `version` counts up per task: older ones are news no more. */
export const ecsTaskStateChange = z.looseObject({
  taskArn: text,
  clusterArn: text,
  taskDefinitionArn: text,
  lastStatus: text,
  desiredStatus: text,
  createdAt: text,
  updatedAt: text,
  version: z.number(),
  containers: z.array(
    z.looseObject({
      name: text,
      lastStatus: text,
      image: loose,
      imageDigest: loose,
      runtimeId: loose,
      exitCode: z.number().optional(),
      reason: loose,
    }),
  ),
  group: loose,
  startedBy: loose,
  stopCode: loose,
  stoppedReason: loose,
  stoppedAt: loose,
  launchType: loose,
});

/** `ECS Deployment State Change`; the service is `resources[0]`. */
export const ecsDeploymentStateChange = z.looseObject({
  eventType: text,
  eventName: text,
  deploymentId: text,
  updatedAt: loose,
  reason: loose,
  clusterArn: loose,
});

/** `ECS Service Action`; the service is `resources[0]`. */
export const ecsServiceAction = z.looseObject({
  eventName: text,
  eventType: text,
  clusterArn: text,
  createdAt: text,
  reason: loose,
  desiredCount: z.number().optional(),
});

/** A service as an ECS event names it. */
export interface EcsServiceName {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly name: string;
}

const arn =
  /^arn:[a-z0-9-]+:ecs:([a-z0-9-]+):(\d{12}):(service|cluster|task)\/([A-Za-z0-9_-]{1,255})(?:\/([A-Za-z0-9_-]{1,255}))?$/;

/** The service that an ECS event speaks of; undefined for a lone task, another source, or ARNs that are none: read the fleet then. */
export function ecsServiceOf(event: BusEvent): EcsServiceName | undefined {
  if (event.source !== 'aws.ecs') return undefined;
  const clusterArn = event.detail.clusterArn;
  const cluster = typeof clusterArn === 'string' ? arn.exec(clusterArn) : null;
  const clusterName = cluster?.[3] === 'cluster' ? cluster[4] : undefined;
  if (event['detail-type'] === 'ECS Task State Change') {
    const { group } = event.detail;
    const name = typeof group === 'string' ? /^service:([A-Za-z0-9_-]{1,255})$/.exec(group)?.[1] : undefined;
    if (name === undefined || clusterName === undefined) return undefined;
    return { account: cluster?.[2] ?? '', region: cluster?.[1] ?? '', cluster: clusterName, name };
  }
  const service = arn.exec(event.resources[0] ?? '');
  if (service?.[3] !== 'service') return undefined;
  const [, region = '', account = '', , first = '', second] = service;
  // ARNs from before 2018 have no cluster in them
  const inCluster = second === undefined ? clusterName : first;
  return inCluster === undefined ? undefined : { account, region, cluster: inCluster, name: second ?? first };
}
