// What happened, in the words that the terminal's story uses (local/story.ts); a test holds the two together.

const short = (digest) =>
  typeof digest === 'string' ? digest.replace(/^(sha\d+:)?([0-9a-f]{12})[0-9a-f]*$/, '$2') : '';
const nameOf = (d) => `${d.repository}${typeof d.tag === 'string' ? `:${d.tag}` : `@${short(d.digest)}`}`;
const serviceOf = (id) => String(id).split('/').slice(2).join('/') || String(id);
const listOf = (value) => (Array.isArray(value) ? value : []);

/** The timeline keeps the first twenty of a list, so a full one may have been longer. */
const keptOfList = 20;

/** Told before the event said how many names it is about, it is known by its list only. */
function namesIn({ names, changes: listed }) {
  if (Number.isSafeInteger(names)) return `${names} package names can be judged differently`;
  const changes = listOf(listed);
  const count = changes.reduce((sum, change) => sum + listOf(change.names).length, 0);
  const cut = changes.length >= keptOfList || changes.some((change) => listOf(change.names).length >= keptOfList);
  return `${cut ? `${count} or more` : count} package names can be judged differently`;
}

function bytes(value) {
  const count = Number(value);
  if (count < 10_000) return `${count} B`;
  return count < 10_000_000 ? `${Math.round(count / 1_000)} KB` : `${Math.round(count / 1_000_000)} MB`;
}

function countsOf(counts) {
  const levels = ['critical', 'high', 'medium', 'low', 'unknown'].filter((level) => Number(counts?.[level]) > 0);
  const hidden = Number(counts?.hidden) > 0 ? `, ${counts.hidden} hidden` : '';
  if (levels.length === 0) return `no findings${hidden}`;
  return `${levels.map((level) => `${counts[level]} ${level}`).join(', ')} (${counts.fixable} fixable)${hidden}`;
}

function coverageOf(coverage) {
  if (coverage === undefined || coverage.state === 'scanned') return '';
  const reasons = listOf(coverage.reasons).map((reason) => reason.text);
  return `, ${coverage.state}: ${reasons.slice(0, 3).join('; ')}`;
}

/** What the reading cost, as far as the event says: what it leaves out is left out, not zero. */
function costOf(d) {
  return [
    d.bytesFetched === undefined ? undefined : `${bytes(d.bytesFetched)} fetched`,
    d.layersReused === undefined
      ? undefined
      : `${d.layersReused} of ${d.layersReused + (d.layersRead ?? 0)} layers known`,
    d.packages === undefined ? undefined : `${d.packages} packages`,
    d.milliseconds === undefined ? undefined : `${d.milliseconds} ms`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

const digestsOf = (list) => listOf(list).map(short).join(', ');

const tellers = {
  ImageWanted: (d) => [['wanted', `${nameOf(d)}  ${d.why ?? 'is to be read'}`]],
  ImageScanned: (d) => [
    ['read', `${nameOf(d)}  ${costOf(d)}`],
    ['found', `${nameOf(d)}  ${countsOf(d.counts)}${coverageOf(d.coverage)}`],
  ],
  ImageUnreadable: (d) => [['unread', `${nameOf(d)}  ${d.text}`]],
  AdvisoriesChanged: (d) => [['advice', `advisories, generation ${d.generation}: ${namesIn(d)}`]],
  AdvisoriesWanted: (d) => [['advice', `advisories are wanted for ${listOf(d.ecosystems).join(', ')}`]],
  FeedRefused: (d) => [
    ['advice', `${d.shard ?? d.source ?? 'a feed'} was refused: ${d.text ?? d.reason ?? 'no reason given'}`],
  ],
  SweepDone: (d) => [
    [
      'swept',
      `${d.listed} images listed, ${d.wanted} to be read, ${d.postponed} postponed (${bytes(d.bytes)} in all)${d.forgotten > 0 ? `, ${d.forgotten} forgotten` : ''}`,
    ],
  ],
  SweepUnfinished: (d) => [['swept', `the sweep goes on (${d.stage}, turn ${d.turns})`]],
  ExploitedChanged: (d) => [
    ['advice', `what is known to be exploited, or likely to be, changed, generation ${d.generation}`],
  ],
  BaselineDone: (d) => [
    [
      'report',
      `first look done: ${d.workloads} workloads, ${d.images} images, ${d.problems} problems (${d.exploited} exploited, ${d.fixable} fixable)`,
    ],
  ],
  WorkloadsTouched: (d) => [['advice', `changed advisories touch ${listOf(d.workloads).map(serviceOf).join(', ')}`]],
  WorkloadsChanged: (d) =>
    listOf(d.workloads)
      .filter((each) => [...listOf(each.before)].sort().join() !== [...listOf(each.runningDigests)].sort().join())
      .map((each) => ['runs', `${serviceOf(each.id)}  ${digestsOf(each.runningDigests) || 'nothing'}`]),
  ProblemChanged: (d) =>
    listOf(d.transitions).map((entry) => [
      'problem',
      `${entry.transition}  ${d.severity} ${d.vulnerability} ${d.package}: ${entry.text}`,
    ]),
  AlertSent: (d) => [['alert', `${d.state}  ${d.header}`]],
  PlanMade: (d) => [['plan', `${d.text}`]],
  PlanApproved: (d) => [['approved', `${d.plan} by ${d.by}`]],
  RolloutNews: (d) => [['rollout', `${d.state}  ${d.text}`]],
  RolloutStep: (d) => [
    ['wave', `${serviceOf(d.workload)}  ${d.from} -> ${d.to}${d.reason === undefined ? '' : `: ${d.reason}`}`],
  ],
  RolloutEnded: (d) => [['rollout', `ended  ${d.text ?? d.state}`]],
};

/** The event kinds that have words of their own. */
export const toldKinds = Object.keys(tellers);

/** The lines of an event: pairs of kind and text. A kind that a newer sender brings is named, not hidden. */
export function told({ type, detail }) {
  const teller = Object.hasOwn(tellers, type) ? tellers[type] : undefined;
  return teller === undefined ? [['event', String(type)]] : teller(detail ?? {});
}
