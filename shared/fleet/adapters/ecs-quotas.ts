import { type BucketState, fullBucket, type Quota, shareOf, takeToken } from '../token-bucket.ts';

/** The ECS throttling buckets that we draw from, per account and region (aws.md 3.5). */
export const ecsQuotas = {
  definitionModify: { burst: 20, perSecond: 1 },
  definitionRead: { burst: 50, perSecond: 20 },
  serviceModify: { burst: 50, perSecond: 5 },
  serviceRead: { burst: 100, perSecond: 20 },
  deploymentRead: { burst: 50, perSecond: 20 },
  clusterRead: { burst: 50, perSecond: 20 },
  clusterResourceRead: { burst: 100, perSecond: 20 },
} as const satisfies Readonly<Record<string, Quota>>;

/** The name of a bucket. */
export type EcsBucket = keyof typeof ecsQuotas;

/** The bucket that each operation draws from. */
export const bucketOf = {
  RegisterTaskDefinition: 'definitionModify',
  DescribeTaskDefinition: 'definitionRead',
  ListTaskDefinitions: 'definitionRead',
  UpdateService: 'serviceModify',
  ListServices: 'serviceRead',
  DescribeServices: 'serviceRead',
  ListServiceDeployments: 'deploymentRead',
  DescribeServiceDeployments: 'deploymentRead',
  DescribeServiceRevisions: 'deploymentRead',
  ListClusters: 'clusterRead',
  ListTasks: 'clusterResourceRead',
  DescribeTasks: 'clusterResourceRead',
} as const satisfies Readonly<Record<string, EcsBucket>>;

/** An operation that we call. */
export type EcsOperation = keyof typeof bucketOf;

/** Lets calls through at a share of the quotas. */
export interface Pacer {
  pass(operation: EcsOperation): Promise<void>;
}

/**
 * A pacer for one account and region; give the same one to everything that draws from the same quotas. `share` 0.8 leaves a fifth to the
 * user's own deployments.
 */
export function ecsPacer(options: {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly share?: number;
}): Pacer {
  const buckets = new Map<EcsBucket, BucketState>();
  return {
    async pass(operation) {
      const bucket = bucketOf[operation];
      const quota = shareOf(ecsQuotas[bucket], options.share ?? 0.8);
      const now = options.now();
      const taken = takeToken(buckets.get(bucket) ?? fullBucket(quota, now), quota, now);
      buckets.set(bucket, taken.state);
      if (taken.waitMs > 0) await options.sleep(taken.waitMs);
    },
  };
}
