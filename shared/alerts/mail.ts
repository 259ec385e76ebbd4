import { strip } from './slack.ts';
import type { Alert } from './types.ts';

/** A plain-text mail, as SNS sends it. */
export interface Mail {
  /** ASCII, at most 100 characters (SNS's limit) */
  readonly subject: string;
  readonly text: string;
  /** message attributes to filter by: exactly those that people.md section 4 names */
  readonly attributes: Readonly<Record<'severity' | 'env' | 'team' | 'kind' | 'kev', string>>;
}

/** The mail of an alert: the six lines and what has happened since. */
export function mailOf(alert: Alert): Mail {
  const subject = strip(`[${alert.state}] ${alert.header}`).replace(/[^\x20-\x7e]/g, '?');
  const lines = [
    alert.header,
    '',
    `Why you:  ${alert.why}`,
    `Where:    ${alert.where}`,
    `Fix:      ${alert.fix}`,
    `Next:     ${alert.next}`,
    '',
    ...alert.history.slice(-10).map((entry) => `${entry.at.slice(0, 16).replace('T', ' ')}  ${entry.text}`),
  ];
  return {
    subject: subject.length <= 100 ? subject : `${subject.slice(0, 97)}...`,
    text: lines.map(strip).join('\n'),
    attributes: {
      severity: alert.severity.level,
      env: labelOf(alert.labels.env),
      team: labelOf(alert.labels.team),
      kind: alert.state,
      kev: String(alert.kev),
    },
  };
}

/** A tag's value as an attribute, which must not be empty. */
const labelOf = (text: string): string => strip(text).trim().slice(0, 256).toWellFormed() || 'unknown';
