import { ChannelError } from '../channel-error.ts';
import { slackMessage } from '../slack.ts';
import type { Alert, Channel } from '../types.ts';
import { post, type Wait } from './post.ts';

/** The message that is to be edited cannot be any more: a new one takes its place. */
const lost = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'is_inactive']);

/**
 * Slack by a bot token (scope chat:write): posts once, then edits its message in place, or posts anew if that is gone. `token` is asked for at
 * every send, so that a rotated secret is used; it is never kept, logged or put in an error.
 */
export function slackBot(options: {
  readonly channel: string;
  readonly token: () => Promise<string>;
  readonly api?: string;
  readonly wait?: Wait;
}): Channel {
  const api = options.api ?? 'https://slack.com/api';

  async function call(method: string, message: object): Promise<{ readonly ts?: string; readonly error?: string }> {
    const { status, text } = await post('Slack', `${api}/${method}`, message, {
      headers: { authorization: `Bearer ${await options.token()}` },
      ...(options.wait === undefined ? {} : { wait: options.wait }),
    });
    const answer = answerOf(text);
    if (answer?.ok === true) return typeof answer.ts === 'string' ? { ts: answer.ts } : {};
    if (status < 200 || status > 299 || answer === undefined)
      throw new ChannelError('Slack', `HTTP ${status}, ${answer === undefined ? 'no JSON' : 'no success'}`);
    return { error: typeof answer.error === 'string' ? answer.error.slice(0, 100) : 'nothing' };
  }

  return {
    name: `slack ${options.channel}`,
    edits: true,
    async send(alert: Alert, earlier) {
      const message = { channel: options.channel, ...slackMessage(alert) };
      if (earlier !== undefined) {
        const edited = await call('chat.update', { ...message, ts: earlier });
        if (edited.error === undefined) return edited.ts ?? earlier;
        if (!lost.has(edited.error)) throw refusal('chat.update', edited.error);
      }
      const posted = await call('chat.postMessage', message);
      if (posted.error !== undefined) throw refusal('chat.postMessage', posted.error);
      return posted.ts;
    },
  };
}

const refusal = (method: string, error: string): ChannelError => new ChannelError('Slack', `${method} says ${error}`);

function answerOf(
  text: string,
): { readonly ok?: unknown; readonly ts?: unknown; readonly error?: unknown } | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}
