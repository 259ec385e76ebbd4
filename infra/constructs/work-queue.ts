import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarm, alarmPeriod } from './alarms.ts';
import type { CodeFunction } from './code-function.ts';

/** How a queue feeds its function. */
export interface WorkQueueProps {
  readonly worker: CodeFunction;
  /** the function's timeout; the queue hides a message six times as long */
  readonly timeout: Duration;
  readonly batchSize: number;
  /** how many of the function may work for this queue at once, at least 2 */
  readonly concurrency: number;
  /** from which age of the oldest message on somebody should look */
  readonly late: Duration;
  readonly topic: ITopic;
  readonly called: string;
}

/** A queue and its dead letters, and the mapping that feeds one function from it, giving back only the records that failed. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    this.deadLetters = deadLetterQueue(this, 'DeadLetters', {
      topic: props.topic,
      says: `${props.called} gave up on messages. The log group of its function says why; when that is put right, start a redrive of this queue to its source.`,
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(props.timeout.toSeconds() * 6),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    props.worker.allow(
      new PolicyStatement({
        actions: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        resources: [this.queue.queueArn],
      }),
    );
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: props.worker.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: props.batchSize,
      maxConcurrency: props.concurrency,
      reportBatchItemFailures: true,
    });
    // the mapping is refused while the role may not read the queue
    mapping.node.addDependency(props.worker.role);
    alarm(this, 'Late', {
      topic: props.topic,
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: alarmPeriod, statistic: 'Maximum' }),
      from: props.late.toSeconds(),
      periods: 3,
      says: `${props.called} is behind: its oldest message is older than ${props.late.toHumanString()}. It works on; if it stays so, look for throttles, or raise its concurrency.`,
    });
    Validations.of(mapping).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'A queue takes no destination for failures: its dead-letter queue is the place for them.',
    });
  }
}

/** A queue for what could not be delivered or done, kept for 14 days, with an alarm as soon as something lies in it. */
export function deadLetterQueue(
  scope: Construct,
  id: string,
  props: { readonly topic: ITopic; readonly says: string },
): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  alarm(scope, `${id}Filled`, {
    topic: props.topic,
    metric: queue.metricApproximateNumberOfMessagesVisible({ period: alarmPeriod, statistic: 'Maximum' }),
    from: 1,
    says: props.says,
  });
  const reason = 'It is a dead-letter queue itself.';
  for (const rule of ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'])
    Validations.of(queue).acknowledge({ id: rule, reason });
  return queue;
}
