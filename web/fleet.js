import { Link, useView } from './address.js';
import { Folded, Older } from './more.js';
import { html } from './preact.js';
import { Badge, Command, Counts, Coverage, Digest, many, Reach, Section, service, shortName, Table } from './words.js';

/** Every digest under which a running image may be reported (its own and those of indexes that list it), and the image. */
export const imagesByDigest = (images) =>
  new Map(images.flatMap((image) => [image.digest, ...(image.indexes ?? [])].map((digest) => [digest, image])));

/** The names of an image as people say them; a tag that moved on is not a name any more. */
export const imageName = (image) => {
  const named = image.names.flatMap((place) => place.tags.map((tag) => `${place.repository}:${tag}`));
  return named.length > 0 ? named.join(', ') : `${image.names[0]?.repository ?? 'unnamed'} (no tag any more)`;
};

/** Workloads and what they really run, by observed digest. */
export function Workloads({ workloads, images, failed }) {
  const known = imagesByDigest(images);
  const columns = [
    [
      'Service',
      (
        each,
      ) => html`<b>${service(each.id)}</b> <${Reach} exposed=${each.exposed} />${each.containers.map((container) => html`<div class="quiet">${shortName(container.image)}</div>`)}
      ${each.exposedAgain ? html`<${Link} class="badge bad" to=${each.exposedAgain.rollout}>▲ again exposed since ${each.exposedAgain.since.slice(0, 16).replace('T', ' ')}<//>` : ''}`,
    ],
    ['Runs now', (each) => html`<${Running} workload=${each} known=${known} />`],
    ['Tasks', (each) => `${each.running} of ${each.desired}`],
    ['Deployment', (each) => html`<span title=${each.deployment.reason}>${each.deployment.state}</span>`],
    ['Repair mode', (each) => each.tags['drydock:repair'] ?? html`<span class="quiet">as the policy says</span>`],
    ['Open problems', (each) => html`<${OpenProblems} workload=${each} />`],
  ];
  return html`<${Section} id="workloads" title="Workloads" failed=${failed} note=${`${many(workloads.length, 'service')} and what they really run`}>
    ${
      workloads.length === 0
        ? html`<div class="card"><p class="quiet">Nothing runs that Drydock can see. Make a service of an image that you pushed:</p><${Command}>npx drydock local run app:1.0 --as checkout<//></div>`
        : html`<${Table} label="Workloads" columns=${columns} rows=${workloads} keyOf=${(each) => each.id} />`
    }
  <//>`;
}

/** What runs, by its name where the images that were read hold it. */
function Running({ workload, known }) {
  if (workload.runs.length === 0) return html`<span class="quiet">nothing</span>`;
  return workload.runs.map(({ digest, images: [first], state }) => {
    const image = known.get(digest);
    return html`<div><${Digest} digest=${digest} /> ${
      state === undefined
        ? html`<${Badge} kind="warn">? not read yet<//>`
        : html`<${Link} show=${{ image: image?.digest ?? first }} to="image">${image === undefined ? 'what it holds' : imageName(image)}<//> ${state === 'scanned' ? '' : html`<${Badge} kind="warn">${state}<//>`}`
    }</div>`;
  });
}

function OpenProblems({ workload }) {
  const { open, exploited } = workload.problems;
  const judged = workload.runs.every(({ state }) => state === 'scanned');
  if (open > 0)
    return html`<${Link} show=${{ service: workload.id }} to="problems">${judged ? '' : 'at least '}${open}${exploited > 0 ? `, ${exploited} exploited` : ''}<//>`;
  if (workload.runs.length === 0) return html`<span class="quiet">nothing runs</span>`;
  return judged ? html`<span class="quiet">none known</span>` : html`<span class="unsure">not known to be none</span>`;
}

const mostNamed = 20;
const mostCards = 20;

/** The first services of some, and how many more there are. */
const Services = ({ ids }) =>
  html`${ids.slice(0, mostNamed).map((id) => html`<div>${service(id)}</div>`)}${ids.length > mostNamed ? html`<div class="quiet">and ${many(ids.length - mostNamed, 'more service')}</div>` : ''}`;

/** Some cards as they are, many folded away. */
const unfolded = (count, summary, draw) =>
  count > mostCards ? html`<${Folded} summary=${summary}>${draw}<//>` : draw();

/** Images with their coverage beside every count: zero and unknown never look alike. Those that run come first. */
export function Images({
  images: { entries: images, more },
  unreadable: { entries: unreadable, more: moreUnreadable },
  workloads,
  failed,
}) {
  const view = useView();
  const users = new Map();
  const strangers = new Map();
  for (const workload of workloads)
    for (const { digest, images: own, state } of workload.runs)
      for (const key of own.length === 0 ? [digest] : own) {
        const map = state === undefined ? strangers : users;
        map.set(key, (map.get(key) ?? new Set()).add(workload.id));
      }
  const running = images.filter((image) => users.has(image.digest));
  const others = images.filter((image) => !users.has(image.digest));
  const shown = (view.images === 'running' ? running : [...running, ...others]).filter(
    (image) => view.images !== 'partly' || image.coverage.state !== 'scanned',
  );
  const columns = [
    [
      'Image',
      (image) =>
        html`<${Link} show=${{ image: image.digest }} to="image"><b>${imageName(image)}</b><//> <div><${Digest} digest=${image.digest} /></div>`,
    ],
    [
      'Runs in',
      (image) =>
        users.has(image.digest)
          ? html`<${Services} ids=${[...users.get(image.digest)]} />`
          : html`<span class="quiet">no service</span>`,
    ],
    [
      'Contains',
      (image) =>
        html`${image.distribution?.prettyName ?? image.distribution?.id ?? html`<span class="quiet">no distribution recognised</span>`}<div class="quiet">${many(image.packages, 'package')}</div>`,
    ],
    ['Findings', (image) => html`<${Counts} counts=${image.counts} coverage=${image.coverage} />`],
    ['Coverage', (image) => html`<${Coverage} coverage=${image.coverage} />`],
  ];
  const note = [
    more ? `the newest ${images.length}` : `${images.length} read`,
    `${running.length} of them run`,
    ...(strangers.size > 0 ? [`${strangers.size} running not read yet`] : []),
    ...(unreadable.length > 0 ? [`${unreadable.length}${moreUnreadable ? ' or more' : ''} could not be read`] : []),
    ...(shown.length < images.length ? [`${images.length - shown.length} hidden by the filter`] : []),
  ].join(', ');
  return html`<${Section} id="images" title="Images" failed=${failed} note=${note}>
    <p class="filters" role="group" aria-label="Filter images">${[
      ['', 'all'],
      ['running', 'those that run'],
      ['partly', 'not fully judged'],
    ].map(
      ([value, label]) =>
        html`<${Link} class="pick" show=${{ images: value }} to="images"><span class=${(view.images ?? '') === value ? 'chosen' : ''}>${label}</span><//> `,
    )}</p>
    ${unfolded(strangers.size, `${many(strangers.size, 'image')} that run and are not read yet: what they hold is unknown, not clean`, () => [...strangers].map(([digest, ids]) => html`<div class="card"><${Badge} kind="warn">? not read yet<//> <${Digest} digest=${digest} /> runs in <${Services} ids=${[...ids]} /> what it holds is unknown, not clean.</div>`))}
    ${
      images.length === 0
        ? html`<div class="card"><p class="quiet">No image was read yet. Push one:</p><${Command}>npx drydock push ./layout app:1.0<//></div>`
        : shown.length === 0
          ? html`<p class="card quiet">The filter hides all ${images.length}.</p>`
          : html`<${Table} label="Images, those that run first" columns=${columns} rows=${shown} keyOf=${(image) => image.digest} />`
    }
    <${Older} part="images" more=${more} count=${images.length} />
    ${unfolded(unreadable.length, `${many(unreadable.length, 'image')} that could not be read`, () => unreadable.map((each) => html`<p class="card"><${Badge} kind="warn">✕ ${each.code}<//> ${each.repository}${each.tag ? `:${each.tag}` : ''} ${each.digest ? html`<${Digest} digest=${each.digest} />` : ''} <span class="quiet">${each.text}</span></p>`))}
    <${Older} part="unreadable" more=${moreUnreadable} count=${unreadable.length} />
  <//>`;
}

const feedColumns = [
  ['Feed', ([name]) => html`<b>${name}</b>`],
  [
    'Last good answer',
    ([, feed]) => feed.okAt?.slice(0, 16).replace('T', ' ') ?? html`<span class="unsure">never</span>`,
  ],
  ['Last change', ([, feed]) => feed.changedAt?.slice(0, 16).replace('T', ' ') ?? ''],
  [
    'Trouble',
    ([, feed]) =>
      feed.failing
        ? html`<span class="unsure">since ${feed.failing.since.slice(0, 16).replace('T', ' ')}: ${feed.failing.text}</span>`
        : '',
  ],
  ['Source', ([, feed]) => html`<span class="mono">${feed.source}</span>`],
];

/** Which advisories everything is judged by, and how old they are. */
export function Advisories({ manifest, feeds = {} }) {
  const shards = Object.entries(manifest?.shards ?? {});
  const columns = [
    ['Ecosystem', ([name]) => html`<b>${name}</b>`],
    ['Records', ([, shard]) => shard.records],
    ['Data as of', ([, shard]) => shard.asOf?.slice(0, 10) ?? html`<span class="unsure">unknown</span>`],
    ['Source', ([, shard]) => html`<span class="mono">${shard.source}</span>`],
  ];
  return html`<${Section} id="advisories" title="Advisories" note=${shards.length === 0 ? 'none: nothing can be judged' : `generation ${manifest.generation}, ${many(shards.length, 'shard')}`}>
    ${
      shards.length === 0
        ? html`<p class="card notice">No advisories are here, so no image can be judged, and nothing is known to be clean.</p>`
        : html`<details><summary>What everything is judged by; an ecosystem that is not in here makes coverage partial</summary><${Table} label="Advisory shards" columns=${columns} rows=${shards} keyOf=${([name]) => name} /></details>`
    }
    ${Object.keys(feeds).length === 0 ? '' : html`<details open=${Object.values(feeds).some((feed) => feed.failing)}><summary>When each feed last answered</summary><${Table} label="Feeds" columns=${feedColumns} rows=${Object.entries(feeds)} keyOf=${([name]) => name} /></details>`}
  <//>`;
}
