import { html } from './preact.js';
import { Time } from './words.js';

/** What happened today, newest first, as the functions said it. */
export function Timeline({ events }) {
  return html`
    <h2 id="timeline">Timeline <small>today, newest first</small></h2>
    ${events.length === 0 ? html`<p class="card quiet">Nothing has happened today.</p>` : ''}
    <ul class="plain card" aria-live="polite">${events.slice(0, 80).map((event) => html`<li key=${event.id} class="new"><${Time} at=${event.time} /> <b>${event.type}</b> <span class="mono quiet">${told(event)}</span></li>`)}</ul>
  `;
}

function told({ type, detail }) {
  if (type === 'ProblemChanged')
    return `${detail.vulnerability} ${detail.package}: ${detail.transitions.map((each) => `${each.transition} ${each.text}`).join('; ')}`;
  if (type === 'ImageScanned')
    return `${detail.repository}${detail.tag ? `:${detail.tag}` : ''}: ${detail.packages} packages, ${detail.bytesFetched} bytes fetched, coverage ${detail.coverage.state}`;
  if (type === 'WorkloadsChanged')
    return detail.workloads
      .map(
        (each) =>
          `${each.id.split('/').slice(2).join('/')} runs ${each.runningDigests.map((digest) => digest.slice(7, 19)).join(', ') || 'nothing'}`,
      )
      .join('; ');
  if (type === 'RolloutStep')
    return `${detail.workload.split('/').slice(2).join('/')}: ${detail.from} -> ${detail.to}${detail.reason ? `, ${detail.reason}` : ''}`;
  return detail.text ?? detail.header ?? '';
}
