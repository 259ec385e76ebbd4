import type { DeploymentRules } from './rows.ts';

/** A task as the rolling update sees it: alive and wanted, either on its way or running. */
export interface LiveTask {
  readonly arn: string;
  readonly running: boolean;
  readonly createdAt: number;
}

export interface RollingView {
  readonly desired: number;
  readonly rules: Pick<DeploymentRules, 'maximumPercent' | 'minimumHealthyPercent'>;
  /** tasks of the PRIMARY deployment */
  readonly primary: readonly LiveTask[];
  /** tasks of the deployments that it replaces */
  readonly others: readonly LiveTask[];
  /** the PRIMARY has failed: it starts nothing and replaces nothing; only what exceeds the desired count goes */
  readonly frozen: boolean;
}

export interface RollingPlan {
  readonly stop: readonly string[];
  readonly start: number;
  /** neither bound leaves room for one step: ECS waits until somebody changes the percents */
  readonly stuck: boolean;
}

/** The least and the most tasks that a service may have: the minimum rounds up, the maximum down (aws.md 3.3). */
export function bounds(
  desired: number,
  rules: RollingView['rules'],
): { readonly least: number; readonly most: number } {
  return {
    least: Math.ceil((desired * rules.minimumHealthyPercent) / 100),
    most: Math.floor((desired * rules.maximumPercent) / 100),
  };
}

/**
 * The next step of a rolling update: which tasks to stop and how many to start so that running tasks never fall below the
 * minimum and live tasks never exceed the maximum by our doing.
 */
export function planRolling(view: RollingView): RollingPlan {
  const { least, most } = bounds(view.desired, view.rules);
  const stop: string[] = [];
  let healthy = [...view.primary, ...view.others].filter((task) => task.running).length;
  const take = (tasks: readonly LiveTask[], most: number): void => {
    let left = most;
    for (const task of tasks) {
      if (left <= 0) return;
      if (task.running && healthy <= least) continue;
      if (task.running) healthy -= 1;
      stop.push(task.arn);
      left -= 1;
    }
  };

  const all = view.primary.length + view.others.length;
  take(inStopOrder(view.primary, 'newest'), (view.frozen ? all : view.primary.length) - view.desired);
  take(inStopOrder(view.others, 'oldest'), view.frozen ? all - stop.length - view.desired : view.others.length);

  const live = all - stop.length;
  const missing = view.frozen ? 0 : Math.max(0, view.desired - view.primary.length);
  const start = Math.min(missing, Math.max(0, most - live));
  const settled = [...view.primary, ...view.others].every((task) => task.running);
  return { stop, start, stuck: missing > 0 && start === 0 && stop.length === 0 && settled };
}

/** Those that do not serve yet go first. */
function inStopOrder(tasks: readonly LiveTask[], first: 'oldest' | 'newest'): LiveTask[] {
  const sign = first === 'oldest' ? 1 : -1;
  return [...tasks].sort((a, b) => Number(a.running) - Number(b.running) || sign * (a.createdAt - b.createdAt));
}

/** How many failed tasks trip the circuit breaker (API reference, ThresholdConfiguration; default 50 %, 3 to 200). */
export function breakerThreshold(desired: number, breaker: DeploymentRules['breaker']): number {
  const { type, value } = breaker.threshold;
  if (type === 'COUNT') return Math.max(1, value);
  const share = Math.ceil((desired * value) / 100);
  return type === 'UNBOUNDED_PERCENT' ? Math.max(1, share) : Math.min(200, Math.max(3, share));
}
