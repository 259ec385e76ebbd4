import type { Alert } from './types.ts';

/** A Slack message: blocks, and the text that notifications and screen readers get. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly object[];
}

const sectionLimit = 2_900;

/** Escapes outside text for Slack's mrkdwn: the three characters that it gives meaning to (Slack, formatting text). */
export const escapeSlack = (text: string): string =>
  strip(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Replaces control and format characters (terminal escapes, direction marks); outside text never moves a cursor or hides a line. */
export const strip = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');

/** The Block Kit form of an alert, below Slack's limits (people.md section 2: section text 3,000, in all 12,000 characters). */
export function slackMessage(alert: Alert): SlackMessage {
  const line = (label: string, text: string) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: cut(`*${label}* ${literal(text)}`) },
  });
  const history = alert.history
    .slice(-5)
    .map((entry) => `${entry.at.slice(0, 16)} ${literal(entry.text)}`)
    .join('\n');
  return {
    text: cut(strip(`${alert.header}: ${alert.next}`)),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: strip(alert.header) } },
      line('Why you:', alert.why),
      line('Where:', alert.where),
      line('Fix:', alert.fix),
      line('Next:', alert.next),
      ...(history === '' ? [] : [{ type: 'context', elements: [{ type: 'mrkdwn', text: cut(history) }] }]),
      {
        type: 'actions',
        elements: alert.buttons.map((button) => ({
          type: 'button',
          action_id: button.action,
          text: { type: 'plain_text', text: button.label },
          value: button.value.slice(0, 1_900),
          ...(button.action === 'approve' ? { style: 'primary', confirm: confirmation } : {}),
        })),
      },
    ],
  };
}

const confirmation = {
  title: { type: 'plain_text', text: 'Start the rollout?' },
  text: { type: 'plain_text', text: 'The plan starts with its first wave and stops by itself if that is not better.' },
  confirm: { type: 'plain_text', text: 'Approve' },
  deny: { type: 'plain_text', text: 'Not now' },
};

/** Outside text in mrkdwn: escaped, and its formatting characters broken by a zero-width joiner so that it stays as written. */
const literal = (text: string): string =>
  escapeSlack(text).replace(/[*_~`]/g, (character) => `\u2060${character}\u2060`);

const cut = (text: string): string => (text.length <= sectionLimit ? text : `${text.slice(0, sectionLimit - 1)}…`);
