import path from 'node:path';
import { readArguments } from '../arguments.ts';
import { ecosystemsOf, readMirror } from '../db/mirror.ts';
import { databaseFolder, mirrorOptions, mirrorUsage, openSources } from '../db/options.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { fill, named } from './db-update.ts';

export const usage = `drydock db export <folder> [ecosystems] [options]

  fetches advisories into a folder that can be carried to a machine without a network, or served as a mirror: there, scan with
  --advisories <folder>, and start with npm start -- --advisories <folder>

  <folder>                 made if it is not there; brought up to date if it is
  [ecosystems]             with commas between them: Debian,Alpine,npm (default: those of the folder, else those that were fetched before)
${mirrorUsage}
  drydock db export ./advisories Debian,npm,PyPI
`;

/** Fetches into the folder; exit code 1 when a part was refused. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, mirrorOptions, ['<folder>', '[ecosystems]']);
  const folder = path.resolve(positionals[0] ?? '');
  const there = ecosystemsOf(await readMirror(folder));
  const before = there.length > 0 ? there : ecosystemsOf(await readMirror(databaseFolder(process.env)));
  return fill(folder, named(positionals[1]) ?? before, openSources(values, process.env), terminal);
}
