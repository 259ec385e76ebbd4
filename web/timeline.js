import { change, useView } from './address.js';
import { html } from './preact.js';
import { told } from './told.js';
import { many, Section, Time } from './words.js';

const mostLines = 100;

/** What happened, newest first, in the words of the terminal's story. */
export function Timeline({ events, failed, now }) {
  const { kind = '' } = useView();
  const lines = events.flatMap((event) =>
    told(event).map(([what, text], index) => ({ key: event.id + index, at: event.time, what, text })),
  );
  const kinds = [...new Set(lines.map((line) => line.what))].sort();
  const chosen = lines.filter((line) => kind === '' || line.what === kind);
  const shown = chosen.slice(0, mostLines);
  return html`<${Section} id="timeline" title="Timeline" failed=${failed} note="newest first, of the last seven days; times are UTC">
    ${
      lines.length === 0
        ? html`<p class="card quiet">Nothing has happened in the last seven days.</p>`
        : html`<div class="filters"><label>Kind <select value=${kind} onChange=${(event) => change({ kind: event.target.value })}><option value="">all</option>${[...new Set([...kinds, ...(kind ? [kind] : [])])].map((each) => html`<option value=${each}>${each}</option>`)}</select></label></div>
          <ol class="plain card events">${shown.map((line) => html`<li key=${line.key} class="new"><${Time} at=${line.at} now=${now} /> <b class=${`what ${line.what}`}>${line.what}</b> <span>${line.text}</span></li>`)}</ol>
          ${chosen.length > shown.length ? html`<p class="quiet">and ${many(chosen.length - shown.length, 'older line')}</p>` : ''}`
    }
  <//>`;
}
