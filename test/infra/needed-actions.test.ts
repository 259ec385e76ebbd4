import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bundling, projectRoot } from '../../infra/bundling.ts';
import { observing, type Permission, repairing, startingRollouts } from '../../infra/permissions.ts';

/** The actions behind each call of the store's two ports; conditional writes need no other. */
const storeActions: Readonly<Record<string, readonly string[]>> = {
  // a write whose answer was lost is looked after by a read
  'table.get': ['dynamodb:GetItem'],
  'table.put': ['dynamodb:PutItem', 'dynamodb:GetItem'],
  'table.delete': ['dynamodb:DeleteItem', 'dynamodb:GetItem'],
  'table.batchGet': ['dynamodb:BatchGetItem'],
  'table.batchWrite': ['dynamodb:BatchWriteItem'],
  'table.query': ['dynamodb:Query'],
  'table.list': ['dynamodb:Query (lists)'],
  'table.scan': ['dynamodb:Scan'],
  'blobs.get': ['s3:GetObject', 's3:ListBucket'],
  'blobs.has': ['s3:GetObject', 's3:ListBucket'],
  'blobs.put': ['s3:PutObject'],
  'blobs.delete': ['s3:DeleteObject'],
  'blobs.list': ['s3:ListBucketVersions'],
  'blobs.remove': ['s3:DeleteObjectVersion'],
};

/** The action behind each command of an SDK client; those of the store's adapters are counted by the ports above. */
const commandActions: Readonly<Record<string, string>> = {
  PutEvents: 'events:PutEvents',
  Publish: 'sns:Publish',
  GetSecretValue: 'secretsmanager:GetSecretValue',
  Invoke: 'lambda:InvokeFunction',
  DescribeLoadBalancers: 'elasticloadbalancing:DescribeLoadBalancers',
  DescribeTargetGroups: 'elasticloadbalancing:DescribeTargetGroups',
  GetAuthorizationToken: 'ecr:GetAuthorizationToken',
  DescribeImages: 'ecr:DescribeImages',
  DescribeRepositories: 'ecr:DescribeRepositories',
  ...Object.fromEntries(
    [
      'DescribeServiceDeployments',
      'DescribeServiceRevisions',
      'DescribeServices',
      'DescribeTaskDefinition',
      'DescribeTasks',
      'ListClusters',
      'ListServiceDeployments',
      'ListServices',
      'ListTaskDefinitions',
      'ListTasks',
      'RegisterTaskDefinition',
      'UpdateService',
    ].map((name) => [name, `ecs:${name}`]),
  ),
};

/** Given by the queue's construct, not by the table of permissions. */
const elsewhere = ['ChangeMessageVisibility'];
const ofTheStore =
  /^(Get|Put|Delete|BatchGet|BatchWrite|Query|Scan|CreateTable|DescribeTable|(Get|Put|Head|Delete)Object|ListObjectVersions)$/;

/** What the code of a function calls, by the text of its bundle after tree shaking: unminified, so that names are what they are. */
async function neededBy(name: string): Promise<string[]> {
  const { outputFiles, metafile } = await build({
    entryPoints: [path.join(projectRoot, 'functions', name, 'index.ts')],
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'out',
    platform: bundling.platform,
    format: bundling.format,
    target: bundling.target,
    // the SDK's clients have commands of their own inside, such as those that get credentials
    packages: 'external',
    absWorkingDir: projectRoot,
  });
  expect(Object.keys(metafile.inputs).length).toBeGreaterThan(20);
  const text = outputFiles[0]?.text ?? '';
  // readers of files have tables too, which are buffers
  const calls = [...text.matchAll(/\b(table|blobs)\.(\w+)\(/g)]
    .filter((match) => !(match[2] !== undefined && match[2] in Buffer.prototype))
    .map((match) => `${match[1]}.${match[2]}`);
  const commands = [
    ...text.matchAll(/new (?:\w+\.)?([A-Z]\w+)Command\(/g),
    ...text.matchAll(/paginate(\w+)\(/g),
    // asked for without an SDK, by X-Amz-Target
    ...text.matchAll(/"(?:\w+_V\d{8}|secretsmanager|AWSEvents|AmazonSQS)\.([A-Z]\w+)"/g),
    // or by the Query API
    ...text.matchAll(/\ball\("([A-Z]\w+)", /g),
  ]
    .map((match) => match[1] ?? '')
    .filter((command) => !ofTheStore.test(command) && !elsewhere.includes(command));
  for (const call of calls) expect(Object.keys(storeActions), `${name} calls ${call}`).toContain(call);
  for (const command of commands) expect(Object.keys(commandActions), `${name} sends ${command}`).toContain(command);
  return [
    ...new Set([
      ...calls.flatMap((call) => storeActions[call] ?? []),
      ...commands.map((command) => commandActions[command] ?? ''),
    ]),
  ].sort();
}

const allowedTo = (permissions: readonly Permission[]): string[] => [
  ...new Set(
    permissions.flatMap(({ actions, on }) => actions.map((action) => (on === 'lists' ? `${action} (lists)` : action))),
  ),
];

/** Allowed for what no call of ours shows: layers by HTTPS, what registering and keeping durable state ask for on the way. */
const unseen: Readonly<Record<string, readonly string[]>> = {
  'scan-image': ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  remediate: [
    'ecs:TagResource',
    'iam:PassRole',
    'lambda:CheckpointDurableExecution',
    'lambda:GetDurableExecutionState',
  ],
};

/** In the bundle, because an object brings all of its methods, but never called; what is not allowed could not happen anyway. */
const unreached: Readonly<Record<string, readonly string[]>> = {
  // it reads by the port that can also change
  'map-workloads': ['ecs:ListTaskDefinitions', 'ecs:RegisterTaskDefinition', 'ecs:UpdateService'],
  // it tells people, not the bus; which repositories hold bases is asked for by plans only
  alert: ['events:PutEvents', 'dynamodb:Query'],
  // approving asks what would be started, as a dry run, and says yes on the bus
  api: ['dynamodb:BatchWriteItem'],
  // it looks at the workloads of its rollout, one by one
  remediate: ['ecs:ListClusters', 'ecs:ListServices'],
};

describe('what each function calls is what its role may do', () => {
  const all: Readonly<Record<string, readonly Permission[]>> = {
    ...observing,
    'start-rollout': [...observing['start-rollout'], ...startingRollouts],
    ...repairing,
  };

  it.each(Object.keys(all))('%s', async (name) => {
    const needed = await neededBy(name);
    const allowed = allowedTo(all[name] ?? []);
    expect({
      missing: needed.filter((action) => !allowed.includes(action) && !unreached[name]?.includes(action)),
    }).toEqual({ missing: [] });
    const known = [...needed, ...(unseen[name] ?? [])];
    expect({ tooMuch: allowed.filter((action) => !known.includes(action)) }).toEqual({ tooMuch: [] });
  });
});
