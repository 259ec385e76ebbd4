import { readExposures } from './data.js';
import { html, useState } from './preact.js';
import { many, Reach, service } from './words.js';

/** Where a problem is: the services that the list names, and the others when they are asked for. */
export function RunsIn({ problem }) {
  const { workloads, acceptedBy, total, exposures } = problem;
  const all = total.workloads + total.acceptedBy;
  const named = new Set([...workloads, ...acceptedBy]);
  if (all === 0) return html`<span class="quiet">nothing any more</span>`;
  const exposedOf = (id) => exposures.find(({ workload }) => workload === id)?.exposed;
  return html`${workloads.map((id) => html`<${Where} workload=${id} exposed=${exposedOf(id)} />`)}
    ${acceptedBy.map((id) => html`<${Where} workload=${id} accepted />`)}
    ${all > named.size ? html`<${Others} problem=${problem} named=${named} count=${all - named.size} />` : ''}`;
}

/** Thousands of services are read when somebody looks, and not again: the list itself says how many there are now. */
function Others({ problem, named, count }) {
  const [{ exposures, error }, setState] = useState({});
  const look = (event) => {
    if (event.currentTarget.open && exposures === undefined)
      readExposures(problem.key).then(
        (read) => setState({ exposures: read }),
        (failure) => setState({ error: failure.message }),
      );
  };
  const others = exposures?.filter(({ workload }) => !named.has(workload));
  return html`<details onToggle=${look}><summary>and ${many(count, 'more service')}</summary>
    ${others === undefined ? html`<p class="quiet">${error === undefined ? 'Reading…' : `They could not be read: ${error}`}</p>` : others.map((exposure) => html`<${Where} ...${exposure} />`)}
  </details>`;
}

const Where = ({ workload, accepted, exposed }) =>
  accepted
    ? html`<div class="quiet">${service(workload)} (accepted)</div>`
    : html`<div>${service(workload)} <${Reach} exposed=${exposed} /></div>`;
