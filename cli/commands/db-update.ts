import { readArguments } from '../arguments.ts';
import { ecosystemsOf, fillMirror, type PartOutcome, readMirror } from '../db/mirror.ts';
import { databaseFolder, mirrorOptions, mirrorUsage, openSources } from '../db/options.ts';
import { CommandFailed, type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../words.ts';

export const usage = `drydock db update [ecosystems] [options]

  fetches advisories into the cache, for scans with --offline and for when OSV does not answer

  [ecosystems]             with commas between them: Debian,Alpine,npm (default: those that were fetched before)
${mirrorUsage}
  drydock db update Debian,npm,PyPI
`;

/** Fetches; exit code 1 when a part was refused. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, mirrorOptions, ['[ecosystems]']);
  const folder = databaseFolder(process.env);
  const ecosystems = named(positionals[0]) ?? ecosystemsOf(await readMirror(folder));
  return fill(folder, ecosystems, openSources(values, process.env), terminal);
}

/** OSV's name for withdrawn records that name no package any more. */
const withdrawnOnly = '[EMPTY]';

/** `Debian,npm` as a list; undefined: none is named. Throws UsageError. */
export function named(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const ecosystems = text.split(',').map((one) => one.trim());
  const bad = ecosystems.find((one) => one !== withdrawnOnly && !/^[A-Za-z][\w.+\- ]{0,99}$/.test(one));
  if (bad !== undefined)
    throw new UsageError(
      `${JSON.stringify(bad)} is no ecosystem; write names without their release: Debian,Alpine,npm`,
    );
  return [...new Set(ecosystems)];
}

/** Fills a mirror and says what became of each part. Throws CommandFailed when a part was refused. */
export async function fill(
  folder: string,
  ecosystems: readonly string[],
  sources: Parameters<typeof fillMirror>[2],
  terminal: Terminal,
): Promise<ExitCode> {
  if (ecosystems.length === 0) throw new UsageError('name the ecosystems, such as Debian,npm: none was fetched before');
  const say = (outcome: PartOutcome): void => terminal.write(`${plainText(outcomeText(outcome))}\n`);
  const outcomes = await fillMirror(folder, ecosystems, sources, say);
  const refused = outcomes.filter(({ outcome }) => outcome === 'refused').length;
  if (refused > 0)
    throw new CommandFailed(`${refused} of ${outcomes.length} parts could not be fetched; what was there before stays`);
  return exitCodes.ok;
}

function outcomeText(outcome: PartOutcome): string {
  if (outcome.outcome === 'refused') return `${outcome.part}: ${outcome.why}`;
  const { records, source, broken = 0 } = outcome.entry;
  const left =
    broken === 0
      ? ''
      : `; ${counted(broken, 'record')} of it could not be read and ${broken === 1 ? 'was' : 'were'} left out`;
  return `${outcome.part}: ${outcome.outcome}, ${records} records (${source})${left}`;
}
