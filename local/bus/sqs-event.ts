/** A record of a queue as Lambda hands it over (Lambda developer guide, "Example Amazon SQS message event"). */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** the EventBridge envelope as JSON */
  readonly body: string;
  readonly attributes: {
    readonly ApproximateReceiveCount: string;
    /** milliseconds since 1970 */
    readonly SentTimestamp: string;
    readonly SenderId: string;
    readonly ApproximateFirstReceiveTimestamp: string;
  };
  readonly messageAttributes: Readonly<Record<string, never>>;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/** A batch of records. */
export interface SqsEvent {
  readonly Records: readonly SqsRecord[];
}

/** Which records of a batch failed (reportBatchItemFailures); nothing means that all are done. */
export interface SqsBatchResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What a function may ask of its surroundings; Lambda's context has more. */
export interface InvocationContext {
  readonly functionName: string;
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** A function that a queue feeds. */
export type SqsHandler = (event: SqsEvent, context: InvocationContext) => Promise<SqsBatchResult | undefined>;
