// The small words of the page, each written once.

import { html, useState } from './preact.js';

/** Severity levels, worst first. */
export const levels = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'];

/** A severity: word, shape and colour, never colour alone; the title says whose word it is. */
export const Severity = ({ severity }) =>
  html`<span class=${`sev ${severity.level}`} title=${severity.source}>${severity.level}${severity.score === undefined ? '' : ` ${severity.score.toFixed(1)}`}</span>`;

/** That the internet reaches a service, and how on hover; anything less is not worth a word. */
export const Reach = ({ exposed }) =>
  exposed?.reach === 'internet' ? html`<${Badge} kind="warn" title=${exposed.why}>internet<//>` : '';

/** How urgent something is, 0 to 100, and what that is made of: what adds something first. Answers of older stacks have none. */
export const Risk = ({ risk }) =>
  risk === undefined
    ? ''
    : html`<details><summary>${risk.score}</summary>
        <ul class="plain">${risk.factors.toSorted((a, b) => b.points - a.points).map(({ name, points, text }) => html`<li>${points} ${name}: ${text}</li>`)}</ul>
      </details>`;

/** So many findings of a level. */
export const Count = ({ level, count }) => html`<span class=${`sev ${level}`}>${count} ${level}</span> `;

export const shortDigest = (digest) => digest.replace(/^sha\d+:/, '').slice(0, 12);

/** A digest by its first twelve digits, the whole of it on hover. */
export const Digest = ({ digest }) => html`<code title=${digest}>${shortDigest(digest)}</code>`;

/** A time of day in UTC, as terminal, mail and Slack say it; with the day when that is another. */
export const Time = ({ at, now }) => {
  const day = at.slice(0, 10);
  const today = (now ?? new Date().toISOString()).slice(0, 10);
  return html`<time datetime=${at} title=${at}>${day === today ? '' : `${day} `}${at.slice(11, 19)}</time>`;
};

/** `cluster/name` of a workload's id. */
export const service = (id) => id.split('/').slice(2).join('/') || id;

/** The last part of an image reference: what people call it. */
export const shortName = (reference) => reference.replace(/^[^/]*[.:][^/]*\//, '');

/** `1 service`, `2 services`. */
export const many = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;

export const Badge = ({ kind = '', title, children }) =>
  html`<span class=${`badge ${kind}`} title=${title}>${children}</span>`;

/** How much could be judged; the reasons are always shown, because unknown is not clean. */
export function Coverage({ coverage }) {
  if (coverage.state === 'scanned') return html`<${Badge} kind="good">✓ scanned<//>`;
  const reasons = coverage.reasons.map((reason) => reason.text);
  return html`<${Badge} kind="warn">${coverage.state === 'partial' ? '◐' : '✕'} ${coverage.state}<//>
    ${
      reasons.length > 2
        ? html`<details><summary>${many(reasons.length, 'reason')}</summary><ul class="tight">${reasons.map((text) => html`<li>${text}</li>`)}</ul></details>`
        : html`<div class="quiet">${reasons.join('; ') || 'no reason was given'}</div>`
    }`;
}

/** Counts by severity. A zero of an image that was judged in part is not a zero. */
export function Counts({ counts, coverage }) {
  const found = levels.filter((level) => counts[level] > 0);
  const whole = coverage.state === 'scanned';
  const hidden = counts.hidden > 0 ? html` <span class="quiet">(${counts.hidden} hidden)</span>` : '';
  if (found.length === 0)
    return html`${whole ? html`<span class="quiet">none known</span>` : html`<span class="unsure">not known to be none</span>`}${hidden}`;
  return html`${whole ? '' : html`<span class="unsure">at least </span>`}${found.map((level) => html`<${Count} level=${level} count=${counts[level]} />`)}${hidden}`;
}

/** A command that does the same, to copy. */
export function Command({ children }) {
  const text = [children].flat().join('');
  const [said, setSaid] = useState('');
  const copy = async () => {
    const done = await navigator.clipboard.writeText(text).then(
      () => 'copied',
      () => 'select it and copy by hand',
    );
    setSaid(done);
    setTimeout(() => setSaid(''), 2_000);
  };
  return html`<span class="command"><code>${text}</code><button type="button" class="copy" aria-label=${`Copy: ${text}`} onClick=${copy}>Copy</button><span class="quiet" role="status">${said}</span></span>`;
}

/** The page is drawn every two seconds. */
const rowsAtOnce = 100;

/**
 * A table that becomes a list of cards on a narrow screen; the roles keep it a table for screen readers there.
 * `columns` are `[label, cell(row), class]`. Of many rows the first are drawn, and more when somebody asks for them.
 */
export function Table({ label, columns, rows: all, keyOf, idOf }) {
  const [most, setMost] = useState(rowsAtOnce);
  const rows = all.slice(0, most);
  return html`<div class="scroll"><table role="table" aria-label=${label}>
    <thead role="rowgroup"><tr role="row">${columns.map(([name]) => html`<th scope="col" role="columnheader">${name}</th>`)}</tr></thead>
    <tbody role="rowgroup">${rows.map(
      (row) =>
        html`<tr role="row" key=${keyOf(row)} id=${idOf?.(row)}>${columns.map(([name, cell, kind]) => html`<td role="cell" data-label=${name} class=${kind}>${cell(row)}</td>`)}</tr>`,
    )}</tbody>
  </table></div>
  ${all.length > most ? html`<p class="quiet">${most} of ${all.length} are shown. <button type="button" aria-label=${`Show more of: ${label}`} onClick=${() => setMost(most + rowsAtOnce)}>Show ${Math.min(rowsAtOnce, all.length - most)} more</button></p>` : ''}`;
}

/** A section with its heading, which links lead to; `failed` says that it could not be read just now. */
export const Section = ({ id, title, note, failed, children }) =>
  html`<section aria-labelledby=${id}>
    <h2 id=${id} tabindex="-1">${title} ${note ? html`<small>${note}</small>` : ''}</h2>
    ${failed ? html`<p class="notice" role="status">This part could not be read: ${failed}. ${children ? 'What you see is older.' : ''}</p>` : ''}
    ${children}
  </section>`;
