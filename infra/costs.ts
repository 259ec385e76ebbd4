import { assumedBytes, type ListedImage, type SweepPolicy, sweepOrder } from '#shared/sweep';
import type { Template } from './allowed-actions.ts';

/** List prices in USD of us-east-1, without any free tier. Other regions are up to a third dearer. */
export const prices = {
  alarmMonth: 0.1,
  sqsMillion: 0.4,
  lambdaGbSecond: 0.0000133334,
  lambdaMillion: 0.2,
  dynamoWriteMillion: 0.625,
  s3PutThousand: 0.005,
} as const;

/** A line of a cost: what for, and how much a month. */
export interface CostLine {
  readonly what: string;
  readonly usd: number;
}

const hoursOfMonth = 730;
/** Lambda keeps five long polls of 20 s open per queue while nothing comes in. */
const pollsPerQueue = (5 * hoursOfMonth * 3600) / 20;

/** What a deployment costs in a month in which nothing is pushed: alarms, the polling of its queues, what runs by the clock. */
export function idleCost(template: Template): CostLine[] {
  const resources = Object.values(template.Resources);
  const count = (type: string): number => resources.filter((resource) => resource.Type === type).length;
  const alarms = count('AWS::CloudWatch::Alarm');
  const queues = count('AWS::Lambda::EventSourceMapping');
  const runs = resources
    .filter((resource) => resource.Type === 'AWS::Events::Rule')
    .reduce((sum, rule) => sum + runsPerMonth(String(rule.Properties?.ScheduleExpression ?? '')), 0);
  return [
    { what: `${alarms} alarms`, usd: alarms * prices.alarmMonth },
    { what: `polling ${queues} queues`, usd: ((queues * pollsPerQueue) / 1e6) * prices.sqsMillion },
    // ten seconds of 1 GB each, the mean of quick full reads and of slow refreshes
    { what: `${Math.round(runs)} runs by the clock`, usd: runs * 10 * 1 * prices.lambdaGbSecond },
  ];
}

function runsPerMonth(schedule: string): number {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule);
  if (rate === null) return schedule === '' ? 0 : hoursOfMonth / 24;
  const hours = { minute: 1 / 60, hour: 1, day: 24 }[rate[2] as 'minute' | 'hour' | 'day'];
  return hoursOfMonth / (Number(rate[1]) * hours);
}

/** What the first sweep will do, as far as the registry's lists tell. */
export interface DayOne {
  readonly repositories: number;
  readonly images: number;
  /** images that the first day reads, and their compressed bytes as listed: layers that they share are read once, so it is the most */
  readonly read: number;
  readonly bytes: number;
  readonly postponed: number;
  readonly minutes: number;
  readonly usd: number;
  /** the registry holds more than was looked at */
  readonly cut: boolean;
}

/** Compressed bytes a second of one function with 2 GB: half of what one arm64 CPU inflates and hashes, for the network's sake. */
const bytesPerSecond = 60e6;
const secondsPerImage = 2;
const writesPerImage = 350;

/**
 * Estimates the first day: what the policy's sweep takes of each repository within the daily budget, as the sweep's own order says; what runs is read besides, and lies
 * mostly in these. `functions` work at once.
 */
export function estimateDayOne(
  listed: readonly ListedImage[],
  options: {
    readonly cut: boolean;
    readonly policy: SweepPolicy;
    readonly functions: number;
    readonly memoryMb: number;
  },
): DayOne {
  const order = sweepOrder(listed, new Set(), new Set(), options.policy, 0);
  const bytes = order.read.reduce((sum, item) => sum + (item.image.bytes ?? assumedBytes), 0);
  const seconds = bytes / bytesPerSecond + order.read.length * secondsPerImage;
  const usd =
    seconds * (options.memoryMb / 1024) * prices.lambdaGbSecond +
    ((order.read.length * writesPerImage) / 1e6) * prices.dynamoWriteMillion +
    (order.read.length / 1000) * 10 * prices.s3PutThousand;
  return {
    repositories: new Set(listed.map((image) => `${image.registry}/${image.repository}`)).size,
    images: listed.length,
    read: order.read.length,
    bytes,
    postponed: order.postponed.length,
    minutes: seconds / 60 / options.functions,
    usd,
    cut: options.cut,
  };
}
