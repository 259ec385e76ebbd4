import type { Alert, Channel } from '#shared/alerts';
import type { Emit } from '../../functions/emit.ts';

/** The place that alerts of the embedded stack go to: the page shows their record as Slack and mail would; the story names them. */
export const inbox = (emit: Emit): Channel => ({
  name: 'inbox',
  edits: true,
  async send(alert: Alert) {
    await emit('AlertSent', { id: alert.id, header: alert.header, state: alert.state, channel: 'inbox' });
    return alert.id;
  },
});
