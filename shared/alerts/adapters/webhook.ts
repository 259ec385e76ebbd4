import { ChannelError } from '../channel-error.ts';
import { slackMessage } from '../slack.ts';
import type { Channel } from '../types.ts';
import { post } from './post.ts';

/** An incoming webhook of Slack (`form: 'slack'`) or any endpoint that takes the alert as JSON. It cannot edit: follow-ups only. */
export function webhook(options: {
  readonly name: string;
  readonly url: () => Promise<string>;
  readonly form: 'slack' | 'json';
}): Channel {
  return {
    name: options.name,
    edits: false,
    async send(alert) {
      const body = options.form === 'slack' ? slackMessage(alert) : { schemaVersion: 1, alert };
      const { status } = await post(options.name, await options.url(), body);
      if (status >= 200 && status <= 299) return undefined;
      throw new ChannelError(options.name, `HTTP ${status}`);
    },
  };
}
