import type { Api } from '../api.ts';
import { images, type Overview, overview } from '../api-shapes.ts';
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
  const kinds = seen.fleet.unsupported > 0 ? await unsupportedKinds(api) : [];
  const { open, critical, exploited, fixable, accepted, resolved } = seen.problems;
  const shardNames = Object.entries(seen.advisories.shards);
  const newest =
    shardNames
      .map(([, shard]) => shard.asOf)
      .toSorted()
      .at(-1) ?? '';
  const lines = [
    fleetSentence(seen, kinds),
    `${counted(open, 'open problem')}: ${critical} critical, ${exploited} known to be exploited, ${fixable} fixable; ${accepted} accepted, ${resolved} resolved`,
    `advisories for ${counted(shardNames.length, 'ecosystem')}, taken ${timeText(seen.advisories.builtAt)} UTC, newest change ${newest.slice(0, 10) || 'unknown'}`,
  ];
  terminal.write(`${lines.map(plainText).join('\n')}\n`);
  return exitCodes.ok;
}

/** `137 of 212 running images read, 4 unsupported (rpm), 6 min left`; what is not known is left out. */
export function fleetSentence({ fleet }: Pick<Overview, 'fleet'>, kinds: readonly string[]): string {
  const { runningImages, read, partial, unsupported, workloads, secondsLeft } = fleet;
  if (workloads === 0) return 'nothing runs that Drydock knows of';
  const parts = [`${read} of ${runningImages} running images read`];
  if (partial > 0) parts.push(`${partial} in part`);
  if (unsupported > 0) parts.push(`${unsupported} unsupported${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`);
  if (secondsLeft !== undefined && read < runningImages)
    parts.push(secondsLeft < 90 ? 'a minute left' : `${Math.round(secondsLeft / 60)} min left`);
  return `${parts.join(', ')}; ${counted(workloads, 'workload')}`;
}

async function unsupportedKinds(api: Api): Promise<string[]> {
  const { images: all } = await api.get('/images', images);
  const reasons = all
    .filter(({ coverage }) => coverage.state === 'unsupported')
    .flatMap(({ coverage }) => coverage.reasons.map(({ text }) => text));
  const words = reasons.flatMap((text) => /\b(rpm|pacman|portage|Windows)\b/.exec(text)?.[1] ?? []);
  return [...new Set(words)].sort();
}
