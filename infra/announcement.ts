import { feedTable } from '#shared/advisories';
import { type AllowedActions, reachOf } from './allowed-actions.ts';
import type { Config } from './config.ts';
import type { CostLine, DayOne } from './costs.ts';

/** What is known before a deployment; everything comes from the templates that will be deployed, or was read. */
export interface Announced {
  readonly account?: string;
  readonly region?: string;
  readonly config: Config;
  readonly observe: AllowedActions;
  readonly repair?: AllowedActions;
  /** what the deployment itself changes in what was there before */
  readonly settings: readonly string[];
  readonly idle: readonly CostLine[];
  /** or why it is not known */
  readonly dayOne: DayOne | string;
  /** a repair stack is there already */
  readonly repairThere: boolean;
}

/** What is printed before anything changes (issue of the deployment: what it may read, change, call and cost). Pure. */
export function announcement(known: Announced): string {
  const { config } = known;
  const place = `account ${known.account ?? 'of your credentials'}, region ${known.region ?? 'of your credentials'}`;
  return [
    `Drydock is about to be deployed to ${place}.`,
    '',
    'It may read:',
    ...readsOf(known.observe).map((line) => `  ${line}`),
    '',
    'It may change:',
    ...changesOf(known).map((line) => `  ${line}`),
    '  (its own table, bucket, queues, logs, bus and topic, which this makes)',
    '',
    'It will call, over TLS:',
    ...hostsOf(config).map((line) => `  ${line}`),
    '',
    'It costs when nothing happens, USD a month, list prices of us-east-1:',
    ...known.idle.map((line) => `  ${line.usd.toFixed(2).padStart(6)}  ${line.what}`),
    `  ${sum(known.idle).toFixed(2).padStart(6)}  in all`,
    '',
    'Day one:',
    ...dayOneLines(known.dayOne).map((line) => `  ${line}`),
    ...(known.repairThere && known.repair === undefined
      ? [
          '',
          'A repair stack is deployed. It stays, and nothing will be started there any more: give --repair and --pass-role again to keep it working.',
        ]
      : []),
    '',
  ].join('\n');
}

const sum = (lines: readonly CostLine[]): number => lines.reduce((all, line) => all + line.usd, 0);

/** Reading actions by service, `ecs: DescribeServices, …`; the places that they are limited to, where they are. */
function readsOf(allowed: AllowedActions): string[] {
  const byService = new Map<string, Set<string>>();
  for (const { actions, resources } of Object.values(allowed).flat())
    for (const action of actions.filter((each) => reachOf(each) === 'reads')) {
      const [service = '', name = ''] = action.split(':');
      const limited = resources.every((resource) => resource === '*') ? '' : ` (${resources.map(shortArn).join(', ')})`;
      byService.set(service, (byService.get(service) ?? new Set()).add(`${name}${limited}`));
    }
  return [...byService]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([service, names]) => `${service}: ${[...names].sort().join(', ')}`);
}

const shortArn = (arn: string): string =>
  arn.replace(/<AWS::(Partition|Region|AccountId)>/g, '').replace(/^arn:[^:]*:[^:]*:[^:]*:[^:]*:/, '');

function changesOf(known: Announced): string[] {
  const changing = (allowed: AllowedActions) =>
    Object.entries(allowed).flatMap(([role, statements]) =>
      statements
        .filter((statement) => statement.actions.some((action) => reachOf(action) === 'changes'))
        .map((statement) => ({ role, ...statement })),
    );
  const observing = changing(known.observe);
  const repairing = changing(known.repair ?? {});
  return [
    ...(observing.length === 0
      ? [
          known.settings.length === 0
            ? 'nothing: no role of the observe stack has an action that changes ECS, EKS, images or IAM'
            : 'no service, image or role: no role of the observe stack has an action that changes ECS, EKS, images or IAM',
        ]
      : observing.map(({ role, actions }) => `${role}: ${actions.join(', ')}`)),
    ...known.settings,
    ...(repairing.length === 0
      ? []
      : ['by the repair stack, only services that are tagged drydock:repair = ask or auto:']),
    ...repairing.map(
      ({ actions, resources }) =>
        `  ${actions.filter((action) => reachOf(action) === 'changes').join(', ')} on ${resources.map(shortArn).join(', ')}`,
    ),
  ];
}

function hostsOf(config: Config): string[] {
  const slack =
    config.slackTokenSecret === undefined && config.slackWebhookSecret === undefined
      ? []
      : ['slack.com, hooks.slack.com: alerts'];
  return [
    `${new URL(config.advisories).host}: advisories`,
    ...feedHosts(config),
    ...(config.kev === 'none' ? [] : [`${new URL(config.kev).host}: known exploited vulnerabilities`]),
    ...(config.epss === 'none' ? [] : [`${new URL(config.epss).host}: how likely exploits are (EPSS)`]),
    ...cveListHosts(config),
    ...(config.endOfLife === 'none' ? [] : [`${new URL(config.endOfLife).host}: when the updates of releases end`]),
    "AWS's own endpoints of the region: ECR (and the S3 that its layers lie in), ECS, DynamoDB, S3, SQS, SNS, EventBridge, Lambda, Secrets Manager, Elastic Load Balancing",
    ...(config.registries.length === 0
      ? []
      : [
          `${config.registries.map((registry) => registry.host).join(', ')}: images, with the logins that you configured`,
        ]),
    'the registries that running images come from, without a login',
    ...slack,
    ...(config.webhookSecret === undefined ? [] : ['the address in the secret drydock.webhookSecret: alerts']),
    'Nothing else; no figures about you leave your account.',
  ];
}

/** GitHub's list of releases names archives, which lie on two other hosts of it. */
function cveListHosts({ cveList }: Config): string[] {
  if (cveList === 'none') return [];
  const { host } = new URL(cveList);
  const hosts = host === 'api.github.com' ? `${host}, github.com, release-assets.githubusercontent.com` : host;
  return [`${hosts}: the CVE List (severities, what was rejected)`];
}

/** The publishers that speak for a distribution of their own; only those whose distribution an image needed are asked. */
function feedHosts({ feeds }: Config): string[] {
  if (feeds === 'none') return [];
  if (feeds !== 'home') return [`${new URL(feeds).host}: advisories of distributions`];
  return feedTable.map(
    ({ feed }) =>
      `${[feed.home, ...(feed.hosts ?? []).map((host) => `https://${host}`)].map((address) => new URL(address).host).join(', ')}: advisories of ${feed.ecosystem}`,
  );
}

function dayOneLines(day: DayOne | string): string[] {
  if (typeof day === 'string') return [`not known: ${day}`];
  const least = day.cut ? 'at least ' : '';
  return [
    `${least}${day.images} images in ${least}${day.repositories} repositories; it reads what runs, then each repository's newest tag`,
    `${day.read} images, at most ${gigabytes(day.bytes)} GB (layers that they share are read once), about ${minutesText(day.minutes)}, about USD ${day.usd.toFixed(2)}`,
    ...(day.postponed === 0
      ? []
      : [`${day.postponed} more wait for the next days: the policy's daily budget of bytes`]),
  ];
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(bytes < 10e9 ? 1 : 0);
const minutesText = (minutes: number): string =>
  minutes < 1 ? 'a minute' : minutes < 120 ? `${Math.ceil(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
