import type { BusEvent } from '#shared/events';

// Events in the shapes that AWS publishes (aws.md 1.2; EventBridge and ECS documentation), account numbers and digests replaced.

const digest = `sha256:${'7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234abcd'}`;
const service = 'arn:aws:ecs:us-west-2:111122223333:service/default/servicetest';
const cluster = 'arn:aws:ecs:us-west-2:111122223333:cluster/default';

const event = (
  source: string,
  type: string,
  resources: readonly string[],
  detail: Record<string, unknown>,
): BusEvent => ({
  version: '0',
  id: '13cde686-328b-6117-af20-0e5566167482',
  'detail-type': type,
  source,
  account: '111122223333',
  time: '2026-11-16T01:54:34Z',
  region: 'us-west-2',
  resources,
  detail,
});

const task = (more: Record<string, unknown>): BusEvent =>
  event(
    'aws.ecs',
    'ECS Task State Change',
    ['arn:aws:ecs:us-west-2:111122223333:task/default/b99d40b39de741b98dd2c3b1ae3b6a4a'],
    {
      attachments: [],
      availabilityZone: 'us-west-2b',
      clusterArn: cluster,
      containers: [
        {
          containerArn: 'arn:aws:ecs:us-west-2:111122223333:container/cf159fd6-3e3f-4a9e-84f9-66cbe726af01',
          lastStatus: 'RUNNING',
          name: 'app',
          image: '111122223333.dkr.ecr.us-west-2.amazonaws.com/hello-repository:latest',
          imageDigest: digest,
          runtimeId: 'ad64cbc71c7fb31c55507ec24c9f77947132b03d48d9961115cf24f3b7307e1e',
          taskArn: 'arn:aws:ecs:us-west-2:111122223333:task/default/b99d40b39de741b98dd2c3b1ae3b6a4a',
          networkInterfaces: [],
          cpu: '0',
        },
      ],
      cpu: '1024',
      createdAt: '2026-11-16T00:30:53.969Z',
      desiredStatus: 'RUNNING',
      group: 'service:servicetest',
      launchType: 'EC2',
      lastStatus: 'RUNNING',
      memory: '2048',
      overrides: { containerOverrides: [{ name: 'app' }] },
      startedBy: 'ecs-svc/1234567890123456789',
      taskArn: 'arn:aws:ecs:us-west-2:111122223333:task/default/b99d40b39de741b98dd2c3b1ae3b6a4a',
      taskDefinitionArn: 'arn:aws:ecs:us-west-2:111122223333:task-definition/console-sample-app-static:1',
      updatedAt: '2026-11-16T01:54:34.011Z',
      version: 3,
      ...more,
    },
  );

const ecr = (detail: Record<string, unknown>): BusEvent => event('aws.ecr', 'ECR Image Action', [], detail);

/** Each with the routes that it must take, in the order of the table. */
export const recorded: readonly (readonly [
  what: string,
  bus: 'default' | 'drydock',
  event: BusEvent,
  routes: readonly string[],
])[] = [
  [
    'a push with a tag',
    'default',
    ecr({
      'action-type': 'PUSH',
      result: 'SUCCESS',
      'repository-name': 'my-repository-name',
      'image-digest': digest,
      'image-tag': 'latest',
      'manifest-media-type': 'application/vnd.oci.image.manifest.v1+json',
    }),
    ['image-pushed'],
  ],
  [
    'a push of an index child, without tag',
    'default',
    ecr({ 'action-type': 'PUSH', result: 'SUCCESS', 'repository-name': 'team/app', 'image-digest': digest }),
    ['image-pushed'],
  ],
  [
    'a push that says least',
    'default',
    ecr({ 'action-type': 'PUSH', result: 'SUCCESS', 'repository-name': 'app' }),
    ['image-pushed'],
  ],
  ['a push that failed', 'default', ecr({ 'action-type': 'PUSH', result: 'FAILURE', 'repository-name': 'app' }), []],
  [
    'a deleted image',
    'default',
    ecr({
      'action-type': 'DELETE',
      result: 'SUCCESS',
      'repository-name': 'app',
      'image-digest': digest,
      'image-tag': 'latest',
    }),
    [],
  ],
  [
    'an archived image',
    'default',
    ecr({
      'action-type': 'UPDATE_STORAGE_CLASS',
      result: 'SUCCESS',
      'repository-name': 'app',
      'image-digest': digest,
      'target-storage-class': 'ARCHIVE',
      'last-activated-at': '2026-10-01T00:00:00Z',
    }),
    [],
  ],
  [
    'our own referrer',
    'default',
    event('aws.ecr', 'ECR Referrer Action', [], {
      'action-type': 'PUSH',
      result: 'SUCCESS',
      'repository-name': 'app',
      'image-digest': digest,
      'artifact-media-type': 'text/sbom+json',
    }),
    [],
  ],
  [
    'VEX that was attached to an image',
    'default',
    event('aws.ecr', 'ECR Referrer Action', [], {
      'action-type': 'PUSH',
      result: 'SUCCESS',
      'repository-name': 'app',
      'image-digest': digest,
      'artifact-media-type': 'application/vnd.openvex+json',
    }),
    ['vex-attached'],
  ],
  [
    'a basic scan',
    'default',
    event('aws.ecr', 'ECR Image Scan', ['arn:aws:ecr:us-west-2:111122223333:repository/app'], {
      'scan-status': 'COMPLETE',
      'repository-name': 'app',
      'finding-severity-counts': { CRITICAL: 10 },
    }),
    [],
  ],
  ['a task of a service that runs', 'default', task({}), ['task-changed']],
  [
    'a task of a service that stopped',
    'default',
    task({
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    }),
    ['task-changed'],
  ],
  ['a task on its way', 'default', task({ lastStatus: 'PENDING' }), []],
  ['a lone task', 'default', task({ group: 'family:console-sample-app-static', startedBy: 'someone' }), []],
  [
    'a deployment',
    'default',
    event('aws.ecs', 'ECS Deployment State Change', [service], {
      eventType: 'INFO',
      eventName: 'SERVICE_DEPLOYMENT_COMPLETED',
      deploymentId: 'ecs-svc/123',
      updatedAt: '2026-05-23T11:11:11Z',
      reason: 'ECS deployment deploymentID completed.',
    }),
    ['deployment-changed'],
  ],
  [
    'a service that is steady',
    'default',
    event('aws.ecs', 'ECS Service Action', [service], {
      eventType: 'INFO',
      eventName: 'SERVICE_STEADY_STATE',
      clusterArn: cluster,
      createdAt: '2026-11-19T19:27:22.695Z',
    }),
    ['deployment-changed'],
  ],
  [
    'a container instance',
    'default',
    event('aws.ecs', 'ECS Container Instance State Change', [], { clusterArn: cluster, status: 'ACTIVE' }),
    [],
  ],
  [
    'a finding of Inspector',
    'default',
    event('aws.inspector2', 'Inspector2 Finding', [], { severity: 'HIGH', status: 'ACTIVE' }),
    [],
  ],
  [
    'somebody who says that he is ECR, on our bus',
    'drydock',
    ecr({ 'action-type': 'PUSH', result: 'SUCCESS', 'repository-name': 'app' }),
    [],
  ],
  [
    'somebody who says that he is us, on the default bus',
    'default',
    event('drydock', 'PlanApproved', [], { plan: 'p', by: 'nobody' }),
    [],
  ],
];

/** For tests of other parts that need a real-shape event. */
export const pushEvent = (detail: Record<string, unknown>): BusEvent =>
  ecr({ 'action-type': 'PUSH', result: 'SUCCESS', ...detail });
