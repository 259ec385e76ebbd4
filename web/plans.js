import { html, useState } from './preact.js';
import { Digest, service } from './words.js';

/** Plans with their reasons and buttons, and the rollouts that they became. */
export function Plans({ plans, rollouts, act, canAct }) {
  return html`
    <h2 id="plans">Plans and rollouts <small>nothing acts until it is told to; silence never acts</small></h2>
    ${plans.length === 0 && rollouts.length === 0 ? html`<p class="card quiet">No plan: either nothing is wrong, or no clean image is known yet. Push a fixed one, and it is offered here.</p>` : ''}
    ${plans.map((plan) => html`<${Plan} key=${plan.id} plan=${plan} act=${act} canAct=${canAct} />`)}
    ${rollouts.map((rollout) => html`<${Rollout} key=${rollout.id} rollout=${rollout} act=${act} canAct=${canAct} />`)}
  `;
}

function Button({ label, primary, method, path, act, canAct }) {
  const [state, setState] = useState('');
  const press = async () => {
    setState('…');
    const error = await act(method, path);
    setState(error === '' ? 'done' : error);
  };
  return html`<button class=${primary ? 'primary' : ''} disabled=${!canAct || state === '…' || state === 'done'} onClick=${press} title=${canAct ? '' : 'open the page by the address that npm start printed: acting needs its token'}>${label}</button> <span class="quiet" role="status">${state === 'done' ? 'done' : state}</span>`;
}

function Plan({ plan, act, canAct }) {
  return html`<div class="card">
    <b>${plan.title}</b> <span class="badge">${plan.verdict}</span>
    <ul>${plan.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
    <table><thead><tr><th scope="col">Service</th><th scope="col">From</th><th scope="col">To</th><th scope="col">How</th><th scope="col">Wave</th></tr></thead>
      <tbody>${plan.changes.map((change) => html`<tr><td>${service(change.workload)}</td><td><${Digest} digest=${change.from} /></td><td><${Digest} digest=${change.to} /> <span class="mono">${change.tag ?? ''}</span></td><td>${change.how}</td><td>${change.wave}</td></tr>`)}</tbody></table>
    <p>Closes ${plan.closes.length}: ${plan.closes.join(', ') || 'nothing'}. ${plan.remaining.length === 0 ? 'Nothing known remains.' : html`<b>Remains</b> ${plan.remaining.length}: ${plan.remaining.join(', ')}.`}</p>
    ${plan.rejected.length === 0 ? '' : html`<details><summary>${plan.rejected.length} candidates rejected</summary><ul>${plan.rejected.map((each) => html`<li><${Digest} digest=${each.digest} /> ${each.tag ?? ''}: ${each.why}</li>`)}</ul></details>`}
    ${plan.approvable ? html`<${Button} label="Approve" primary=${true} method="POST" path=${`/plans/${encodeURIComponent(plan.id)}/approve`} act=${act} canAct=${canAct} />` : ''}
    <div class="quiet">or: <code>npx drydock approve ${plan.id}</code></div>
  </div>`;
}

function Rollout({ rollout, act, canAct }) {
  return html`<div class="card">
    <b>Rollout ${rollout.title}</b> <span class=${`badge ${rollout.state === 'verified' ? 'good' : ''}`}>${rollout.state}</span>
    <table><thead><tr><th scope="col">Service</th><th scope="col">Wave</th><th scope="col">State</th><th scope="col">Why</th><th scope="col">Proof</th></tr></thead>
      <tbody>${rollout.rows.map((row) => html`<tr><td>${service(row.workload)}</td><td>${row.wave}</td><td>${row.state}</td><td>${row.reason ?? ''}</td><td>${row.proof ? html`${row.proof.digests.map((digest) => html`<${Digest} digest=${digest} /> `)}<span class="quiet">${row.proof.text}</span>` : ''}</td></tr>`)}</tbody></table>
    ${rollout.ended ? '' : html`<p><${Button} label="Stop" method="POST" path=${`/rollouts/${encodeURIComponent(rollout.id)}/stop`} act=${act} canAct=${canAct} /></p>`}
  </div>`;
}
