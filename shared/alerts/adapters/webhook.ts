import { ChannelError } from '../channel-error.ts';
import { slackMessage } from '../slack.ts';
import type { Alert, Channel } from '../types.ts';

/** An incoming webhook of Slack (`form: 'slack'`) or any endpoint that takes the alert as JSON. It cannot edit: follow-ups only. */
export function webhook(options: {
  readonly name: string;
  readonly url: () => Promise<string>;
  readonly form: 'slack' | 'json';
}): Channel {
  const body = (alert: Alert) =>
    JSON.stringify(options.form === 'slack' ? slackMessage(alert) : { schemaVersion: 1, alert });
  return {
    name: options.name,
    edits: false,
    async send(alert) {
      const response = await fetch(await options.url(), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: body(alert),
        redirect: 'error',
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      if (response.ok) return undefined;
      throw new ChannelError(
        options.name,
        `HTTP ${response.status}`,
        response.status === 429 || response.status >= 500,
      );
    },
  };
}
