import type { BaselineReport } from '#shared/findings';
import { keys, type Table } from '#shared/store';
import { throwAll } from './channel-error.ts';
import type { Alert, Channel } from './types.ts';

/**
 * The one message of the first run: what was there before us, in place of an alert for each of it (barrage at onboarding is a known reason to
 * leave). Pure. Source: people.md section 1.
 */
export function baselineAlert(report: BaselineReport): Alert {
  const levels = Object.entries(report.bySeverity)
    .filter(([, count]) => count > 0)
    .map(([level, count]) => `${count} ${level}`);
  return {
    key: { finding: 'baseline', shard: '', name: '' },
    id: 'baseline',
    state: 'NEW',
    stateAt: report.at,
    kev: false,
    labels: { env: 'unknown', team: 'unknown' },
    severity: { level: 'unknown', source: 'a summary has none' },
    header: `BASELINE - ${report.problems} problems in ${report.workloads} workloads, from now on you are told what changes`,
    why: `this is what was there before Drydock: ${levels.join(', ') || 'nothing'}; ${report.exploited} known to be exploited, ${report.fixable} with a fix`,
    where: `${report.images} images read, ${report.workloads} workloads mapped; worst: ${report.worst.slice(0, 5).join('; ') || 'none'}`,
    fix: 'plans are offered for services that are tagged drydock:repair, as soon as a clean image of theirs is known',
    next: 'nothing happens by itself; open the page for the list: npx drydock open',
    history: [],
    buttons: [{ action: 'open', label: 'Open', value: 'baseline' }],
    urgency: { now: true, reason: 'the one report of the first run' },
    at: report.at,
  };
}

/** Tells the report to each channel once; a repeated event finds that it was told. A channel that fails keeps none of the others; its error is thrown after them. */
export async function tellBaseline(
  ports: { readonly table: Table; readonly channels: readonly Channel[] },
  report: BaselineReport,
): Promise<void> {
  const alert = baselineAlert(report);
  const errors: unknown[] = [];
  for (const channel of ports.channels) {
    const at = keys.alert(`baseline ${channel.name}`);
    if ((await ports.table.get(at, { consistent: true })) !== undefined) continue;
    try {
      await channel.send(alert);
      await ports.table.put({ ...at, at: report.at }, { absent: true });
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}
