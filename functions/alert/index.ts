import { SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod';
import type { Channel } from '#shared/alerts';
import { slackBot } from '../../shared/alerts/adapters/slack-bot.ts';
import { snsTopic } from '../../shared/alerts/adapters/sns.ts';
import { webhook } from '../../shared/alerts/adapters/webhook.ts';
import { environment, surroundings } from '../bindings.ts';
import { queueLambda, report } from '../lambda.ts';
import { labelsOf, modesOf } from '../news.ts';
import { policyHere } from '../policy-here.ts';
import { secretTexts } from '../secret-texts.ts';
import { sqsLater } from '../sqs-later.ts';
import { makeAlert } from './handler.ts';

const here = surroundings();
const policy = policyHere(here);
const text = z.string().min(1);
const env = environment(
  z.object({
    DRYDOCK_TOPIC: text,
    DRYDOCK_SLACK_CHANNEL: text.optional(),
    DRYDOCK_SLACK_TOKEN_SECRET: text.optional(),
    DRYDOCK_SLACK_WEBHOOK_SECRET: text.optional(),
    DRYDOCK_WEBHOOK_SECRET: text.optional(),
  }),
);

/** Lambda's entry. */
export const handler = queueLambda(
  makeAlert({
    ...here,
    channels: channels(),
    threshold: policy.threshold,
    modes: (problem) => modesOf(here.table, problem.workloads, policy.mode),
    labels: (problem) => labelsOf(here.table, problem.workloads),
    report,
  }),
  { later: sqsLater(), before: policy.refresh },
);

function channels(): Channel[] {
  const secret = secretTexts(here);
  const { DRYDOCK_SLACK_CHANNEL: channel, DRYDOCK_SLACK_TOKEN_SECRET: token } = env;
  const { DRYDOCK_SLACK_WEBHOOK_SECRET: slackHook, DRYDOCK_WEBHOOK_SECRET: hook } = env;
  return [
    snsTopic({ client: new SNSClient({}), topicArn: env.DRYDOCK_TOPIC }),
    ...(channel === undefined || token === undefined ? [] : [slackBot({ channel, token: () => secret(token) })]),
    ...(slackHook === undefined
      ? []
      : [webhook({ name: 'slack webhook', url: () => secret(slackHook), form: 'slack' })]),
    ...(hook === undefined ? [] : [webhook({ name: 'webhook', url: () => secret(hook), form: 'json' })]),
  ];
}
