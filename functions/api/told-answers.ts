import { listAlerts, mailOf, slackMessage } from '#shared/alerts';
import { keys } from '#shared/store';
import { collect } from './collect.ts';
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

/** The newest alerts, with the forms in which people get them. */
export async function alerts(ports: ApiPorts): Promise<unknown> {
  return (await collect(listAlerts(ports.table), 300)).map((record) => ({
    ...record,
    slack: slackMessage(record.alert),
    mail: mailOf(record.alert),
  }));
}
