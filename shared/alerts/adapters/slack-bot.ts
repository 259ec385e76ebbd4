import { ChannelError } from '../channel-error.ts';
import { slackMessage } from '../slack.ts';
import type { Channel } from '../types.ts';

/**
 * Slack by a bot token (scope chat:write): posts once, then edits its message in place. `token` is asked for at every send, so that a
 * rotated secret is used; it is never kept, logged or put in an error.
 */
export function slackBot(options: {
  readonly channel: string;
  readonly token: () => Promise<string>;
  readonly api?: string;
}): Channel {
  const api = options.api ?? 'https://slack.com/api';
  return {
    name: `slack ${options.channel}`,
    edits: true,
    async send(alert, earlier) {
      const method = earlier === undefined ? 'chat.postMessage' : 'chat.update';
      const response = await fetch(`${api}/${method}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          authorization: `Bearer ${await options.token()}`,
        },
        body: JSON.stringify({
          channel: options.channel,
          ...(earlier === undefined ? {} : { ts: earlier }),
          ...slackMessage(alert),
        }),
        signal: AbortSignal.timeout(10_000),
      });
      if (response.status === 429 || response.status >= 500)
        throw new ChannelError('Slack', `HTTP ${response.status}`, true);
      const answer = (await response.json()) as {
        readonly ok?: boolean;
        readonly ts?: string;
        readonly error?: string;
      };
      if (answer.ok !== true) throw new ChannelError('Slack', `${method} says ${answer.error ?? 'nothing'}`, false);
      return answer.ts ?? earlier;
    },
  };
}
