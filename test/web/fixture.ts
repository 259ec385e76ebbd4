import type { ApiAnswer, ApiRequest } from '#functions/api';

/** What an image, a package or a person outside may call things: markup, Slack's, a terminal's, and what turns text around. */
export const hostile = {
  html: '<img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script>',
  slack: '<!channel> *bold* <https://evil.example|click>',
  turned: 'gpj.\u202Eexe',
  escape: '\u001b[31mred\u001b[0m',
};

const at = '2026-11-24T10:00:00.000Z';
export const digests = {
  old: `sha256:${'a'.repeat(64)}`,
  fixed: `sha256:${'b'.repeat(64)}`,
  index: `sha256:${'c'.repeat(64)}`,
  unread: `sha256:${'d'.repeat(64)}`,
};
const key = { finding: 'DSA-1', shard: 'Debian:12', name: 'openssl' };
const severity = { level: 'critical', score: 9, source: 'DSA-1' };
const workload = (
  name: string,
  running: readonly string[],
  problems = { open: 0, exploited: 0 },
  known: object = { images: [] },
) => ({
  id: `000000000000/local/demo/${name}`,
  containers: [{ name: 'app', image: `127.0.0.1:5000/${name}:1.0` }],
  runningDigests: running,
  runs: running.map((digest) => ({ digest, ...known })),
  problems,
  desired: 2,
  running: 2,
  deployment: { state: 'completed' },
  tags: {},
});
const problem = (vulnerability: string, more: object) => ({
  key: { ...key, finding: vulnerability },
  state: 'open',
  vulnerability,
  aliases: [],
  records: ['DSA-1'],
  package: 'openssl',
  packages: ['openssl 1.0'],
  severity,
  malicious: false,
  why: '1.0 < 1.1',
  workloads: ['000000000000/local/demo/shop'],
  acceptedBy: [],
  total: { workloads: 1, acceptedBy: 0 },
  exposures: [],
  history: [{ at, transition: 'NEW', text: 'runs in shop' }],
  ...more,
});
const shop = '000000000000/local/demo/shop';
const exploited = problem('CVE-2026-1', {
  repair: { state: 'PLANNED', id: 'plan-1', approvable: true },
  kev: { dateAdded: '2026-01-01' },
  fixedIn: '1.1',
  summary: hostile.html,
});
const image = (digest: string, more: object) => ({
  digest,
  indexes: [],
  rev: 1,
  sets: ['s1'],
  names: [{ registry: '127.0.0.1:5000', repository: 'shop', tags: ['1.0'] }],
  packages: 3,
  platform: 'linux/amd64',
  readAt: at,
  coverage: { state: 'scanned', reasons: [] },
  counts: { critical: 1, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0, fixable: 1 },
  ...more,
});
const noCounts = { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0, fixable: 0 };
const inside = {
  findings: [],
  unjudged: 0,
  layerList: [
    { digest: 'sha256:1', size: 9, createdBy: 'ADD base' },
    { digest: 'sha256:2', size: 9, createdBy: hostile.html },
  ],
  config: {
    entrypoint: ['/docker-entrypoint.sh'],
    command: ['serve', '--name', hostile.html],
    exposedPorts: ['8080/tcp'],
    volumes: [],
    environment: ['PATH'],
    labels: { maintainer: hostile.html },
  },
  executables: { count: 7, privileged: [{ path: `usr/bin/${hostile.html}`, mode: 0o4755, owner: 'deb:passwd' }] },
  secrets: [{ path: `root/${hostile.html}`, what: 'a private key', layer: 'sha256:2', isThere: false }],
  packageList: [
    { key: { ecosystem: 'Debian', name: 'zlib', version: '1.2' }, purl: 'pkg:deb/debian/zlib@1.2', layer: 'sha256:2' },
  ],
};
const zlib = {
  id: 'DSA-2',
  vulnerability: 'CVE-2026-2',
  severity,
  package: { name: 'zlib', version: '1.2' },
  key: { ecosystem: 'Debian', name: 'zlib', version: '1.2' },
  status: 'affected',
  why: '1.2 < 1.3',
  set: 's1',
};
const partial = { state: 'partial', reasons: [{ code: 'no-advisories', text: 'no advisories for debian-12' }] };

const slackOf = (text: string) => ({
  text,
  blocks: [
    { type: 'header', text: { type: 'plain_text', text } },
    { type: 'section', text: { type: 'mrkdwn', text: '*Where:* &lt;!channel&gt; \u2060*\u2060bold\u2060*\u2060' } },
    {
      type: 'actions',
      elements: [{ type: 'button', text: { type: 'plain_text', text: 'Approve' }, style: 'primary' }],
    },
  ],
});

const plan = {
  id: 'plan-1',
  title: `CVE-2026-1 in openssl ${hostile.html}`,
  verdict: 'needs-approval',
  approvable: true,
  problems: [{ ...key, finding: 'CVE-2026-1' }],
  reasons: [hostile.slack],
  changes: [
    {
      workload: '000000000000/local/demo/shop',
      container: 'app',
      from: digests.old,
      to: digests.fixed,
      tag: hostile.turned,
      how: 'a new deployment',
      wave: 1,
    },
  ],
  closes: ['CVE-2026-1 openssl (critical)'],
  remaining: [],
  rejected: [],
  unhelped: [],
  total: { workloads: 2, changes: 2, closes: 1, remaining: 0, rejected: 0, unhelped: 0 },
};
const rollout = (id: string, count: number) => ({
  id,
  title: `CVE-2026-2 in zlib by ${id}`,
  state: 'verified',
  ended: true,
  startedBy: hostile.html,
  startedAt: at,
  rows: [
    {
      workload: shop,
      wave: 1,
      state: 'verified',
      reason: 'somebody went back',
      exposedAgain: { since: at, text: 'somebody went back' },
      history: [],
    },
  ],
  total: { rows: count },
});

const alert = {
  alert: {
    key: { ...key, finding: 'CVE-2026-3' },
    id: 'a1',
    state: 'NEW',
    severity,
    header: hostile.html,
    urgency: { now: true, reason: 'critical' },
  },
  slack: slackOf(hostile.html),
  mail: { subject: '[NEW] <b>', text: hostile.html },
};

const parts: Readonly<Record<string, unknown>> = {
  '/overview': {
    now: at,
    advisories: { generation: 3, shards: { 'Debian:12': { records: 1, asOf: at, source: 'starter' } } },
    feeds: {
      Debian: {
        source: hostile.html,
        okAt: at,
        failing: { since: at, reason: 'unavailable', text: `it answers 503 ${hostile.html}` },
      },
    },
    fleet: { workloads: 2, runningImages: 2, read: 1, partial: 1, unsupported: 0, unread: [digests.unread] },
    problems: { open: 2, exploited: 1, critical: 2, fixable: 1, accepted: 0, resolved: 1 },
    plans: { offered: 2, waiting: 1 },
    rollouts: { active: 0, undone: 1 },
  },
  '/plans': { plans: [plan], next: 'older' },
  '/plans?after=older': { plans: [{ ...plan, id: 'plan-0', total: { ...plan.total, workloads: 1, changes: 1 } }] },
  '/plans/plan-1': { ...plan, next: 'far' },
  '/plans/plan-1?after=far': {
    ...plan,
    changes: plan.changes.map((change) => ({ ...change, workload: '000000000000/local/demo/far' })),
    closes: [],
    reasons: [hostile.html],
  },
  '/rollouts': { rollouts: [rollout('rollout-1', 2)], next: 'older' },
  '/rollouts?after=older': { rollouts: [rollout('rollout-0', 1)] },
  '/rollouts/rollout-1': { ...rollout('rollout-1', 2), next: 'far' },
  '/rollouts/rollout-1?after=far': {
    ...rollout('rollout-1', 2),
    rows: [{ workload: '000000000000/local/demo/far', wave: 2, state: 'failed', reason: hostile.html, history: [] }],
  },
  '/problems': {
    problems: [exploited, problem('CVE-2026-3', { packages: ['before it moved'] })],
    next: 'second',
  },
  // what moved while the pages were read comes twice: the later one is the newer
  '/problems?after=second': {
    problems: [
      problem('CVE-2026-3', {
        packages: [hostile.escape, 'x'.repeat(300)],
        summary: hostile.turned,
        total: { workloads: 3, acceptedBy: 1 },
      }),
      problem('CVE-2026-9', { state: 'resolved', workloads: [], total: { workloads: 0, acceptedBy: 0 } }),
    ],
  },
  [`/problems?workload=${encodeURIComponent(shop)}`]: { problems: [exploited] },
  [`/exposures?${new URLSearchParams({ ...key, finding: 'CVE-2026-3' })}`]: {
    exposures: [
      { workload: shop },
      { workload: '000000000000/local/demo/far', exposed: { reach: 'internet', why: 'x' } },
    ],
    next: 'more',
  },
  [`/exposures?${new URLSearchParams({ ...key, finding: 'CVE-2026-3', after: 'more' })}`]: {
    exposures: [
      { workload: '000000000000/local/demo/near' },
      { workload: `000000000000/local/demo/${hostile.html}`, accepted: { reason: 'known' } },
    ],
  },
  '/workloads': {
    workloads: [
      {
        ...workload('shop', [digests.index], { open: 2, exploited: 1 }, { images: [digests.old], state: 'scanned' }),
        exposedAgain: { since: at, rollout: 'rollout-1' },
      },
    ],
    next: 'quiet',
  },
  '/workloads?after=quiet': { workloads: [workload('quiet', [digests.unread])] },
  '/images': {
    images: [
      image(digests.old, { indexes: [digests.index] }),
      image(digests.fixed, { names: [{ repository: hostile.html, tags: [] }], coverage: partial, counts: noCounts }),
    ],
    next: 'older',
  },
  '/images?after=older': {
    images: [image(digests.unread.replaceAll('d', 'e'), { names: [{ repository: 'older', tags: ['0.9'] }] })],
  },
  '/unreadable': {
    unreadable: [{ code: 'unsupported', repository: hostile.html, text: hostile.escape }],
    next: 'older',
  },
  '/unreadable?after=older': { unreadable: [{ code: 'gone', repository: 'long-gone', text: 'it is not there' }] },
  '/alerts': { alerts: [alert], next: 'older' },
  '/alerts?after=older': { alerts: [{ ...alert, alert: { ...alert.alert, id: 'a0', header: 'an older alert' } }] },
  '/timeline': [
    {
      id: 'e1',
      time: at,
      type: 'ImageScanned',
      detail: { repository: hostile.html, tag: 'x', counts: noCounts, coverage: partial },
    },
    { id: 'e2', time: at, type: 'SomethingNewer', detail: {} },
  ],
  [`/images/${digests.old}`]: { ...image(digests.old, {}), ...inside },
  [`/images/${digests.fixed}`]: { ...image(digests.fixed, {}), ...inside, findings: [zlib] },
};

/** More services than the page draws at once. */
export const manyWorkloads = (count: number): Readonly<Record<string, unknown>> => ({
  '/workloads': { workloads: Array.from({ length: count }, (_, n) => workload(`service-${n}`, [])) },
});

/** An api with one of everything, hostile in its names, that keeps what it was asked to do. */
export function fixtureApi(others: Readonly<Record<string, unknown>> = {}) {
  const acts: { readonly path: string; readonly principal: string | undefined }[] = [];
  const api = async ({ method, path, query, principal }: ApiRequest): Promise<ApiAnswer> => {
    if (method === 'POST') {
      acts.push({ path, principal });
      return principal === undefined ? { status: 401, body: { error: 'needs a token' } } : { status: 200, body: {} };
    }
    const asked = new URLSearchParams(query).toString();
    const body = { ...parts, ...others }[asked === '' ? path : `${path}?${asked}`];
    return body === undefined ? { status: 404, body: { error: `there is no ${path}` } } : { status: 200, body };
  };
  return { api, acts };
}

/** An api where nothing was ever pushed, run or judged. */
export const emptyApi = async ({ path }: ApiRequest): Promise<ApiAnswer> => ({
  status: 200,
  body:
    path === '/overview'
      ? {
          now: at,
          advisories: { generation: 0, shards: {} },
          fleet: { workloads: 0, runningImages: 0, read: 0, partial: 0, unsupported: 0, unread: [] },
          problems: { open: 0, exploited: 0, critical: 0, fixable: 0, accepted: 0, resolved: 0 },
          plans: { offered: 0, waiting: 0 },
          rollouts: { active: 0, undone: 0 },
        }
      : ['/problems', '/workloads', '/images', '/unreadable', '/plans', '/rollouts', '/alerts'].includes(path)
        ? { [path.slice(1)]: [] }
        : [],
});
