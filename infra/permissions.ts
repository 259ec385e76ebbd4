/** What a role may do: explicit actions on named things. `on` are names that the stack knows, or ARN patterns in its terms. */
export interface Permission {
  readonly actions: readonly string[];
  readonly on: Target;
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Things that permissions are given on; the stack turns each into ARNs. */
export type Target =
  | 'table'
  | 'lists'
  | 'blobs'
  | 'bucket'
  | 'bus'
  | 'topic'
  | 'repositories'
  | 'registry-secrets'
  | 'channel-secrets'
  | 'services'
  | 'task-definitions'
  | 'pass-roles'
  /** the alias of remediate: a durable function is invoked by a qualified name only */
  | 'remediate'
  /** IAM knows durable executions by the function's version, never by its alias */
  | 'remediate-executions'
  /** for actions that know no resource: IAM's `*` */
  | 'everything';

const readTable = (...also: readonly ('BatchGetItem' | 'Query' | 'Scan')[]): Permission => ({
  actions: ['dynamodb:GetItem', ...also.map((action) => `dynamodb:${action}`)],
  on: 'table',
});
const readLists: Permission = { actions: ['dynamodb:Query'], on: 'lists' };
const writeTable = (...also: readonly ('BatchWriteItem' | 'DeleteItem')[]): Permission => ({
  actions: ['dynamodb:PutItem', ...also.map((action) => `dynamodb:${action}`)],
  on: 'table',
});
// without s3:ListBucket S3 answers 403 and not 404 for a blob that is not there
const readBlobs: readonly Permission[] = [
  { actions: ['s3:GetObject'], on: 'blobs' },
  { actions: ['s3:ListBucket'], on: 'bucket' },
];
const writeBlobs: Permission = { actions: ['s3:PutObject'], on: 'blobs' };
/** Blobs that nothing points to: by their versions, so that what somebody writes meanwhile stays. */
const forgetBlobs: readonly Permission[] = [
  { actions: ['s3:ListBucketVersions'], on: 'bucket' },
  { actions: ['s3:DeleteObjectVersion'], on: 'blobs' },
];
const tell: Permission = { actions: ['events:PutEvents'], on: 'bus' };

/** ECS reads of one or all services; the ones that know no resource-level permission are asked for on `*`. */
const readFleet: readonly Permission[] = [
  {
    actions: [
      'ecs:DescribeServiceDeployments',
      'ecs:DescribeServiceRevisions',
      'ecs:DescribeServices',
      'ecs:DescribeTaskDefinition',
      'ecs:DescribeTasks',
      'ecs:ListServiceDeployments',
      'ecs:ListTasks',
    ],
    on: 'everything',
  },
];

const listFleet: Permission = { actions: ['ecs:ListClusters', 'ecs:ListServices'], on: 'everything' };

/** What stands in front of services: from where they can be reached. Both know no resource. */
const readBalancers: Permission = {
  actions: ['elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeTargetGroups'],
  on: 'everything',
};

/** The permissions of the observing functions. Nothing here changes ECS, EKS, images or IAM: a test holds it. */
export const observing = {
  'scan-image': [
    readTable('BatchGetItem', 'Query'),
    writeTable('BatchWriteItem', 'DeleteItem'),
    ...readBlobs,
    writeBlobs,
    tell,
    { actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], on: 'repositories' },
    { actions: ['ecr:GetAuthorizationToken'], on: 'everything' },
    { actions: ['secretsmanager:GetSecretValue'], on: 'registry-secrets' },
  ],
  'refresh-advisories': [readTable('Query'), writeTable(), ...readBlobs, writeBlobs, tell],
  rematch: [readTable('BatchGetItem', 'Query'), writeTable('DeleteItem'), ...readBlobs, writeBlobs, tell],
  sweep: [
    readTable('BatchGetItem', 'Query', 'Scan'),
    readLists,
    writeTable('BatchWriteItem', 'DeleteItem'),
    ...readBlobs,
    ...forgetBlobs,
    tell,
    { actions: ['ecr:DescribeImages'], on: 'repositories' },
    { actions: ['ecr:DescribeRepositories'], on: 'everything' },
  ],
  'map-workloads': [
    readTable('BatchGetItem', 'Query'),
    readLists,
    writeTable('BatchWriteItem', 'DeleteItem'),
    ...readBlobs,
    tell,
    ...readFleet,
    listFleet,
    readBalancers,
  ],
  alert: [
    readTable('BatchGetItem'),
    writeTable('DeleteItem'),
    ...readBlobs,
    { actions: ['sns:Publish'], on: 'topic' },
    { actions: ['secretsmanager:GetSecretValue'], on: 'channel-secrets' },
  ],
  'start-rollout': [readTable('BatchGetItem', 'Query'), writeTable('BatchWriteItem', 'DeleteItem'), ...readBlobs, tell],
  api: [readTable('BatchGetItem', 'Query'), readLists, writeTable(), ...readBlobs, tell],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

/** The functions of the observe stack. */
export type ObserveFunction = keyof typeof observing;

/** What start-rollout may do more when there is a repair stack: start its driver, under its alias only. */
export const startingRollouts: readonly Permission[] = [{ actions: ['lambda:InvokeFunction'], on: 'remediate' }];

/**
 * The permissions of the repair stack: services change only if their own tag says ask or auto, revisions are only registered, never deregistered, and only
 * the named roles can be handed to tasks, only to tasks (aws.md section 8).
 */
export const repairing = {
  remediate: [
    readTable('BatchGetItem', 'Query'),
    writeTable(),
    ...readBlobs,
    tell,
    ...readFleet,
    { actions: ['ecs:ListTaskDefinitions', 'ecs:RegisterTaskDefinition'], on: 'everything' },
    // a revision of ours carries its change id as a tag; this tags nothing else
    {
      actions: ['ecs:TagResource'],
      on: 'task-definitions',
      condition: { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } },
    },
    {
      actions: ['ecs:UpdateService'],
      on: 'services',
      condition: { StringEquals: { 'aws:ResourceTag/drydock:repair': ['ask', 'auto'] } },
    },
    {
      actions: ['iam:PassRole'],
      on: 'pass-roles',
      condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
    // a driver starts its successor; the two others are how a durable function keeps its state
    { actions: ['lambda:InvokeFunction'], on: 'remediate' },
    { actions: ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'], on: 'remediate-executions' },
  ],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;
