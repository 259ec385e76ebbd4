import { afterEach, describe, expect, it, vi } from 'vitest';
import { sqsLater } from '../../functions/sqs-later.ts';
import { says, services } from './services.ts';

afterEach(() => vi.unstubAllEnvs());

const record = {
  messageId: 'm',
  body: '',
  receiptHandle: 'h',
  eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:Work',
};

describe('putting a record off', () => {
  it('asks the queue that it came from', async () => {
    const { asked, options } = services({ status: 200, text: '' });
    await sqsLater(options)(record, 30);
    expect(asked).toEqual([
      {
        url: 'https://sqs.eu-central-1.amazonaws.com/',
        target: 'AmazonSQS.ChangeMessageVisibility',
        type: 'application/x-amz-json-1.0',
        body: {
          QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/Work',
          ReceiptHandle: 'h',
          VisibilityTimeout: 30,
        },
      },
    ]);
  });

  it('asks in the partition that the function is in', async () => {
    vi.stubEnv('DRYDOCK_URL_SUFFIX', 'amazonaws.com.cn');
    const { asked, options } = services({ status: 200, text: '' });
    await sqsLater(options)({ ...record, eventSourceARN: 'arn:aws-cn:sqs:cn-north-1:123456789012:Work' }, 30);
    expect(asked[0]?.url).toBe('https://sqs.cn-north-1.amazonaws.com.cn/');
  });

  it('asks nothing for a record of no queue', async () => {
    const { asked, options } = services({ status: 200, text: '' });
    await sqsLater(options)({ messageId: 'm', body: '' }, 30);
    expect(asked).toEqual([]);
  });

  it('that SQS refuses is an error that names the queue', async () => {
    const gone = says({ __type: 'com.amazonaws.sqs#ReceiptHandleIsInvalid' }, 400);
    await expect(sqsLater(services(gone).options)(record, 30)).rejects.toThrow(
      'SQS does not put off a record of Work (400, ReceiptHandleIsInvalid)',
    );
  });
});
