import { Link } from './address.js';
import { html } from './preact.js';
import { many } from './words.js';

/** The few numbers that matter now; each leads to what it counts, and says when it cannot be sure. */
export function Now({ overview }) {
  const { problems, fleet, advisories, plans, rollouts } = overview;
  const { waiting } = plans;
  const { active, undone } = rollouts;
  const shards = Object.entries(advisories.shards);
  const unsure = fleet.runningImages - fleet.read + fleet.partial + fleet.unsupported;
  const left = fleet.secondsLeft === undefined ? '' : `, ${leftOf(fleet.secondsLeft)} left`;
  const blind = shards.length === 0 || fleet.runningImages === 0;
  return html`<section class="strip" aria-label="Now">
    <${Tile} value=${waiting} label=${waiting === 1 ? 'plan waits for approval' : 'plans wait for approval'} to="plans" loud=${waiting > 0}>
      ${active > 0 ? html`<${Link} to="rollouts">${many(active, 'rollout')} active<//>` : 'no rollout active'}
      ${undone > 0 ? html`, <${Link} to="rollouts" class="alarm">${undone} undone since<//>` : ''}
    <//>
    <${Tile} value=${blind && problems.open === 0 ? '–' : problems.open} label=${problems.open === 1 ? 'open problem' : 'open problems'} to="problems">
      ${
        blind && problems.open === 0
          ? fleet.runningImages === 0
            ? 'nothing runs yet'
            : 'nothing can be judged yet'
          : html`<${Link} show=${{ exploited: '1' }} to="problems">${problems.exploited} exploited<//>, <${Link} show=${{ level: 'critical' }} to="problems">${problems.critical} critical<//>${unsure > 0 ? html`, <${Link} show=${{ images: 'partly' }} to="images" class="alarm">maybe more<//>` : ''}`
      }
    <//>
    <${Tile} value=${blind && problems.open === 0 ? '–' : problems.fixable} label="of them have a fix" to="problems" show=${{ fixable: '1' }}>
      <${Link} show=${{ state: 'resolved' }} to="problems">${problems.resolved} resolved<//>, <${Link} show=${{ state: 'accepted' }} to="problems">${problems.accepted} accepted<//>
    <//>
    <${Tile} value=${fleet.runningImages === 0 ? '–' : `${fleet.read} of ${fleet.runningImages}`} label="running images read" to="images" show=${{ images: 'running' }}>
      ${unsure === 0 ? html`in <${Link} to="workloads">${many(fleet.workloads, 'service')}<//>` : html`<${Link} show=${{ images: 'partly' }} to="images" class="alarm">${fleet.partial} partly, ${fleet.unsupported} unsupported<//>${left}, in <${Link} to="workloads">${many(fleet.workloads, 'service')}<//>`}
    <//>
    <${Tile} value=${shards.length === 0 ? '?' : newestOf(shards)} label=${shards.length === 0 ? 'no advisories: nothing can be judged' : 'newest advisory data'} to="advisories">
      ${shards.length === 0 ? '' : `${many(shards.length, 'shard')}, generation ${advisories.generation}`}
    <//>
  </section>`;
}

const leftOf = (seconds) =>
  seconds < 5400 ? `${Math.max(1, Math.round(seconds / 60))} min` : `${Math.round(seconds / 3600)} h`;

const newestOf = (shards) =>
  shards
    .map(([, shard]) => shard.asOf?.slice(0, 10) ?? '')
    .sort()
    .at(-1) || 'unknown';

const Tile = ({ value, label, to, show, loud, children }) =>
  html`<div class=${`tile ${loud ? 'loud' : ''}`}><${Link} class="number" to=${to} show=${show}><b>${value}</b> ${label}<//><span class="quiet">${children}</span></div>`;
