import * as z from 'zod';

// What commands read of the api's answers. Objects are loose: a newer stack may say more.

const level = z.enum(['critical', 'high', 'medium', 'low', 'negligible', 'unknown']);
const severity = z.looseObject({ level, score: z.number().optional(), source: z.string() });
const key = z.looseObject({ finding: z.string(), shard: z.string(), name: z.string() });
const coverage = z.looseObject({
  state: z.enum(['scanned', 'partial', 'unsupported']),
  reasons: z.array(z.looseObject({ code: z.string(), text: z.string() })),
});

export const shards = z.looseObject({
  generation: z.number().optional(),
  builtAt: z.string(),
  shards: z.record(z.string(), z.looseObject({ records: z.number(), asOf: z.string(), source: z.string() })),
  kev: z.looseObject({ entries: z.number(), asOf: z.string() }).optional(),
});

const feed = z.object({
  source: z.string(),
  okAt: z.string().exactOptional(),
  changedAt: z.string().exactOptional(),
  failing: z
    .object({
      since: z.string(),
      reason: z.enum(['empty', 'broken', 'smaller', 'older', 'unavailable']),
      text: z.string(),
    })
    .exactOptional(),
});

export const overview = z.looseObject({
  now: z.string(),
  advisories: shards,
  /** how fresh each feed is, by ecosystem or catalogue */
  feeds: z.record(z.string(), feed).default({}),
  fleet: z.looseObject({
    workloads: z.number(),
    runningImages: z.number(),
    read: z.number(),
    partial: z.number(),
    unsupported: z.number(),
    unsupportedFor: z.array(z.string()).default([]),
    unreadable: z.number().default(0),
    /** an estimate from the measured pace, or why there is none */
    secondsLeft: z.number().optional(),
    leftUnknown: z.string().optional(),
  }),
  /** what was missed is asked for, and what nobody needs is forgotten; absent in answers of older stacks */
  sweep: z
    .looseObject({
      last: z
        .looseObject({
          at: z.string(),
          wanted: z.number(),
          postponed: z.number(),
          forgettable: z.number(),
          forgotten: z.number(),
          forgets: z.boolean(),
          /** rows of what was over for longer than policy keeps history */
          history: z.number(),
        })
        .optional(),
      underWay: z.looseObject({ began: z.string(), stage: z.string() }).optional(),
    })
    .default({}),
  problems: z.looseObject({
    open: z.number(),
    exploited: z.number(),
    critical: z.number(),
    fixable: z.number(),
    accepted: z.number(),
    resolved: z.number(),
  }),
});
export type Overview = z.infer<typeof overview>;

const exposure = z.looseObject({
  workload: z.string(),
  packages: z.array(z.string()),
  digests: z.array(z.string()).default([]),
  why: z.string(),
  since: z.string(),
  accepted: z.looseObject({ reason: z.string(), until: z.string(), owner: z.string().optional() }).optional(),
  exposed: z.looseObject({ reach: z.string(), why: z.string() }).optional(),
});
export const exposures = z.looseObject({ exposures: z.array(exposure), next: z.string().optional() });
export type ExposureView = z.infer<typeof exposure>;

const problem = z.looseObject({
  key,
  state: z.enum(['open', 'accepted', 'resolved']),
  vulnerability: z.string(),
  aliases: z.array(z.string()),
  records: z.array(z.string()),
  package: z.string(),
  packages: z.array(z.string()),
  severity,
  kev: z.looseObject({ dateAdded: z.string(), ransomware: z.boolean() }).optional(),
  malicious: z.boolean(),
  epss: z.looseObject({ score: z.number(), percentile: z.number() }).optional(),
  /** absent in answers of older stacks */
  risk: z
    .looseObject({
      score: z.number(),
      factors: z.array(z.looseObject({ name: z.string(), points: z.number(), text: z.string() })),
    })
    .optional(),
  fixedIn: z.string().optional(),
  summary: z.string().optional(),
  why: z.string(),
  workloads: z.array(z.string()),
  acceptedBy: z.array(z.string()),
  /** the widest way to any of them */
  exposed: z.looseObject({ reach: z.string(), why: z.string() }).optional(),
  firstSeen: z.string(),
  history: z.array(z.looseObject({ at: z.string(), transition: z.string(), text: z.string() })),
  /** how many workloads there are in all, of which a list names the first */
  total: z.looseObject({ workloads: z.number(), acceptedBy: z.number() }),
  exposures: z.array(exposure).default([]),
});
export const problems = z.looseObject({ problems: z.array(problem), next: z.string().optional() });
export type ProblemView = z.infer<typeof problem>;

/** What the stack knows of an id beside findings. */
export const knownOf = z.looseObject({
  cve: z
    .looseObject({
      cve: z.string(),
      state: z.enum(['PUBLISHED', 'REJECTED']),
      disputed: z.boolean(),
      cna: z.string(),
      ratings: z.array(z.looseObject({ by: z.string(), container: z.enum(['cna', 'cisa-adp']), value: z.string() })),
      reason: z.string().exactOptional(),
      updated: z.string(),
    })
    .exactOptional(),
  withdrawn: z.array(
    z.looseObject({
      id: z.string(),
      aliases: z.array(z.string()),
      source: z.string(),
      at: z.string(),
      how: z.enum(['withdrawn', 'gone']),
      shards: z.array(z.string()),
    }),
  ),
});

export const plan = z.looseObject({
  id: z.string(),
  state: z.string(),
  title: z.string(),
  verdict: z.string(),
  approvable: z.boolean(),
  reasons: z.array(z.string()),
  changes: z.array(
    z.looseObject({
      workload: z.string(),
      container: z.string(),
      from: z.string(),
      to: z.string(),
      tag: z.string().optional(),
      how: z.string(),
      wave: z.number(),
      verdict: z.string(),
    }),
  ),
  closes: z.array(z.string()),
  remaining: z.array(z.string()),
  rejected: z.array(z.looseObject({ digest: z.string(), tag: z.string().optional(), why: z.string() })),
  unhelped: z.array(z.looseObject({ workload: z.string() })).default([]),
  madeAt: z.string(),
  /** how many there are in all of what a list has the first of */
  total: z.looseObject({
    workloads: z.number(),
    changes: z.number(),
    closes: z.number(),
    remaining: z.number(),
    rejected: z.number(),
    unhelped: z.number(),
  }),
  next: z.string().optional(),
});
export const plans = z.looseObject({ plans: z.array(plan), next: z.string().optional() });
export type PlanView = z.infer<typeof plan>;

const row = z.looseObject({
  workload: z.string(),
  wave: z.number(),
  state: z.string(),
  reason: z.string().optional(),
  history: z.array(z.looseObject({ at: z.string(), from: z.string(), to: z.string(), why: z.string() })),
  proof: z.looseObject({ digests: z.array(z.string()), text: z.string(), record: z.unknown() }).optional(),
});
export const rollout = z.looseObject({
  id: z.string(),
  title: z.string(),
  state: z.string(),
  ended: z.boolean(),
  startedBy: z.string(),
  startedAt: z.string(),
  rows: z.array(row),
  /** how many rows there are in all, of which a list has the first */
  total: z.looseObject({ rows: z.number() }),
  next: z.string().optional(),
});
export const rollouts = z.looseObject({ rollouts: z.array(rollout), next: z.string().optional() });
export type RolloutView = z.infer<typeof rollout>;

export const approval = z.looseObject({
  dryRun: z.boolean().optional(),
  approved: z.string().optional(),
  rollout: z.string().optional(),
  would: z
    .array(
      z.looseObject({
        workload: z.string(),
        wave: z.number(),
        how: z.string(),
        containers: z.array(z.looseObject({ container: z.string(), reference: z.string(), to: z.string() })),
      }),
    )
    .optional(),
  left: z.array(z.unknown()).optional(),
  total: z.looseObject({ would: z.number(), left: z.number() }),
});

const workload = z.looseObject({
  id: z.string(),
  cluster: z.string(),
  name: z.string(),
  tags: z.record(z.string(), z.string()),
  containers: z.array(z.looseObject({ name: z.string(), image: z.string(), digest: z.string().optional() })),
  runningDigests: z.array(z.string()),
  mode: z.enum(['observe', 'ask', 'auto']).optional(),
});
export const workloads = z.looseObject({ workloads: z.array(workload), next: z.string().optional() });
export type WorkloadView = z.infer<typeof workload>;

const finding = z.looseObject({
  vulnerability: z.string(),
  aliases: z.array(z.string()),
  records: z.array(z.looseObject({ id: z.string(), source: z.string(), fixedIn: z.string().optional() })),
  id: z.string().optional(),
  key: z.record(z.string(), z.unknown()).optional(),
  package: z.looseObject({ name: z.string(), version: z.string(), matchedName: z.string(), ecosystem: z.string() }),
  severity,
  status: z.string(),
  fixedIn: z.string().optional(),
  malicious: z.boolean(),
  why: z.string(),
  hidden: z.string().optional(),
  vex: z.looseObject({ status: z.string(), by: z.string(), text: z.string().optional() }).optional(),
});
const name = z.looseObject({ registry: z.string(), repository: z.string(), tags: z.array(z.string()) });
export const image = z.looseObject({
  digest: z.string(),
  coverage,
  names: z.array(name).default([]),
  findings: z.array(finding),
  packageList: z.array(z.looseObject({ key: z.record(z.string(), z.unknown()), path: z.string() })).default([]),
});
export type ImageView = z.infer<typeof image>;
export type FindingView = z.infer<typeof finding>;

export const images = z.looseObject({
  images: z.array(z.looseObject({ digest: z.string(), names: z.array(name), coverage })),
  next: z.string().optional(),
});
export type ListedImage = z.infer<typeof images>['images'][number];

export const timeline = z.array(
  z.looseObject({ time: z.string(), type: z.string(), detail: z.record(z.string(), z.unknown()) }),
);
export type TimelineEvent = z.infer<typeof timeline>[number];

const keptVex = z.looseObject({
  id: z.string(),
  author: z.string().optional(),
  at: z.string().optional(),
  statements: z.number(),
  skipped: z.array(z.string()),
  form: z.string().optional(),
  by: z.string().optional(),
  importedAt: z.string().optional(),
  removed: z.looseObject({ by: z.string(), at: z.string() }).optional(),
});
export const vexAnswer = keptVex;
export const vexDocuments = z.looseObject({ documents: z.array(keptVex), next: z.string().optional() });
export type VexView = z.infer<typeof keptVex>;

export const policyState = z.looseObject({
  text: z.string(),
  rev: z.number(),
  by: z.string().optional(),
  at: z.string().optional(),
});
export const savedPolicy = z.looseObject({
  saved: z.boolean(),
  state: policyState.optional(),
  errors: z
    .array(z.looseObject({ line: z.number(), column: z.number(), path: z.string(), text: z.string() }))
    .optional(),
});
export const anything = z.unknown();
