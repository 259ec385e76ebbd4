import type { Pattern } from './pattern.ts';

/** The functions that events start. `api` is called, `remediate` is started by start-rollout: neither has a queue. */
export type FunctionName =
  | 'scan-image'
  | 'refresh-advisories'
  | 'rematch'
  | 'sweep'
  | 'map-workloads'
  | 'alert'
  | 'start-rollout';

/** One rule: what it looks at, on which bus or when, and whose queue it feeds. */
export type Route = {
  readonly name: string;
  readonly function: FunctionName;
  /** scan-image only: people wait for the interactive lane, nobody for the backlog */
  readonly lane?: 'interactive' | 'backlog';
} & (
  | { readonly bus: 'default' | 'drydock'; readonly pattern: Pattern }
  | { readonly bus: 'default'; readonly schedule: string }
);

const own = (...types: readonly string[]): Pattern => ({ source: ['drydock'], 'detail-type': types });

/** Every route of the house (design decision 2). infra/ makes rules of them, local/ feeds its bus by them. */
export const routes: readonly Route[] = [
  {
    name: 'image-pushed',
    function: 'scan-image',
    lane: 'interactive',
    bus: 'default',
    pattern: {
      source: ['aws.ecr'],
      'detail-type': ['ECR Image Action'],
      detail: { 'action-type': ['PUSH'], result: ['SUCCESS'] },
    },
  },
  {
    // what refers to an image has events of its own; only VEX changes what an image is worth
    name: 'vex-attached',
    function: 'scan-image',
    lane: 'interactive',
    bus: 'default',
    pattern: {
      source: ['aws.ecr'],
      'detail-type': ['ECR Referrer Action'],
      detail: {
        'action-type': ['PUSH'],
        result: ['SUCCESS'],
        'artifact-media-type': [
          'application/vnd.openvex+json',
          'application/vnd.csaf+json',
          'application/vnd.in-toto+json',
          'application/vnd.dsse.envelope.v1+json',
          'application/vnd.dev.sigstore.bundle.v0.3+json',
        ],
      },
    },
  },
  {
    name: 'image-wanted',
    function: 'scan-image',
    lane: 'interactive',
    bus: 'drydock',
    pattern: { ...own('ImageWanted'), detail: { lane: ['interactive'] } },
  },
  {
    name: 'image-wanted-backlog',
    function: 'scan-image',
    lane: 'backlog',
    bus: 'drydock',
    pattern: { ...own('ImageWanted'), detail: { lane: ['backlog'] } },
  },
  { name: 'refresh-hourly', function: 'refresh-advisories', bus: 'default', schedule: 'rate(1 hour)' },
  { name: 'advisories-wanted', function: 'refresh-advisories', bus: 'drydock', pattern: own('AdvisoriesWanted') },
  { name: 'advisories-changed', function: 'rematch', bus: 'drydock', pattern: own('AdvisoriesChanged') },
  { name: 'sweep-nightly', function: 'sweep', bus: 'default', schedule: 'cron(17 2 * * ? *)' },
  // the first sweep after a deployment goes on until what runs is read; afterwards these only go on with a sweep whose own word was lost
  { name: 'sweep-baseline', function: 'sweep', bus: 'default', schedule: 'rate(10 minutes)' },
  { name: 'sweep-unfinished', function: 'sweep', bus: 'drydock', pattern: own('SweepUnfinished') },
  // a lone task (group family:…) waits for the full read; the digest is known at RUNNING and gone at STOPPED
  {
    name: 'task-changed',
    function: 'map-workloads',
    bus: 'default',
    pattern: {
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: { group: [{ prefix: 'service:' }], lastStatus: ['RUNNING', 'STOPPED'] },
    },
  },
  {
    name: 'deployment-changed',
    function: 'map-workloads',
    bus: 'default',
    pattern: { source: ['aws.ecs'], 'detail-type': ['ECS Deployment State Change', 'ECS Service Action'] },
  },
  {
    name: 'workloads-concerned',
    function: 'map-workloads',
    bus: 'drydock',
    pattern: own('ImageScanned', 'WorkloadsTouched', 'ExploitedChanged'),
  },
  { name: 'map-all', function: 'map-workloads', bus: 'default', schedule: 'rate(15 minutes)' },
  {
    name: 'tell',
    function: 'alert',
    bus: 'drydock',
    pattern: own('ProblemChanged', 'PlanMade', 'RolloutNews', 'BaselineDone'),
  },
  // what may make a plan (a problem, a clean candidate) and what starts one
  {
    name: 'repair',
    function: 'start-rollout',
    bus: 'drydock',
    pattern: own('ProblemChanged', 'ImageScanned', 'WorkloadsChanged', 'PlanApproved'),
  },
  // a rollout whose driver died gets another one (design decision 13)
  { name: 'rollouts-driven', function: 'start-rollout', bus: 'default', schedule: 'rate(5 minutes)' },
];
