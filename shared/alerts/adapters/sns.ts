import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { mailOf } from '../mail.ts';
import type { Channel } from '../types.ts';

/** An SNS topic: mail to its subscribers, with attributes to filter by. It cannot edit: follow-ups on transitions only. */
export function snsTopic(options: { readonly client: SNSClient; readonly topicArn: string }): Channel {
  return {
    name: 'sns',
    edits: false,
    async send(alert) {
      const mail = mailOf(alert);
      const attributes = Object.entries(mail.attributes).map(([name, value]) => [
        name,
        { DataType: 'String', StringValue: value },
      ]);
      const answer = await options.client.send(
        new PublishCommand({
          TopicArn: options.topicArn,
          Subject: mail.subject,
          Message: mail.text,
          MessageAttributes: Object.fromEntries(attributes),
        }),
      );
      return answer.MessageId;
    },
  };
}
