import { strip } from '#shared/alerts';
import type { BusEvent } from '#shared/events';

/** One line of the story that the terminal tells: what kind of thing happened, and what. */
export interface StoryLine {
  readonly at: string;
  readonly what: string;
  readonly text: string;
}

type Detail = Readonly<Record<string, unknown>>;

const tellers: Readonly<Record<string, (detail: Detail) => readonly (readonly [what: string, text: string])[]>> = {
  'ECR Image Action': (d) =>
    d['action-type'] === 'PUSH'
      ? [
          [
            'pushed',
            `${d['repository-name']}${d['image-tag'] === undefined ? '' : `:${d['image-tag']}`}  ${short(d['image-digest'])}`,
          ],
        ]
      : [['deleted', `${d['repository-name']} ${short(d['image-digest'])}`]],
  ImageScanned: (d) => [
    [
      'read',
      `${nameOf(d)}  ${bytes(d.bytesFetched)} fetched, ${d.layersReused} of ${Number(d.layersReused) + Number(d.layersRead)} layers known, ${d.packages} packages, ${d.milliseconds} ms`,
    ],
    ['found', `${nameOf(d)}  ${countsOf(d.counts as Detail)}${coverageOf(d.coverage as Detail)}`],
  ],
  ImageUnreadable: (d) => [['unread', `${nameOf(d)}  ${d.text}`]],
  AdvisoriesChanged: (d) => [
    [
      'advice',
      `advisories, generation ${d.generation}: ${d.names ?? ((d.changes ?? []) as { names: readonly string[] }[]).reduce((sum, change) => sum + change.names.length, 0)} package names can be judged differently`,
    ],
  ],
  FeedRefused: (d) => [['advice', `${d.shard ?? d.source} was refused: ${d.text ?? d.reason}`]],
  WorkloadsChanged: (d) =>
    (d.workloads as Detail[])
      .filter(
        (each) =>
          [...((each.before as string[] | undefined) ?? [])].sort().join() !==
          [...(each.runningDigests as string[])].sort().join(),
      )
      .map(
        (each) =>
          [
            'runs',
            `${serviceOf(each.id)}  ${(each.runningDigests as string[]).map(short).join(', ') || 'nothing'}`,
          ] as const,
      ),
  ProblemChanged: (d) =>
    (d.transitions as { transition: string; text: string }[]).map(
      (entry) =>
        ['problem', `${entry.transition}  ${d.severity} ${d.vulnerability} ${d.package}: ${entry.text}`] as const,
    ),
  AlertSent: (d) => [['alert', `${d.state}  ${d.header}`]],
  PlanMade: (d) => [['plan', `${d.text}`]],
  PlanApproved: (d) => [['approved', `${d.plan} by ${d.by}`]],
  RolloutNews: (d) => [['rollout', `${d.state}  ${d.text}`]],
  RolloutStep: (d) => [
    ['wave', `${serviceOf(d.workload)}  ${d.from} -> ${d.to}${d.reason === undefined ? '' : `: ${d.reason}`}`],
  ],
};

/** The lines that an event adds to the story; none for plumbing. Outside text loses its control characters: it must not move the cursor. */
export function storyOf(event: BusEvent): StoryLine[] {
  const lines = tellers[event['detail-type']]?.(event.detail as Detail) ?? [];
  return lines.map(([what, text]) => ({ at: event.time, what, text: strip(text) }));
}

const colours: Readonly<Record<string, number>> = {
  pushed: 36,
  read: 36,
  found: 33,
  problem: 31,
  alert: 31,
  plan: 35,
  approved: 35,
  wave: 34,
  rollout: 32,
  unread: 31,
};

/** A line for the terminal: time, kind, text; coloured only if asked. */
export function formatLine(line: StoryLine, colour: boolean): string {
  const what = line.what.padEnd(9);
  const painted = colour ? `\u001b[${colours[line.what] ?? 0}m${what}\u001b[0m` : what;
  return `${line.at.slice(11, 19)}  ${painted} ${line.text}`;
}

const short = (digest: unknown): string =>
  typeof digest === 'string' ? digest.replace(/^(sha\d+:)?([0-9a-f]{12}).*$/, '$2') : '';

const nameOf = (d: Detail): string =>
  `${d.repository}${typeof d.tag === 'string' ? `:${d.tag}` : `@${short(d.digest)}`}`;

const serviceOf = (id: unknown): string => String(id).split('/').slice(2).join('/');

function countsOf(counts: Detail): string {
  const levels = ['critical', 'high', 'medium', 'low', 'unknown'].filter((level) => Number(counts[level]) > 0);
  const hidden = Number(counts.hidden) > 0 ? `, ${counts.hidden} hidden as noise` : '';
  if (levels.length === 0) return `no findings${hidden}`;
  return `${levels.map((level) => `${counts[level]} ${level}`).join(', ')} (${counts.fixable} fixable)${hidden}`;
}

function coverageOf(coverage: Detail): string {
  const reasons = coverage.reasons as { text: string }[];
  return coverage.state === 'scanned'
    ? ''
    : `, ${coverage.state}: ${reasons
        .map((reason) => reason.text)
        .slice(0, 3)
        .join('; ')}`;
}

function bytes(value: unknown): string {
  const count = Number(value);
  return count < 10_000
    ? `${count} B`
    : count < 10_000_000
      ? `${Math.round(count / 1_000)} KB`
      : `${Math.round(count / 1_000_000)} MB`;
}
