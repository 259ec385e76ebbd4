import * as z from 'zod';

/** The days that CloudWatch Logs can keep logs for (PutRetentionPolicy API). */
const logDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const list = <T extends z.ZodType>(member: T) =>
  z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((part) => part.trim())
            .filter((part) => part !== '')
        : value,
    z.array(member),
  );
const flag = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean());
const secretArn = z
  .string()
  .regex(/^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$/, 'must be the ARN of a Secrets Manager secret');
const host = z.string().regex(/^[a-z0-9.-]+(:\d+)?$/, 'must be a host name such as ghcr.io');

/** `arn:…` as it is, or a name pattern such as `team/*`. */
const repository = z
  .string()
  .regex(
    /^(arn:[a-z-]+:ecr:[a-z0-9*-]+:(\d{12}|\*):repository\/\S+|[a-z0-9*][a-z0-9._/*-]*)$/,
    'must be a repository name or pattern such as team/*, or the ARN of a repository',
  );

// a pattern of nothing but stars would let Drydock hand any role of the account to a task
const passRole = z
  .string()
  .regex(
    /^(arn:[a-z-]+:iam::(\d{12}|\*):role\/)?[A-Za-z0-9+=,.@_/*-]+$/,
    'must be the name, pattern or ARN of a role, such as "checkout-*"',
  )
  .refine(
    (pattern) => /[A-Za-z0-9]/.test(pattern.replace(/^arn:.*?:role\//, '')),
    'must name at least a part of a role',
  );

const schema = z.strictObject({
  /** the second stack: what may change services that are tagged drydock:repair = ask or auto */
  repair: flag.default(false),
  /** role patterns that a new revision may name: the task and execution roles of the services to repair */
  passRoles: list(passRole).default([]),
  /** what may be read; every repository of this account by default */
  repositories: list(repository).default(['*']),
  /** clusters to look at; all when absent */
  clusters: list(z.string().min(1).max(255)).optional(),
  /** subscribed to the alerts topic; each address has to confirm */
  emails: list(z.email()).default([]),
  slackChannel: z.string().min(1).max(100).optional(),
  /** a bot token with chat:write */
  slackTokenSecret: secretArn.optional(),
  /** the URL of an incoming webhook of Slack */
  slackWebhookSecret: secretArn.optional(),
  /** the URL that alerts are posted to as JSON */
  webhookSecret: secretArn.optional(),
  /** registries other than ECR that need a login: a secret with {"username", "password"} each */
  registries: z.array(z.strictObject({ host, secret: secretArn })).default([]),
  /** where advisories come from: OSV's bulk layout */
  advisories: z.url({ protocol: /^https$/ }).default('https://storage.googleapis.com/osv-vulnerabilities/'),
  /**
   * publications beside OSV's: "home" reads each at its publisher's, "none" leaves them out, an address is a mirror that has each in a folder with its
   * id (debian-tracker/…)
   */
  feeds: z.union([z.literal(['home', 'none']), z.url({ protocol: /^https$/ })]).default('home'),
  /** the catalogue of known exploited vulnerabilities; "none" leaves it out */
  kev: z
    .union([z.literal('none'), z.url({ protocol: /^https$/ })])
    .default('https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json'),
  /** FIRST's scores of how likely exploits are; "none" leaves them out */
  epss: z
    .union([z.literal('none'), z.url({ protocol: /^https$/ })])
    .default('https://epss.empiricalsecurity.com/epss_scores-current.csv.gz'),
  /**
   * the CVE List: severities that nobody else gives, and what was rejected; the newest releases as GitHub lists them, one archive, or the table that
   * drydock db export writes; "none" leaves it out
   */
  cveList: z
    .union([z.literal('none'), z.url({ protocol: /^https$/ })])
    .default('https://api.github.com/repos/CVEProject/cvelistV5/releases?per_page=50'),
  /** endoflife.date, when the updates of releases end; "none" leaves it to the bundled table */
  endOfLife: z
    .union([z.literal('none'), z.url({ protocol: /^https$/ })])
    .default('https://endoflife.date/api/v1/products/full'),
  logDays: z.coerce
    .number()
    .refine((days) => logDays.includes(days), `must be one of ${logDays.join(', ')}`)
    .default(30),
  scanMemory: z.coerce.number().int().min(512).max(10_240).default(2048),
  scanConcurrency: z.coerce.number().int().min(2).max(1000).default(10),
  backlogConcurrency: z.coerce.number().int().min(2).max(1000).default(2),
});

/** What a deployment is configured by: the context `drydock` of cdk.json or cdk.context.json, and `-c drydock:<name>=<value>` over it. */
export type Config = z.output<typeof schema>;

/** The names that `-c drydock:<name>=…` knows. */
export const configNames = Object.keys(schema.shape) as readonly (keyof Config)[];

/** The context is not a configuration. `problems` has a line for each member that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'bad-config';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration of the deployment cannot be used:\n${problems.map((line) => `  ${line}`).join('\n')}\nIt is the context "drydock" in cdk.json or cdk.context.json, or -c drydock:<name>=<value>.`,
    );
    this.problems = problems;
  }
}

/** Reads the configuration from the context, once. Throws ConfigError with one line for each member that is wrong. */
export function readConfig(context: (name: string) => unknown): Config {
  const whole = context('drydock') ?? {};
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole))
    throw new ConfigError(['drydock: must be an object of members and values']);
  const single = configNames.flatMap((name) => {
    const value = context(`drydock:${name}`);
    return value === undefined ? [] : [[name, value] as const];
  });
  const parsed = schema.safeParse({ ...whole, ...Object.fromEntries(single) });
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map(
        (issue) =>
          `${['drydock', ...issue.path].join('.')}: ${issue.message}${issue.code === 'unrecognized_keys' ? `; known are ${configNames.join(', ')}` : ''}`,
      ),
    );
  const config = parsed.data;
  const problems = [
    ...(config.repair && config.passRoles.length === 0
      ? ['drydock.passRoles: repair needs the roles that its copies of task definitions may name, such as "checkout-*"']
      : []),
    ...(!config.repair && config.passRoles.length > 0
      ? ['drydock.passRoles: means nothing without drydock.repair']
      : []),
    ...((config.slackChannel === undefined) !== (config.slackTokenSecret === undefined)
      ? ['drydock.slackChannel, drydock.slackTokenSecret: a Slack bot needs both']
      : []),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}
