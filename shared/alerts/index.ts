export { type AlertThreshold, alertOf } from './alert.ts';
export { baselineAlert, tellBaseline } from './baseline.ts';
export { ChannelError } from './channel-error.ts';
export { type Mail, mailOf } from './mail.ts';
export { escapeSlack, type SlackMessage, slackMessage, strip } from './slack.ts';
export { type AlertRecord, alertsFrom, listAlerts, repairsTold, type TellPorts, tellProblem } from './tell.ts';
export type * from './types.ts';
