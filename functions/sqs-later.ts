import { refusalText } from '#shared/oci';
import { type SignedCallOptions, signedCall } from '../shared/oci/adapters/signed-call.ts';
import type { Later } from './backoff.ts';

/** Changes the visibility of records (SQS, ChangeMessageVisibility), by the URL that belongs to the queue that they came from. Throws when SQS does not do so. */
export function sqsLater(options: SignedCallOptions = {}): Later {
  const suffix = process.env.DRYDOCK_URL_SUFFIX ?? 'amazonaws.com';
  return async (record, seconds) => {
    const [, , , region, account, queue] = (record.eventSourceARN ?? '').split(':');
    if (record.receiptHandle === undefined || region === undefined || queue === undefined) return;
    const hostname = `sqs.${region}.${suffix}`;
    const outcome = await signedCall(
      {
        hostname,
        service: 'sqs',
        region,
        target: 'AmazonSQS.ChangeMessageVisibility',
        protocol: '1.0',
        body: {
          QueueUrl: `https://${hostname}/${account}/${queue}`,
          ReceiptHandle: record.receiptHandle,
          VisibilityTimeout: seconds,
        },
      },
      options,
    );
    if ('cause' in outcome) throw new Error(`SQS does not answer for a record of ${queue}`, outcome);
    if (outcome.status !== 200) throw new Error(`SQS does not put off a record of ${queue} (${refusalText(outcome)})`);
  };
}
