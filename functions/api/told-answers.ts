import { alertsFrom, mailOf, slackMessage } from '#shared/alerts';
import { keys } from '#shared/store';
import { collect } from './collect.ts';
import { newestPage } from './newest-page.ts';
import type { ApiPorts } from './ports.ts';

const mostEvents = 300;
const daysBack = 7;
const dayLength = 86_400_000;

/** The newest events of the last days, or of one `day`: midnight must not empty the page. */
export async function timeline(ports: ApiPorts, day: string | undefined): Promise<unknown> {
  const now = ports.now().getTime();
  const days =
    day === undefined
      ? Array.from({ length: daysBack }, (_, back) => new Date(now - back * dayLength).toISOString().slice(0, 10))
      : [day];
  const events: unknown[] = [];
  for (const each of days) {
    const limit = mostEvents - events.length;
    if (limit <= 0) break;
    const rows = ports.table.query({ pk: keys.timeline(each, '', '').pk, reverse: true, limit });
    events.push(...(await collect(rows, limit)).map((item) => item.event));
  }
  return events;
}

const mostAlerts = 100;

/**
 * A page of the alerts, what changed last first, with the forms in which people get them. Promised is what `newestPage` promises: an alert that changes while
 * pages are read comes twice, and none is missed.
 */
export async function alertPage(
  { table, now }: ApiPorts,
  after: string | undefined,
): Promise<{ readonly alerts: readonly unknown[]; readonly next?: string }> {
  const { entries, ...next } = await newestPage(
    {
      list: 'alerts',
      now: now(),
      count: mostAlerts,
      from: (place) => alertsFrom(table, place),
      entryOf: async (record) => ({ ...record, slack: slackMessage(record.alert), mail: mailOf(record.alert) }),
    },
    after,
  );
  return { alerts: entries, ...next };
}
