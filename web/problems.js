import { html, useState } from './preact.js';
import { Severity, service } from './words.js';

const stateOrder = { open: 0, accepted: 1, resolved: 2 };

/** Problems: one row per vulnerability and package over all workloads; what the filter hides is counted. */
export function Problems({ problems }) {
  const [fixable, setFixable] = useState(false);
  const [resolved, setResolved] = useState(false);
  const shown = problems.filter(
    (problem) => (!fixable || problem.fixedIn !== undefined) && (resolved || problem.state !== 'resolved'),
  );
  const sorted = [...shown].sort((a, b) => stateOrder[a.state] - stateOrder[b.state]);
  return html`
    <h2 id="problems">Problems <small>${shown.length} shown, ${problems.length - shown.length} hidden by the filter</small></h2>
    <p>
      <label><input type="checkbox" checked=${fixable} onChange=${(event) => setFixable(event.target.checked)} /> fixable only</label>${' '}
      <label><input type="checkbox" checked=${resolved} onChange=${(event) => setResolved(event.target.checked)} /> resolved too</label>
    </p>
    ${
      sorted.length === 0
        ? html`<p class="card quiet">${problems.length === 0 ? 'No problem is known. See the coverage above for how much of the fleet that speaks of.' : 'The filter hides all of them.'}</p>`
        : html`
    <div class="scroll"><table>
      <caption>Worst first; exploited ones (CISA KEV) before others.</caption>
      <thead><tr><th scope="col">Severity</th><th scope="col">Vulnerability</th><th scope="col">Package</th><th scope="col">Fixed in</th><th scope="col">Runs in</th><th scope="col">State</th></tr></thead>
      <tbody>${sorted.map((problem) => html`<${Row} key=${problem.key.finding + problem.key.shard + problem.key.name} problem=${problem} />`)}</tbody>
    </table></div>`
    }
  `;
}

function Row({ problem }) {
  const last = problem.history.at(-1);
  return html`<tr>
    <td><${Severity} severity=${problem.severity} /></td>
    <td><b>${problem.vulnerability}</b> ${problem.kev ? html`<span class="badge kev" title=${`known to be exploited since ${problem.kev.dateAdded}`}>KEV</span>` : ''} ${problem.malicious ? html`<span class="badge kev">malware</span>` : ''}
      <div class="quiet">${problem.summary ?? ''}</div>
      <details><summary class="quiet">why</summary><div class="mono">${problem.why}</div><div class="quiet">${problem.records.join(', ')}; ${problem.severity.source}</div></details></td>
    <td>${problem.packages.map((each) => html`<div class="mono">${each}</div>`)}</td>
    <td class="mono">${problem.fixedIn ?? html`<span class="quiet">no fix known</span>`}</td>
    <td>${problem.workloads.map((id) => html`<div>${service(id)}</div>`)}${problem.acceptedBy.map((id) => html`<div class="quiet">${service(id)} (accepted)</div>`)}</td>
    <td>${problem.state}${last ? html`<div class="quiet" title=${last.at}>${last.transition}: ${last.text}</div>` : ''}</td>
  </tr>`;
}
