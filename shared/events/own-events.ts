import * as z from 'zod';

// What our own functions say to each other on the bus `drydock`. Objects are loose: a newer sender may say more than an older reader knows.

const text = z.string().max(10_000);
const name = z.string().min(1).max(2_048);
const count = z.number().int().nonnegative();
/** `sha256:…` or `sha512:…` */
const digest = z
  .string()
  .regex(/^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/, 'must be a digest such as sha256:<64 hex>');
const problemKey = z.object({ finding: name, shard: name, name });
const repairState = z.enum(['PLANNED', 'ROLLING', 'VERIFIED', 'ROLLED_BACK']);
const place = { registry: name, repository: name, tag: name.optional() };

/** Someone needs an image read: map-workloads for what runs unread, the sweep for what was missed. `again`: read it though it is known. */
export const imageWanted = z
  .looseObject({
    ...place,
    digest: digest.optional(),
    again: z.boolean().optional(),
    why: text.optional(),
    /** when its registry says that it was pushed */
    pushedAt: z.string().max(64).optional(),
    lane: z.enum(['interactive', 'backlog']).default('interactive'),
  })
  .refine((wanted) => wanted.tag !== undefined || wanted.digest !== undefined, 'needs a tag or a digest');

/** An image was read and judged. `root` is what the reference resolved to, often an index. */
export const imageScanned = z.looseObject({
  ...place,
  digest,
  root: digest.optional(),
  platform: z.string().max(256).optional(),
  coverage: z.looseObject({
    state: z.enum(['scanned', 'partial', 'unsupported']),
    reasons: z.array(z.looseObject({ code: name, text })).default([]),
  }),
  counts: z.record(z.string(), count),
  packages: count.optional(),
  bytesFetched: count.optional(),
  layersRead: count.optional(),
  layersReused: count.optional(),
  milliseconds: z.number().nonnegative().optional(),
});

/** A reference can never be read: no image, unsupported, bytes that are not the promised ones. */
export const imageUnreadable = z.looseObject({ ...place, digest: digest.optional(), code: name, text });

/**
 * These package names can be judged differently from this generation on, compared with the generation `since`. `list` is the blob that holds the
 * names; a list that outgrows an event travels as that alone.
 */
export const advisoriesChanged = z
  .looseObject({
    generation: count,
    since: count.optional(),
    changes: z.array(z.object({ shard: name, names: z.array(name) })).optional(),
    list: name.optional(),
    /** how many names these are */
    names: count.optional(),
  })
  .refine(
    (told) => told.changes !== undefined || told.list !== undefined,
    'needs the changes, or the blob that lists them',
  );

/** The catalogue of known exploited vulnerabilities is another since this generation, or a likelihood crossed policy's threshold. */
export const exploitedChanged = z.looseObject({ generation: count });

/** A source of advisories was refused; the last good shards stay. */
export const feedRefused = z.looseObject({
  shard: name.optional(),
  source: name.optional(),
  reason: text.optional(),
  text: text.optional(),
});

/** An image needs ecosystems that no advisories are kept for yet, `Debian`, `npm`; refresh-advisories takes them if it may. */
export const advisoriesWanted = z.looseObject({ ecosystems: z.array(name).max(100) });

/** A sweep is over; the first one after a deployment ends in the baseline report. */
export const sweepDone = z.looseObject({ listed: count, wanted: count, postponed: count, bytes: count, at: name });

/** A sweep has more to do than one turn of its function has time for; the next one goes on from its own notes. */
export const sweepUnfinished = z.looseObject({ began: name, stage: name, turns: count });

/** The first, silent look at a fleet is over: one report instead of an alert for everything that was there before. */
export const baselineDone = z.looseObject({
  workloads: count,
  images: count,
  problems: count,
  exploited: count,
  fixable: count,
  bySeverity: z.record(z.string(), count),
  worst: z.array(text).max(10),
  at: name,
});

/** These running workloads have packages whose judgement changed. `part`: they are a part of what one change touches, which is told as a whole. */
export const workloadsTouched = z.looseObject({
  workloads: z.array(name).max(5_000),
  part: z.object({ touch: z.string().min(1).max(64), part: z.string().min(1).max(64) }).optional(),
});

/** What workloads run is no longer what it was. */
export const workloadsChanged = z.looseObject({
  workloads: z.array(z.looseObject({ id: name, runningDigests: z.array(digest), before: z.array(digest).optional() })),
});

/** What happened to a problem; readers look up the problem itself by its key. */
export const problemChanged = z.looseObject({
  key: problemKey,
  transitions: z.array(
    z.object({
      transition: z.enum([
        'NEW',
        'REOPENED',
        'SPREAD',
        'ESCALATED',
        'FIX_AVAILABLE',
        'ACCEPTED',
        'ACCEPTANCE_ENDED',
        'RESOLVED',
        'WITHDRAWN',
      ]),
      text,
    }),
  ),
  severity: z.string().max(64).optional(),
  vulnerability: name.optional(),
  package: name.optional(),
  workloads: z.array(name).optional(),
});

/** A plan lies ready; `approvable` in mode ask. */
export const planMade = z.looseObject({
  plan: name,
  problems: z.array(problemKey),
  text,
  approvable: z.boolean(),
  mode: z.enum(['observe', 'ask', 'auto']).optional(),
});

/** Someone, or the policy in mode auto, lets a plan be carried out. */
export const planApproved = z.looseObject({
  plan: name,
  by: name,
  /** when it was said, ISO in milliseconds: EventBridge's own time knows seconds only */
  at: z.iso.datetime().optional(),
});

/** How a rollout stands as a whole, for the alerts of the problems that it repairs. */
export const rolloutNews = z.looseObject({ rollout: name, problems: z.array(problemKey), state: repairState, text });

/** One workload's row in a rollout went a step. */
export const rolloutStep = z.looseObject({
  rollout: name,
  workload: name,
  from: name,
  to: name,
  reason: text.optional(),
});

/** A rollout is over, with what it came to. */
export const rolloutEnded = z.looseObject({ rollout: name, plan: name.optional(), state: name, text: text.optional() });

/** An alert was told to a channel. */
export const alertSent = z.looseObject({
  header: text,
  id: name.optional(),
  state: name.optional(),
  channel: name.optional(),
});

/** Every event of our own by its detail-type. */
export const eventDetails = {
  ImageWanted: imageWanted,
  ImageScanned: imageScanned,
  ImageUnreadable: imageUnreadable,
  AdvisoriesChanged: advisoriesChanged,
  AdvisoriesWanted: advisoriesWanted,
  ExploitedChanged: exploitedChanged,
  FeedRefused: feedRefused,
  SweepDone: sweepDone,
  SweepUnfinished: sweepUnfinished,
  BaselineDone: baselineDone,
  WorkloadsTouched: workloadsTouched,
  WorkloadsChanged: workloadsChanged,
  ProblemChanged: problemChanged,
  PlanMade: planMade,
  PlanApproved: planApproved,
  RolloutNews: rolloutNews,
  RolloutStep: rolloutStep,
  RolloutEnded: rolloutEnded,
  AlertSent: alertSent,
} as const;

/** The detail-types of our own events. */
export type OwnEvent = keyof typeof eventDetails;
