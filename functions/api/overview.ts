import { readFeeds } from '#shared/advisories';
import { listProblems } from '#shared/findings';
import { countPlans, countRunning, takenBack } from '#shared/remedy';
import { sweepState } from '#shared/sweep';
import type { Fleet } from './fleet-coverage.ts';
import type { ApiPorts } from './ports.ts';

/** more than a fleet of thousands of services has */
const mostCounted = 50_000;

/** What there is in numbers. */
export async function overview(ports: ApiPorts & { readonly fleet: Fleet }): Promise<unknown> {
  return {
    now: ports.now().toISOString(),
    advisories: await ports.book.manifest({ fresh: true }),
    feeds: await readFeeds(ports.table),
    fleet: await ports.fleet.coverage(),
    sweep: await sweepState(ports.table),
    problems: await problemCounts(ports),
    plans: await countPlans(ports.table),
    rollouts: await rolloutCounts(ports),
  };
}

/** Counts them as they come: a fleet has more than a page holds. */
async function problemCounts({ table }: ApiPorts): Promise<Readonly<Record<string, number>>> {
  const counts = { open: 0, exploited: 0, critical: 0, fixable: 0, accepted: 0, resolved: 0 };
  let counted = 0;
  for await (const { state, kev, severity, fixedIn } of listProblems(table)) {
    counts[state] += 1;
    if (state === 'open') {
      counts.exploited += kev === undefined ? 0 : 1;
      counts.critical += severity.level === 'critical' ? 1 : 0;
      counts.fixable += fixedIn === undefined ? 0 : 1;
    }
    counted += 1;
    if (counted >= mostCounted) break;
  }
  return counts;
}

/** Those under way, and those that a person took back on some workload. */
async function rolloutCounts({ table }: ApiPorts): Promise<Readonly<Record<string, number>>> {
  const undone = new Set([...(await takenBack(table)).values()].map(({ rollout }) => rollout));
  return { active: await countRunning(table), undone: undone.size };
}
