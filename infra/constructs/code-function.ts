import path from 'node:path';
import { Duration, RemovalPolicy, type Size, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type DurableConfig,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  type VersionOptions,
} from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { bundling, projectRoot, threadBundles, threadCommand } from '../bundling.ts';
import { alarm, alarmPeriod } from './alarms.ts';

/** What a function of the house needs. */
export interface CodeFunctionProps {
  /** the folder under functions/ */
  readonly folder: string;
  readonly says: string;
  readonly memory: number;
  readonly timeout: Duration;
  readonly storage?: Size;
  readonly environment: Readonly<Record<string, string>>;
  readonly logDays: RetentionDays;
  readonly topic: ITopic;
  /** only what must be found by name from outside the stack */
  readonly name?: string;
  readonly durable?: DurableConfig;
  readonly versions?: VersionOptions;
}

/** One Lambda function: its code, a role of its own that may do nothing yet but log, its log group, and its alarms. */
export class CodeFunction extends Construct {
  readonly function: NodejsFunction;
  readonly role: IRole;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: CodeFunctionProps) {
    super(scope, id);
    const logs = new LogGroup(this, 'Logs', { retention: props.logDays, removalPolicy: RemovalPolicy.DESTROY });
    this.#role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Drydock ${props.folder}`,
    });
    this.role = this.#role;
    this.allow(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logs.logGroupArn],
      }),
    );
    this.function = new NodejsFunction(this, 'Function', {
      ...(props.name === undefined ? {} : { functionName: props.name }),
      description: props.says,
      entry: path.join(projectRoot, 'functions', props.folder, 'index.ts'),
      handler: 'handler',
      projectRoot,
      depsLockFilePath: path.join(projectRoot, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memory,
      timeout: props.timeout,
      ...(props.storage === undefined ? {} : { ephemeralStorageSize: props.storage }),
      role: this.#role,
      logGroup: logs,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: props.folder,
        POWERTOOLS_METRICS_NAMESPACE: 'Drydock',
        ...props.environment,
      },
      // the SDK keeps its connections by itself; the variable is of version 2
      awsSdkConnectionReuse: false,
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      bundling: {
        format: OutputFormat.ESM,
        target: bundling.target,
        mainFields: [...bundling.mainFields],
        minify: bundling.minify,
        sourceMap: bundling.sourcemap,
        sourcesContent: bundling.sourcesContent,
        banner: bundling.banner,
        bundleAwsSDK: true,
        commandHooks: {
          beforeInstall: () => [],
          beforeBundling: () => [],
          afterBundling: (_inputDir, outputDir) => threadBundles(props.folder, outputDir).map(threadCommand),
        },
        esbuildArgs: Object.fromEntries(Object.entries(bundling.alias).map(([from, to]) => [`--alias:${from}`, to])),
      },
      ...(props.durable === undefined ? {} : { durableConfig: props.durable }),
      ...(props.versions === undefined ? {} : { currentVersionOptions: props.versions }),
    });
    alarm(this, 'Errors', {
      topic: props.topic,
      metric: this.function.metricErrors({ period: alarmPeriod }),
      from: 1,
      periods: 3,
      says: `Drydock ${props.folder} keeps failing. Its log group says why; what it could not do waits in its dead-letter queue and can be sent back from there.`,
    });
    alarm(this, 'Throttles', {
      topic: props.topic,
      metric: this.function.metricThrottles({ period: alarmPeriod }),
      from: 1,
      periods: 3,
      says: `Drydock ${props.folder} is being throttled: the account has too little Lambda concurrency left. Nothing is lost, but it is late; ask for a higher quota.`,
    });
    acknowledge(this, props.durable !== undefined);
  }

  /** Lets the function do something more. */
  allow(statement: PolicyStatement): void {
    this.#role.addToPolicy(statement);
  }
}

function acknowledge(scope: Construct, durable: boolean): void {
  const reasons = {
    'Serverless-LambdaTracing':
      'X-Ray needs xray:* on every resource; events carry their own ids, and the timeline shows their way.',
    'Serverless-LambdaDLQ':
      'It is fed by a queue that has a dead-letter queue, or called by people; nothing invokes it asynchronously.',
    'Serverless-LambdaAsyncFailureDestination': durable
      ? "A driver that dies leaves the rollout's rows, which are the truth; the sweep of rollouts starts it again."
      : 'It is fed by a queue that has a dead-letter queue, or called by people; nothing invokes it asynchronously.',
  };
  for (const [id, reason] of Object.entries(reasons)) Validations.of(scope).acknowledge({ id, reason });
}
