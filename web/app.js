// The dashboard: reads the api every two seconds and draws it. It decides nothing; every number comes with what it was counted from.

import { arrive, Link } from './address.js';
import { Alerts } from './alerts.js';
import { act, canAct, useData } from './data.js';
import { Advisories, Images, Workloads } from './fleet.js';
import { Image } from './image.js';
import { Now } from './now.js';
import { Plans, Rollouts } from './plans.js';
import { html, render, useEffect } from './preact.js';
import { Problems } from './problems.js';
import { Timeline } from './timeline.js';
import { Command } from './words.js';

const sections = ['plans', 'rollouts', 'problems', 'workloads', 'images', 'alerts', 'timeline', 'advisories'];

function Page() {
  const { data, failed, gone, at } = useData();
  const waiting = data.overview?.plans.waiting ?? 0;
  useEffect(() => {
    document.title = `${gone ? '(stopped) ' : waiting > 0 ? `(${waiting}) ` : ''}Drydock`;
  }, [gone, waiting]);
  const isRead = at !== undefined;
  useEffect(() => {
    if (isRead) arrive();
  }, [isRead]);
  const banner = gone
    ? html`<p class="stale" role="alert">The stack does not answer. ${at ? html`What you see is of <time datetime=${at.toISOString()}>${at.toISOString().slice(11, 19)} UTC</time> and may be wrong by now;` : 'Nothing was read yet;'} it is asked again every few seconds. Start it with <code>npm start</code>.</p>`
    : '';
  return html`
    <header>
      <h1>Drydock <small>what runs, what is wrong with it, what is done about it</small></h1>
      <nav aria-label="Sections">${sections.map((id) => html`<${Link} to=${id}>${id}<//> `)}</nav>
    </header>
    ${banner}
    <main class=${gone ? 'old' : ''}>${at === undefined ? (gone ? '' : html`<p class="quiet">Reading…</p>`) : html`<${Body} data=${data} failed=${failed} mayAct=${canAct && !gone} />`}</main>
  `;
}

/** A part that was never read is not an empty one: its section says so. */
const empty = {
  plans: { entries: [], more: false },
  rollouts: { entries: [], more: false },
  problems: [],
  workloads: [],
  images: { entries: [], more: false },
  unreadable: { entries: [], more: false },
  alerts: { entries: [], more: false },
  timeline: [],
};

function Body({ data, failed, mayAct }) {
  const { overview, plans, rollouts, problems, workloads, images, unreadable, alerts, timeline } = {
    ...empty,
    ...data,
  };
  const missing = (part) => (data[part] === undefined ? (failed[part] ?? 'no answer yet') : failed[part]);
  const nothing =
    data.workloads?.length === 0 && data.images?.entries.length === 0 && data.unreadable?.entries.length === 0;
  return html`
    ${overview === undefined ? html`<p class="notice">The overview could not be read: ${failed.overview}</p>` : html`<${Now} overview=${overview} />`}
    <p class="unseen" role="status">${overview?.plans.waiting ?? 0} plans wait for approval, ${problems.filter((problem) => problem.state === 'open').length} problems are open.</p>
    ${nothing ? html`<${Welcome} />` : ''}
    <${Plans} plans=${plans.entries} more=${plans.more} act=${act} canAct=${mayAct} failed=${missing('plans')} />
    <${Rollouts} rollouts=${rollouts.entries} more=${rollouts.more} act=${act} canAct=${mayAct} failed=${missing('rollouts')} />
    <${Problems} problems=${problems} failed=${missing('problems')} />
    <${Workloads} workloads=${workloads} images=${images.entries} failed=${missing('workloads')} />
    <${Images} images=${images} unreadable=${unreadable} workloads=${workloads} failed=${missing('images') ?? missing('unreadable')} />
    <${Image} images=${images.entries} />
    <${Alerts} alerts=${alerts.entries} more=${alerts.more} failed=${missing('alerts')} />
    <${Timeline} events=${timeline} now=${overview?.now} failed=${missing('timeline')} />
    <${Advisories} manifest=${overview?.advisories} feeds=${overview?.feeds} />
  `;
}

const Welcome = () =>
  html`<div class="card"><h2>Nothing is here yet</h2>
    <p>Push an image, make a service of it, push a fixed one under the same tag, and approve the plan that appears here:</p>
    <p><${Command}>npx drydock push ./layout app:1.0<//></p>
    <p><${Command}>npx drydock local run app:1.0 --as checkout<//></p>
    <p class="quiet">For a small fleet to look at, start with an empty data folder and without <code>--no-demo</code>.</p></div>`;

const place = document.getElementById('app');
place.replaceChildren();
render(html`<${Page} />`, place);
