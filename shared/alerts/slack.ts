import type { Alert } from './types.ts';

/** A Slack message: blocks, and the text that notifications and screen readers get. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly object[];
}

// four sections, the history, header and fallback stay below 12,000 characters together
const sectionLimit = 1_800;
const fallbackLimit = 600;
const headerLimit = 150;

/** Escapes outside text for Slack's mrkdwn: the three characters that it gives meaning to (Slack, formatting text). */
export const escapeSlack = (text: string): string =>
  strip(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Replaces what is invisible or breaks lines (terminal escapes, direction marks, separators); outside text never moves a cursor or hides a line. */
export const strip = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');

/** Text of our own making: what looks like an address, a channel or somebody's name in it stays text (Slack, text object, `verbatim`). */
const mrkdwn = (text: string): object => ({ type: 'mrkdwn', text, verbatim: true });

/** The Block Kit form of an alert, below Slack's limits (people.md section 2: header 150, section text 3,000, in all 12,000 characters). */
export function slackMessage(alert: Alert): SlackMessage {
  const line = (label: string, text: string) => ({
    type: 'section',
    text: mrkdwn(`*${label}* ${within(text, sectionLimit, literal)}`),
  });
  const history = alert.history
    .slice(-5)
    .map((entry) => `${literal(entry.at.slice(0, 16))} ${within(entry.text, sectionLimit / 5 - 25, literal)}`)
    .join('\n');
  return {
    text: within(`${alert.header}: ${alert.next}`, fallbackLimit, escapeSlack),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: within(alert.header, headerLimit, strip), emoji: false } },
      line('Why you:', alert.why),
      line('Where:', alert.where),
      line('Fix:', alert.fix),
      line('Next:', alert.next),
      ...(history === '' ? [] : [{ type: 'context', elements: [mrkdwn(history)] }]),
      {
        type: 'actions',
        elements: alert.buttons.map((button) => ({
          type: 'button',
          action_id: button.action,
          text: { type: 'plain_text', text: button.label },
          value: within(button.value, 500, strip),
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

/** Outside text in mrkdwn: escaped, and its formatting characters set between word joiners so that it stays as written. */
const literal = (text: string): string =>
  escapeSlack(text).replace(/[*_~`]/g, (character) => `\u2060${character}\u2060`);

/** As much of a text as stays within `limit` characters after `form`: what was escaped is never cut in its middle. */
function within(text: string, limit: number, form: (text: string) => string): string {
  const whole = form(text.slice(0, limit + 1).toWellFormed());
  if (text.length <= limit && whole.length <= limit) return whole;
  const points = [...text.slice(0, limit).toWellFormed()];
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (form(points.slice(0, middle).join('')).length < limit) low = middle;
    else high = middle - 1;
  }
  return `${form(points.slice(0, low).join(''))}…`;
}
