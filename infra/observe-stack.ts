import { ArnFormat, CfnOutput, Duration, Fn, Size, Stack, type StackProps } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnPullTimeUpdateExclusion } from 'aws-cdk-lib/aws-ecr';
import { CfnUrl } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type FunctionName, type Route, routes } from '#shared/events';
import type { Config } from './config.ts';
import { alarm } from './constructs/alarms.ts';
import { Bus } from './constructs/bus.ts';
import { CodeFunction } from './constructs/code-function.ts';
import { idOf, RouteRules } from './constructs/route-rules.ts';
import { Store } from './constructs/store.ts';
import { deadLetterQueue, WorkQueue } from './constructs/work-queue.ts';
import { grant, type Places } from './grants.ts';
import { type ObserveFunction, observing, startingRollouts } from './permissions.ts';

/** By this name `drydock open`, `drydock status` and `npm run destroy` find a deployment. */
export const apiName = 'drydock-api';
/** The driver of rollouts, and the alias under which alone it is started. */
export const remediateName = 'drydock-remediate';
/** Durable functions are started by a qualified name only. */
export const remediateAlias = 'live';

/** Memory (MB), timeout (s), batch size, concurrency and the age (min) at which a queue is late, by function. */
const sizes = {
  'scan-image': { memory: 2048, timeout: 900, batch: 1, concurrency: 10, late: 60 },
  // one at a time would do, two are the least that a mapping takes; shards are built one by one
  'refresh-advisories': { memory: 3008, timeout: 900, batch: 1, concurrency: 2, late: 120 },
  rematch: { memory: 1024, timeout: 300, batch: 1, concurrency: 10, late: 15 },
  sweep: { memory: 512, timeout: 900, batch: 1, concurrency: 2, late: 120 },
  // one by one: the parts of a change that touches the whole fleet come together, and a batch would have one function do them after each other
  'map-workloads': { memory: 1024, timeout: 300, batch: 1, concurrency: 5, late: 30 },
  // one plan may be news to hundreds of problems, a message each: what stood behind it in a batch would be given up without having been tried
  alert: { memory: 512, timeout: 300, batch: 1, concurrency: 2, late: 15 },
  // a batch is planned for as a whole: twenty problems of one push are one look at the fleet
  'start-rollout': { memory: 1024, timeout: 120, batch: 10, concurrency: 2, late: 30 },
} as const satisfies Record<FunctionName, object>;

const says: Readonly<Record<ObserveFunction, string>> = {
  'scan-image': 'Reads each pushed or wanted image once and judges its packages',
  'refresh-advisories': 'Takes the newest advisories and says which names can be judged differently',
  rematch: 'Judges again what changed advisories touch; pulls nothing',
  sweep: 'Compares the registry with what is known, nightly; asks for what was missed',
  'map-workloads': 'Reads what runs, and keeps exposures and problems true',
  alert: 'Tells people: one alert per problem, updated in place',
  'start-rollout': 'Offers plans; starts those that may act only if there is a repair stack',
  api: 'Answers the page and the command line; IAM signatures only',
};

/** What the repair stack builds on. */
export interface ObserveStackProps extends StackProps {
  readonly config: Config;
}

/**
 * The whole of observing: nothing here may change ECS, EKS, images or IAM, and nothing answers without an IAM signature. The one thing of the account's that the
 * deployment itself changes is the registry's list of pull-time exclusions (design decision 15).
 */
export class ObserveStack extends Stack {
  readonly store: Store;
  readonly bus: Bus;
  readonly places: Places;
  /** what every function is told about its surroundings */
  readonly surroundings: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: ObserveStackProps) {
    super(scope, id, props);
    const { config } = props;
    this.store = new Store(this, 'Store');
    this.bus = new Bus(this, 'Bus', { emails: config.emails });
    this.surroundings = {
      DRYDOCK_TABLE: this.store.table.tableName,
      DRYDOCK_BUCKET: this.store.bucket.bucketName,
      DRYDOCK_ACCOUNT: this.account,
      DRYDOCK_URL_SUFFIX: this.urlSuffix,
      ...(config.clusters === undefined ? {} : { DRYDOCK_CLUSTERS: config.clusters.join(',') }),
    };
    this.places = placesOf(this, config);

    const functions = Object.fromEntries(
      (Object.keys(observing) as ObserveFunction[]).map((name) => [name, this.#function(name, config)]),
    ) as Record<ObserveFunction, CodeFunction>;
    for (const name of Object.keys(observing) as ObserveFunction[])
      grant(functions[name], observing[name], this.places);
    if (config.repair) grant(functions['start-rollout'], startingRollouts, this.places);
    // else every read would count as a pull, and lifecycle rules on the last pull would never expire an image (aws.md section 2.3)
    new CfnPullTimeUpdateExclusion(this, 'ReadingIsNoPull', { principalArn: functions['scan-image'].role.roleArn });
    this.#endpoint(functions.api);
    this.#queues(functions, config);
  }

  #function(name: ObserveFunction, config: Config): CodeFunction {
    const size = name === 'api' ? { memory: 1024, timeout: 30 } : sizes[name];
    return new CodeFunction(this, idOf(name), {
      folder: name,
      says: says[name],
      memory: name === 'scan-image' ? config.scanMemory : size.memory,
      timeout: Duration.seconds(size.timeout),
      // archives of advisories are streamed to a file before they are read; npm's and Ubuntu's are the largest
      ...(name === 'refresh-advisories' ? { storage: Size.gibibytes(4) } : {}),
      environment: { ...this.surroundings, ...environmentOf(name, config, this) },
      logDays: config.logDays,
      topic: this.bus.topic,
      ...(name === 'api' ? { name: apiName } : {}),
    });
  }

  #endpoint(api: CodeFunction): void {
    // no resource policy: only identities of this account whose own policy allows lambda:InvokeFunctionUrl come in
    const url = new CfnUrl(this, 'ApiUrl', {
      targetFunctionArn: api.function.functionArn,
      authType: 'AWS_IAM',
      invokeMode: 'BUFFERED',
    });
    const outputs = {
      ApiEndpoint: url.attrFunctionUrl,
      TableName: this.store.table.tableName,
      BucketName: this.store.bucket.bucketName,
      AlertsTopic: this.bus.topic.topicArn,
    };
    for (const [id, value] of Object.entries(outputs)) new CfnOutput(this, id, { value });
  }

  #queues(functions: Record<ObserveFunction, CodeFunction>, config: Config): void {
    const { topic } = this.bus;
    const queues = new Map<string, WorkQueue>();
    for (const [name, lane] of lanes(routes)) {
      const size = sizes[name];
      const called = lane === undefined ? name : `${name} (${lane} lane)`;
      const concurrency =
        name !== 'scan-image'
          ? size.concurrency
          : lane === 'backlog'
            ? config.backlogConcurrency
            : config.scanConcurrency;
      queues.set(
        laneId(name, lane),
        new WorkQueue(this, `${idOf(laneId(name, lane))}Queue`, {
          worker: functions[name],
          timeout: Duration.seconds(size.timeout),
          batchSize: size.batch,
          concurrency,
          // nobody waits for the backlog; a day is a sweep's whole turn
          late: lane === 'backlog' ? Duration.hours(24) : Duration.minutes(size.late),
          topic,
          called,
        }),
      );
    }
    const undelivered = deadLetterQueue(this, 'Undelivered', {
      topic,
      says: 'EventBridge could not deliver events to a queue of Drydock. The attributes of the messages name the rule and the error; the sweep and the full reads make up for what is missing.',
    });
    new RouteRules(this, 'Routes', {
      routes,
      undelivered,
      queueOf: (route) => {
        const found = queues.get(laneId(route.function, route.lane));
        if (found === undefined) throw new Error(`route ${route.name}: there is no queue for ${route.function}`);
        return found.queue;
      },
    });
    // where the first work of a deployment is put
    new CfnOutput(this, 'FleetQueueUrl', { value: queues.get('map-workloads')?.queue.queueUrl ?? '' });
    new CfnOutput(this, 'SweepQueueUrl', { value: queues.get('sweep')?.queue.queueUrl ?? '' });
    alarm(this, 'FeedsStale', {
      topic,
      metric: new Metric({
        namespace: 'Drydock',
        metricName: 'FeedsStale',
        dimensionsMap: { service: 'refresh-advisories' },
        period: Duration.hours(1),
        statistic: 'Maximum',
      }),
      from: 1,
      says: 'A feed of advisories gave no good answer for a day: what it would say is not known. `drydock status` names it and says why; what was known stays in use.',
    });
    for (const [name, hours] of [
      ['refresh-advisories', 6],
      ['map-workloads', 1],
      ['sweep', 24],
    ] as const)
      alarm(this, `${idOf(name)}Silent`, {
        topic,
        metric: functions[name].function.metricInvocations({ period: Duration.hours(hours), statistic: 'Sum' }),
        from: 1,
        silence: true,
        says: `Drydock ${name} has not run for ${hours} h. Look whether its rule is enabled and its queue is read.`,
      });
  }
}

/** A queue's name: the function's, with the lane where there are lanes. */
const laneId = (name: FunctionName, lane: Route['lane']): string => (lane === undefined ? name : `${name}-${lane}`);

const lanes = (from: readonly Route[]): (readonly [FunctionName, Route['lane']])[] => [
  ...new Map(from.map((route) => [laneId(route.function, route.lane), [route.function, route.lane] as const])).values(),
];

function environmentOf(name: ObserveFunction, config: Config, stack: ObserveStack): Record<string, string> {
  switch (name) {
    case 'scan-image':
      return config.registries.length === 0 ? {} : { DRYDOCK_REGISTRIES: JSON.stringify(config.registries) };
    case 'refresh-advisories':
      return {
        DRYDOCK_ADVISORIES: config.advisories,
        DRYDOCK_FEEDS: config.feeds,
        ...(config.kev === 'none' ? {} : { DRYDOCK_KEV: config.kev }),
        ...(config.epss === 'none' ? {} : { DRYDOCK_EPSS: config.epss }),
        ...(config.cveList === 'none' ? {} : { DRYDOCK_CVE_LIST: config.cveList }),
        ...(config.endOfLife === 'none' ? {} : { DRYDOCK_END_OF_LIFE: config.endOfLife }),
      };
    case 'alert':
      return {
        DRYDOCK_TOPIC: stack.bus.topic.topicArn,
        ...(config.slackChannel === undefined || config.slackTokenSecret === undefined
          ? {}
          : { DRYDOCK_SLACK_CHANNEL: config.slackChannel, DRYDOCK_SLACK_TOKEN_SECRET: config.slackTokenSecret }),
        ...(config.slackWebhookSecret === undefined ? {} : { DRYDOCK_SLACK_WEBHOOK_SECRET: config.slackWebhookSecret }),
        ...(config.webhookSecret === undefined ? {} : { DRYDOCK_WEBHOOK_SECRET: config.webhookSecret }),
      };
    case 'start-rollout':
      return config.repair ? { DRYDOCK_REMEDIATE: remediateArn(stack) } : {};
    default:
      return {};
  }
}

/** The alias of the driver, by name: the observe stack must not depend on the repair stack, which depends on it. */
export const remediateArn = (stack: Stack): string =>
  stack.formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: `${remediateName}:${remediateAlias}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

function placesOf(stack: ObserveStack, config: Config): Places {
  const { table, bucket } = stack.store;
  const channelSecrets = [config.slackTokenSecret, config.slackWebhookSecret, config.webhookSecret].filter(
    (arn) => arn !== undefined,
  );
  return {
    table: [table.tableArn],
    lists: [Fn.join('', [table.tableArn, '/index/lists'])],
    blobs: [bucket.arnForObjects('*')],
    bucket: [bucket.bucketArn],
    bus: [stack.bus.bus.eventBusArn],
    topic: [stack.bus.topic.topicArn],
    repositories: config.repositories.map((pattern) =>
      pattern.startsWith('arn:')
        ? pattern
        : stack.formatArn({ service: 'ecr', region: '*', resource: 'repository', resourceName: pattern }),
    ),
    'registry-secrets': [...new Set(config.registries.map((registry) => registry.secret))],
    'channel-secrets': [...new Set(channelSecrets)],
    ...(config.repair ? { remediate: [remediateArn(stack)] } : {}),
  };
}
