import { staleFeeds } from '#shared/advisories';
import { type Overview, overview } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { plainText } from '../plain-text.ts';
import { safeJson } from '../safe-json.ts';
import type { Terminal } from '../terminal.ts';
import { counted, timeText } from '../words.ts';

export const usage = `drydock status [options]

  how much of what runs is known, what is open, and how old the advisories are

  --json           as data
${apiUsage}`;

/** Says how much is known. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, { ...apiOptions, json: { type: 'boolean', default: false } });
  const api = await openApi(values);
  const seen = await api.get('/overview', overview);
  if (values.json) {
    terminal.write(`${safeJson({ schemaVersion: 1, ...seen })}\n`);
    return exitCodes.ok;
  }
  const { open, critical, exploited, fixable, accepted, resolved } = seen.problems;
  const shardNames = Object.entries(seen.advisories.shards);
  const newest =
    shardNames
      .map(([, shard]) => shard.asOf)
      .toSorted()
      .at(-1) ?? '';
  const lines = [
    fleetSentence(seen),
    `${counted(open, 'open problem')}: ${critical} critical, ${exploited} known to be exploited, ${fixable} fixable; ${accepted} accepted, ${resolved} resolved`,
    `advisories for ${counted(shardNames.length, 'ecosystem')}, taken ${timeText(seen.advisories.builtAt)} UTC, newest change ${newest.slice(0, 10) || 'unknown'}`,
    ...sweepSentence(seen),
    ...staleFeeds(seen.feeds, new Date(seen.now)).map(({ text }) => `stale: ${text}`),
  ];
  terminal.write(`${lines.map(plainText).join('\n')}\n`);
  return exitCodes.ok;
}

/** `137 of 212 running images read, 4 unsupported (rpm), 6 min left`; what is not known is said to be unknown. */
export function fleetSentence({ fleet }: Pick<Overview, 'fleet'>): string {
  const { runningImages, read, partial, unsupported, unsupportedFor, unreadable, workloads } = fleet;
  if (workloads === 0) return 'nothing runs that Drydock knows of';
  const kinds = unsupportedFor.length === 0 ? '' : ` (${unsupportedFor.join(', ')})`;
  return `${[
    `${read} of ${runningImages} running images read`,
    ...(partial > 0 ? [`${partial} in part`] : []),
    ...(unsupported > 0 ? [`${unsupported} unsupported${kinds}`] : []),
    ...(unreadable > 0 ? [`${unreadable} unreadable`] : []),
    ...(read + unreadable < runningImages ? [leftText(fleet)] : []),
  ].join(', ')}; ${counted(workloads, 'workload')}`;
}

/** `last sweep 2026-11-28 02:31 UTC: 3 images to be read, 1 postponed; 12 may be forgotten (sweep.forget in the policy does it)`; nothing before the first one. */
export function sweepSentence({ sweep: { last, underWay } }: Pick<Overview, 'sweep'>): string[] {
  const done = last === undefined ? [] : [`last sweep ${timeText(last.at)} UTC: ${lastText(last)}`];
  return underWay === undefined
    ? done
    : [...done, `a sweep is under way since ${timeText(underWay.began)} UTC (${underWay.stage})`];
}

function lastText({
  wanted,
  postponed,
  forgettable,
  forgotten,
  forgets,
  history,
}: NonNullable<Overview['sweep']['last']>): string {
  const mayGo = `${counted(forgettable, 'image')} may be forgotten (sweep.forget in the policy does it)`;
  return [
    `${counted(wanted, 'image')} to be read${postponed > 0 ? `, ${postponed} postponed` : ''}`,
    ...(forgotten > 0 ? [`${counted(forgotten, 'image')} forgotten`] : []),
    ...(forgotten === 0 && forgettable > 0 && !forgets ? [mayGo] : []),
    ...(history > 0 ? [`${counted(history, 'row')} of history forgotten (sweep.keepHistoryDays)`] : []),
  ].join('; ');
}

function leftText({ secondsLeft, leftUnknown }: Overview['fleet']): string {
  if (secondsLeft === undefined) return `time left unknown${leftUnknown === undefined ? '' : ` (${leftUnknown})`}`;
  if (secondsLeft < 90) return 'a minute left';
  return secondsLeft < 5_400 ? `${Math.round(secondsLeft / 60)} min left` : `${Math.round(secondsLeft / 3_600)} h left`;
}
