import { readPlan, readRows } from './data.js';
import { Folded, Older, Rest } from './more.js';
import { html, useState } from './preact.js';
import { Badge, Command, Digest, many, Section, service, Table, Time } from './words.js';

const mostWaiting = 10;

/** Plans that wait for somebody, before everything else: they are what the page is opened for. */
export function Plans({ plans, more, canAct, act, failed }) {
  const waiting = plans.filter((plan) => plan.approvable);
  const others = plans.filter((plan) => !plan.approvable);
  const show = (list) => list.map((plan) => html`<${Plan} key=${plan.id} plan=${plan} act=${act} canAct=${canAct} />`);
  return html`<${Section} id="plans" title="Plans" failed=${failed}
    note=${`${more ? `of the newest ${plans.length}: ` : ''}${waiting.length === 0 ? 'none waits for an approval' : `${waiting.length} wait${waiting.length === 1 ? 's' : ''} for an approval; silence never acts`}`}>
    ${
      plans.length === 0
        ? html`<p class="card quiet">No plan is on offer. One is made when a clean image is known for a service that runs a vulnerable one: push a fixed one, and it appears here.</p>`
        : ''
    }
    ${waiting.length > 0 && !canAct ? html`<p class="notice">This tab can only look: acting needs the token. Open the page by the whole address that <code>npm start</code> printed, or use the commands below.</p>` : ''}
    ${show(waiting.slice(0, mostWaiting))}
    ${waiting.length > mostWaiting ? html`<${Folded} summary=${`${many(waiting.length - mostWaiting, 'other plan')} for an approval`}>${() => show(waiting.slice(mostWaiting))}<//>` : ''}
    ${
      others.length === 0
        ? ''
        : html`<${Folded} open=${waiting.length === 0 && others.length <= mostWaiting} summary=${`${many(others.length, 'plan')} that nobody needs to approve (mode observe or auto, or nothing clean is known)`}>${() => show(others)}<//>`
    }
    <${Older} part="plans" more=${more} count=${plans.length} />
  <//>`;
}

const verdicts = {
  'needs-approval': ['ask', 'waits for approval'],
  ready: ['good', 'starts by policy'],
  'observe-only': ['', 'observed only'],
  'nothing-clean': ['warn', 'nothing clean is known'],
};

/** `CVE-… package (severity)` of a plan, with the severity's shape. */
function Outcome({ text }) {
  const [, name, level] = /^(.*) \((\w+)\)$/.exec(text) ?? [undefined, text, 'unknown'];
  return html`<li><span class=${`sev ${level}`}>${level}</span> ${name}</li>`;
}

const Outcomes = ({ title, list, total, none }) =>
  html`<div><h4>${title} <small>${total}</small></h4>${
    list.length === 0
      ? html`<p class="quiet">${none}</p>`
      : html`<ul class="plain">${list.map((text) => html`<${Outcome} text=${text} />`)}${total > list.length ? html`<li class="quiet">and ${total - list.length} more</li>` : ''}</ul>`
  }</div>`;

const planColumns = [
  ['Service', (change) => html`<b>${service(change.workload)}</b> <span class="quiet">${change.container}</span>`],
  ['From', (change) => html`<${Digest} digest=${change.from} />`],
  [
    'To',
    (change) =>
      html`<${Digest} digest=${change.to} /> ${change.tag ? html`<span class="quiet">${change.tag}</span>` : ''}`,
  ],
  ['How', (change) => change.how],
  ['Wave', (change) => change.wave],
];

/** All that a plan names, or the first of it. */
const Inside = ({ plan, total, label }) => html`
  <${Table} label=${label} columns=${planColumns} rows=${plan.changes} keyOf=${(change) => change.workload + change.container} />
  <div class="columns">
    <${Outcomes} title="Closes" list=${plan.closes} total=${total.closes} none="nothing" />
    <${Outcomes} title="Leaves" list=${plan.remaining} total=${total.remaining} none="nothing that is known" />
  </div>
  <h4>Why, and the way back</h4>
  <ul class="tight">${plan.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
  ${
    plan.unhelped.length === 0
      ? ''
      : html`<h4>Not helped by it <small>${total.unhelped}</small></h4><ul class="tight">${plan.unhelped.map((each) => html`<li><b>${service(each.workload)}</b> ${each.container}: ${each.why}</li>`)}</ul>`
  }
  ${
    plan.rejected.length === 0
      ? ''
      : html`<details><summary>${many(total.rejected, 'other image')} looked at and not taken</summary><ul class="tight">${plan.rejected.map((each) => html`<li><${Digest} digest=${each.digest} /> ${each.tag ?? ''}: ${each.why}</li>`)}</ul></details>`
  }`;

const mostInTitle = 5;

/** What a plan counts, each by the list that names the first of it. */
const countedLists = ['changes', 'closes', 'remaining', 'rejected', 'unhelped'];

function Plan({ plan, act, canAct }) {
  const [kind, word] = verdicts[plan.verdict] ?? ['', plan.verdict];
  const { total } = plan;
  const named = [...new Set(plan.changes.map((change) => service(change.workload)))];
  const first = named.slice(0, mostInTitle);
  const services = `${first.join(', ') || 'nothing'}${total.workloads > first.length ? ` and ${total.workloads - first.length} more` : ''}`;
  const isCut = countedLists.some((name) => total[name] > plan[name].length);
  return html`<article class=${`card ${plan.approvable ? 'waiting' : ''}`} id=${plan.id} tabindex="-1" aria-label=${`Plan for ${services}`}>
    <h3>Repair ${services} <${Badge} kind=${kind}>${word}<//></h3>
    <p>${plan.title}</p>
    <${Inside} plan=${plan} total=${total} label="What changes" />
    ${isCut ? html`<${Rest} summary=${`All of this plan: ${many(total.workloads, 'service')}, ${total.closes} closed, ${total.remaining} left`} read=${() => readPlan(plan.id)} draw=${(whole) => html`<${Inside} plan=${whole} total=${total} label="All that changes" />`} />` : ''}
    <div class="actions">
      ${plan.approvable ? html`<${Act} label="Approve" about=${`the repair of ${services}`} primary=${true} path=${`/plans/${encodeURIComponent(plan.id)}/approve`} act=${act} canAct=${canAct} done="approved; the rollout starts" />` : ''}
      <${Command}>npx drydock ${plan.approvable ? 'approve' : 'plan'} ${plan.id}<//>
    </div>
  </article>`;
}

function Act({ label, about, primary, path, act, canAct, done }) {
  const [state, setState] = useState('');
  const press = async () => {
    setState('…');
    const error = await act('POST', path);
    setState(error === '' ? done : error);
  };
  return html`<button type="button" class=${primary ? 'primary' : ''} aria-label=${`${label} ${about}`} disabled=${!canAct || state === '…' || state === done} onClick=${press} title=${canAct ? undefined : 'acting needs the token: open the page by the address that npm start printed'}>${label}</button>
    <span class="said" role="status">${state}</span>`;
}

const rolloutKinds = { running: 'ask', verified: 'good', failed: 'bad', stopped: 'warn' };
const rowKinds = { verified: 'good', failed: 'bad', reverted: 'warn', stopped: 'warn', skipped: '' };

const rowColumns = [
  ['Service', (row) => html`<b>${service(row.workload)}</b>`],
  ['Wave', (row) => row.wave],
  [
    'State',
    (row) =>
      row.exposedAgain
        ? html`<${Badge} kind="bad">▲ again exposed since <${Time} at=${row.exposedAgain.since} /><//>`
        : html`<${Badge} kind=${rowKinds[row.state] ?? 'ask'}>${row.state}<//>`,
  ],
  [
    'What happened',
    (row) => html`${row.reason ?? html`<span class="quiet">nothing yet</span>`}
      ${
        row.history.length === 0
          ? ''
          : html`<details><summary>${many(row.history.length, 'step')}</summary><ul class="plain">${row.history.map((step) => html`<li><${Time} at=${step.at} /> ${step.from} → ${step.to}: ${step.why}</li>`)}</ul></details>`
      }`,
  ],
  ['Proof', (row) => (row.proof ? html`<${Proof} proof=${row.proof} />` : html`<span class="quiet">none yet</span>`)],
];

const Proof = ({ proof: { digests, record } }) =>
  html`${digests.map((digest) => html`<${Digest} digest=${digest} /> `)}<div class="quiet">${
    record === undefined
      ? ''
      : `${record.running} of ${record.desired} tasks run it; ${record.inventories.map((each) => `${record.vulnerability} is ${each.answer}`).join(', ')}`
  }</div>`;

const mostUnderWay = 10;
const mostOver = 3;

/** Rollouts: what is under way and what was undone first, then what is over. */
export function Rollouts({ rollouts, more, canAct, act, failed }) {
  const undone = (rollout) => rollout.rows.some((row) => row.exposedAgain);
  const first = rollouts.filter((rollout) => !rollout.ended || undone(rollout));
  const over = rollouts.filter((rollout) => rollout.ended && !undone(rollout));
  const active = rollouts.filter((rollout) => !rollout.ended).length;
  const others = [...first.slice(mostUnderWay), ...over.slice(mostOver)];
  const show = (list) =>
    list.map((rollout) => html`<${Rollout} key=${rollout.id} rollout=${rollout} act=${act} canAct=${canAct} />`);
  return html`<${Section} id="rollouts" title="Rollouts" failed=${failed} note=${`${more ? `of the newest ${rollouts.length}: ` : ''}${active} active, ${rollouts.length - active} over`}>
    ${rollouts.length === 0 ? html`<p class="card quiet">Nothing was rolled out yet. A plan becomes a rollout when it is approved, or by itself in mode auto.</p>` : ''}
    ${show(first.slice(0, mostUnderWay))}
    ${show(over.slice(0, mostOver))}
    ${others.length > 0 ? html`<${Folded} summary=${many(others.length, 'other rollout')}>${() => show(others)}<//>` : ''}
    <${Older} part="rollouts" more=${more} count=${rollouts.length} />
  <//>`;
}

const Rows = ({ rows, label }) =>
  html`<${Table} label=${label} columns=${rowColumns} rows=${rows} keyOf=${(row) => row.workload} />`;

function Rollout({ rollout, act, canAct }) {
  const left = rollout.total.rows - rollout.rows.length;
  return html`<article class="card" id=${rollout.id} tabindex="-1" aria-label=${`Rollout of ${rollout.title}`}>
    <h3>${rollout.title} <${Badge} kind=${rolloutKinds[rollout.state]}>${rollout.state}<//> <small>started by ${rollout.startedBy} at <${Time} at=${rollout.startedAt} />${rollout.endedAt ? html`, over at <${Time} at=${rollout.endedAt} />` : ''}</small></h3>
    <${Rows} label="Services of this rollout" rows=${rollout.rows} />
    ${left > 0 ? html`<${Rest} summary=${`and ${many(left, 'more service')}`} read=${() => readRows(rollout.id)} draw=${(rows) => html`<${Rows} label="All services of this rollout" rows=${rows} />`} />` : ''}
    <div class="actions">
      ${rollout.ended ? '' : html`<${Act} label="Stop" about=${rollout.title} path=${`/rollouts/${encodeURIComponent(rollout.id)}/stop`} act=${act} canAct=${canAct} done="nothing new of it begins" />`}
      <${Command}>npx drydock ${rollout.ended ? 'proof' : 'rollout stop'} ${rollout.id}<//>
    </div>
  </article>`;
}
