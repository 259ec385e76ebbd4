import { ArnFormat, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnAlias, CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';
import { CodeFunction } from './constructs/code-function.ts';
import { deadLetterQueue } from './constructs/work-queue.ts';
import { grant, type Places } from './grants.ts';
import { type ObserveStack, remediateAlias, remediateArn, remediateName } from './observe-stack.ts';
import { repairing } from './permissions.ts';

/** What the repair stack needs. */
export interface RepairStackProps extends StackProps {
  readonly config: Config;
  readonly observe: ObserveStack;
}

/**
 * Everything that may change a service, and nothing else: the driver of rollouts, a durable function (design decisions 13, 15). It has no event source; start-rollout
 * invokes its alias, asynchronously, under the rollout's id. Old versions stay while executions run on them.
 */
export class RepairStack extends Stack {
  constructor(scope: Construct, id: string, props: RepairStackProps) {
    super(scope, id, props);
    const { config, observe } = props;
    const { topic } = observe.bus;
    const remediate = new CodeFunction(this, 'Remediate', {
      folder: 'remediate',
      says: 'Drives rollouts: passes over their rows, waits in between; changes only services tagged drydock:repair = ask or auto',
      name: remediateName,
      memory: 1024,
      timeout: Duration.minutes(15),
      durable: { executionTimeout: Duration.days(30), retentionPeriod: Duration.days(14) },
      versions: { removalPolicy: RemovalPolicy.RETAIN },
      environment: { ...observe.surroundings, DRYDOCK_REMEDIATE: remediateArn(this) },
      logDays: config.logDays,
      topic,
    });
    const places: Places = {
      ...observe.places,
      remediate: [remediateArn(this)],
      'remediate-executions': [
        this.formatArn({
          service: 'lambda',
          resource: `function:${remediateName}`,
          resourceName: '*',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      services: [this.formatArn({ service: 'ecs', resource: 'service', resourceName: '*' })],
      'task-definitions': [this.formatArn({ service: 'ecs', resource: 'task-definition', resourceName: '*' })],
      'pass-roles': config.passRoles.map((pattern) =>
        pattern.startsWith('arn:')
          ? pattern
          : this.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: pattern }),
      ),
    };
    grant(remediate, repairing.remediate, places);
    // the bucket of the other stack, as the packs write a reference between stacks
    Validations.of(remediate.role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::{"Fn::GetStackOutput":{"StackName":"${observe.stackName}","Region":{"Ref":"AWS::Region"},"OutputName":"PublishOutputFnGetAttStoreBlobs371A4133Arn7C8837AA"}}/*]`,
      reason: 'Blobs are named by what they hold; the driver reads them, to prove what a repair came to.',
    });

    const undriven = deadLetterQueue(this, 'Undriven', {
      topic,
      says: 'A rollout lost its driver. Its rows say how far it came, and it gets another driver by itself within a quarter of an hour. If this comes again and again, the log of drydock-remediate says why; the message names the rollout.',
    });
    remediate.allow(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [undriven.queueArn] }));
    const alias = new CfnAlias(this, 'Live', {
      name: remediateAlias,
      description: 'What start-rollout invokes',
      functionName: remediate.function.functionName,
      functionVersion: remediate.function.currentVersion.version,
    });
    const invokes = new CfnEventInvokeConfig(this, 'LiveInvokes', {
      functionName: remediate.function.functionName,
      qualifier: remediateAlias,
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: Duration.hours(6).toSeconds(),
      destinationConfig: { onFailure: { destination: undriven.queueArn } },
    });
    invokes.node.addDependency(alias);
    // the destination is refused while the role may not send to it
    invokes.node.addDependency(remediate.role);
  }
}
