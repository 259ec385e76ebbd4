import { html } from './preact.js';

/** A severity: word, shape and colour, never colour alone; the title says whose word it is. */
export const Severity = ({ severity }) =>
  html`<span class=${`sev ${severity.level}`} title=${severity.source}>${severity.level}${severity.score === undefined ? '' : ` ${severity.score}`}</span>`;

/** A digest by its first twelve digits, the whole of it on hover. */
export const Digest = ({ digest }) => html`<code title=${digest}>${shortDigest(digest)}</code>`;

export const shortDigest = (digest) => digest.replace(/^sha\d+:/, '').slice(0, 12);

/** A time of day; the whole on hover. */
export const Time = ({ at }) => html`<time datetime=${at} title=${at}>${at.slice(11, 19)}</time>`;

/** `cluster/name` of a workload's id. */
export const service = (id) => id.split('/').slice(2).join('/');

/** How much could be judged; the reasons are always shown, because unknown is not clean. */
export const Coverage = ({ coverage }) =>
  coverage.state === 'scanned'
    ? html`<span class="badge good">scanned</span>`
    : html`<span class="badge warn">${coverage.state}</span> <span class="quiet">${coverage.reasons.map((reason) => reason.text).join('; ')}</span>`;

export const counts = (each) =>
  ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'].filter((level) => each[level] > 0);
