// The dashboard: reads the api every two seconds and draws it. It decides nothing; every number comes with what it was counted from.

import { Alerts } from './alerts.js';
import { Images, Workloads } from './fleet.js';
import { Plans } from './plans.js';
import { html, render, useEffect, useState } from './preact.js';
import { Problems } from './problems.js';
import { Timeline } from './timeline.js';

const parts = ['overview', 'problems', 'plans', 'rollouts', 'workloads', 'images', 'alerts', 'timeline'];

/** The token that acting needs comes in the fragment of the address, which is not sent anywhere; it is kept for this tab only. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    sessionStorage.setItem('drydock-token', given);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem('drydock-token') ?? '';
}

const token = takeToken();

/** Acts through the api; answers the error text, or '' when it was done. */
export async function act(method, path) {
  const response = await fetch(`/api${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  return response.ok ? '' : ((await response.json()).error ?? `HTTP ${response.status}`);
}

async function load() {
  const answers = await Promise.all(parts.map(async (part) => [part, await (await fetch(`/api/${part}`)).json()]));
  return Object.fromEntries(answers);
}

function useData() {
  const [state, setState] = useState({ data: undefined, error: '', at: undefined });
  useEffect(() => {
    let timer;
    const turn = async () => {
      try {
        setState({ data: await load(), error: '', at: new Date() });
      } catch (error) {
        setState((before) => ({ ...before, error: String(error.message ?? error) }));
      }
      timer = setTimeout(turn, document.hidden ? 15_000 : 2_000);
    };
    turn();
    return () => clearTimeout(timer);
  }, []);
  return state;
}

function Page() {
  const { data, error, at } = useData();
  const gone =
    error !== '' &&
    html`<p class="stale" role="status">The stack does not answer (${error}). What you see is of ${at?.toLocaleTimeString() ?? 'never'}.</p>`;
  if (data === undefined) return html`${gone || html`<p class="quiet">Loading…</p>`}`;
  return html`
    <header>
      <h1>Drydock <small>what runs, what is wrong with it, what is done about it</small></h1>
      <nav aria-label="Sections">${['problems', 'plans', 'workloads', 'images', 'alerts', 'timeline'].map((id) => html`<a href=${`#${id}`}>${id}</a>`)}</nav>
    </header>
    ${gone}
    <${Now} overview=${data.overview} rollouts=${data.rollouts} />
    <${Problems} problems=${data.problems} />
    <${Plans} plans=${data.plans} rollouts=${data.rollouts} act=${act} canAct=${token !== ''} />
    <${Workloads} workloads=${data.workloads} problems=${data.problems} images=${data.images.images} />
    <${Images} images=${data.images.images} unreadable=${data.images.unreadable} />
    <${Alerts} alerts=${data.alerts} />
    <${Timeline} events=${data.timeline} />
  `;
}

function Now({ overview, rollouts }) {
  const { problems, fleet, advisories } = overview;
  const active = rollouts.filter((rollout) => !rollout.ended).length;
  const shards = Object.entries(advisories.shards);
  const newest = shards
    .map(([, shard]) => shard.asOf)
    .sort()
    .at(-1);
  return html`
    <div class="strip" aria-label="Now">
      <a class="tile" href="#problems"><b>${problems.open}</b><span>open problems (${problems.exploited} exploited, ${problems.critical} critical)</span></a>
      <a class="tile" href="#problems"><b>${problems.fixable}</b><span>of them have a fix; ${problems.resolved} resolved, ${problems.accepted} accepted</span></a>
      <a class="tile" href="#workloads"><b>${fleet.read} of ${fleet.runningImages}</b><span>running images read (${fleet.partial} partly, ${fleet.unsupported} unsupported)</span></a>
      <a class="tile" href="#plans"><b>${active}</b><span>rollouts active, in ${fleet.workloads} workloads</span></a>
      <div class="tile"><b>${shards.length}</b><span>advisory shards, generation ${advisories.generation}, data as of ${newest?.slice(0, 10) ?? 'never: nothing can be judged'}</span></div>
    </div>
  `;
}

render(html`<${Page} />`, document.getElementById('app'));
