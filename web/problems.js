import { change, Link, useView } from './address.js';
import { readProblemsOf } from './data.js';
import { html, useEffect, useState } from './preact.js';
import { RunsIn } from './runs-in.js';
import { Badge, Command, levels, many, Risk, Section, Severity, service, Table, Time } from './words.js';

const stateOrder = ['open', 'accepted', 'resolved'];
const keyText = (key) => [key.finding, key.shard, key.name].join(' ');

/** What the address asks for; `state` is open unless it says otherwise. */
const tests = {
  state: (problem, state) => state === 'all' || problem.state === state,
  level: (problem, level) => problem.severity.level === level,
  fixable: (problem) => problem.fixedIn !== undefined,
  exploited: (problem) => problem.kev !== undefined,
  q: (problem, text) =>
    [problem.vulnerability, ...problem.aliases, problem.package, ...problem.packages, problem.summary ?? '']
      .join(' ')
      .toLowerCase()
      .includes(text.toLowerCase()),
};

/** Open before accepted before resolved; then the greater risk, exploited ones, severity, score. */
const worstFirst = (a, b) =>
  stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) ||
  (b.risk?.score ?? 0) - (a.risk?.score ?? 0) ||
  Number(b.kev !== undefined) - Number(a.kev !== undefined) ||
  levels.indexOf(a.severity.level) - levels.indexOf(b.severity.level) ||
  (b.severity.score ?? 0) - (a.severity.score ?? 0);

const passes = (view) => (problem) =>
  Object.entries({ state: 'open', ...view }).every(([name, value]) => tests[name]?.(problem, value) ?? true);

/** The problems of the service that the address names, read again whenever the list of all was; `all` when it names none. Undefined: not read yet. */
function useThose(id, all) {
  const [state, setState] = useState({});
  useEffect(() => {
    let wanted = true;
    if (id)
      readProblemsOf(id).then(
        (problems) => wanted && setState({ id, problems }),
        (error) => wanted && setState((before) => ({ ...before, id, error: error.message })),
      );
    return () => {
      wanted = false;
    };
  }, [id, all]);
  if (!id) return { problems: all };
  return state.id === id ? state : {};
}

/** Problems: one row per vulnerability and package over all workloads; what the filter hides is counted. */
export function Problems({ problems: all, failed }) {
  const view = useView();
  const { problems, error } = useThose(view.service, all);
  if (problems === undefined)
    return html`<${Section} id="problems" title="Problems" failed=${error ?? failed}><${Filters} view=${view} />${error ? '' : html`<p class="quiet">Reading…</p>`}<//>`;
  const shown = problems.filter(passes(view)).sort(worstFirst);
  const hidden = problems.length - shown.length;
  return html`<${Section} id="problems" title="Problems" failed=${error ?? failed} note=${`${shown.length} shown, ${hidden} hidden by the filter; the greatest risk first`}>
    <${Filters} view=${view} />
    ${
      shown.length > 0
        ? html`<${Table} label="Problems, worst first" columns=${columns} rows=${shown} keyOf=${(problem) => keyText(problem.key)} />`
        : html`<p class="card quiet">${
            problems.length === 0
              ? html`No problem is known. How much of the fleet that speaks of stands under <${Link} to="images">images<//> and <${Link} to="advisories">advisories<//>.`
              : html`The filter hides all ${problems.length}. <${Link} show=${{ state: 'all' }} to="problems">Show all<//>`
          }</p>`
    }
  <//>`;
}

function Filters({ view }) {
  const tick = (name, label) =>
    html`<label><input type="checkbox" checked=${view[name] === '1'} onChange=${(event) => change({ [name]: event.target.checked ? '1' : '' })} /> ${label}</label>`;
  const pick = (name, label, options, first) =>
    html`<label>${label} <select value=${view[name] ?? first} onChange=${(event) => change({ [name]: event.target.value === first ? '' : event.target.value })}>${options.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select></label>`;
  return html`<div class="filters" role="search" aria-label="Filter problems">
    <label>Find <input type="search" value=${view.q ?? ''} placeholder="CVE, package" onInput=${(event) => change({ q: event.target.value })} /></label>
    ${pick('level', 'Severity', [['', 'any'], ...levels.map((level) => [level, level])], '')}
    ${pick('state', 'State', [...stateOrder.map((state) => [state, state]), ['all', 'all']], 'open')}
    ${tick('fixable', 'fix known')}
    ${tick('exploited', 'exploited')}
    ${view.service ? html`<button type="button" onClick=${() => change({ service: '' })}>only ${service(view.service)} ✕</button>` : ''}
  </div>`;
}

const repairWords = { ROLLING: 'being rolled out', VERIFIED: 'verified', ROLLED_BACK: 'rolled back' };

function Repair({ problem }) {
  const { repair } = problem;
  const last = problem.history.at(-1);
  if (problem.state === 'resolved')
    return html`<${Badge} kind="good">✓ resolved<//> ${last ? html`<div class="quiet">${last.text}</div>` : ''}`;
  if (problem.state === 'accepted') return html`<${Badge}>accepted<//> <div class="quiet">${last?.text}</div>`;
  const again = last?.transition === 'REOPENED' ? html`<${Badge} kind="bad">▲ exposed again<//> ` : '';
  if (repair?.state === 'PLANNED')
    return html`${again}<${Link} to=${repair.id}>${repair.approvable ? 'waits for approval' : 'planned'}<//>`;
  if (repair) return html`${again}<${Link} to=${repair.id}>${repairWords[repair.state] ?? repair.state}<//>`;
  return html`${again}<span class="quiet">${problem.fixedIn === undefined ? 'no fix known' : 'no clean image known yet'}</span>`;
}

const columns = [
  ['Risk', ({ risk }) => html`<${Risk} risk=${risk} />`],
  ['Severity', (problem) => html`<${Severity} severity=${problem.severity} />`],
  [
    'Vulnerability',
    (problem) => html`<b>${problem.vulnerability}</b>${' '}
      ${problem.kev ? html`<${Badge} kind="bad" title=${`known to be exploited since ${problem.kev.dateAdded} (CISA KEV)`}>exploited<//> ` : ''}
      ${problem.malicious ? html`<${Badge} kind="bad">malware<//>` : ''}
      ${problem.disputed ? html`<${Badge} title="the CVE List says that it is contested whether this is a vulnerability">disputed<//>` : ''}
      <div>${problem.summary ?? ''}</div>
      <${Why} problem=${problem} />`,
    'wide',
  ],
  [
    'Package',
    (problem) => html`${problem.packages.map((each) => html`<div class="mono">${each}</div>`)}
      <div class="quiet">${problem.fixedIn === undefined ? 'no fix known' : html`fixed in <span class="mono">${problem.fixedIn}</span>`}</div>`,
  ],
  ['Runs in', (problem) => html`<${RunsIn} problem=${problem} />`],
  ['Repair', (problem) => html`<${Repair} problem=${problem} />`],
];

const Why = ({ problem }) =>
  html`<details><summary>Why, and since when</summary>
    <p>Found because <code>${problem.why}</code>, says ${problem.records.join(', ')}. Severity by ${problem.severity.source}${problem.severity.vector === undefined ? '' : html` (<span class="mono">${problem.severity.vector}</span>)`}.${problem.aliases.length === 0 ? '' : ` Also known as ${problem.aliases.join(', ')}.`}</p>
    <ul class="plain">${problem.history.map((entry) => html`<li><${Time} at=${entry.at} /> ${entry.transition}: ${entry.text}</li>`)}</ul>
    <p class="quiet">${problem.baseline ? 'Was there at the first look, so nobody was told.' : ''} ${many(problem.total.workloads + problem.total.acceptedBy, 'workload')} exposed.</p>
    <${Command}>npx drydock explain ${problem.vulnerability}<//>
  </details>`;
