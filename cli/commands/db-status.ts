import path from 'node:path';
import { readArguments } from '../arguments.ts';
import { readMirror } from '../db/mirror.ts';
import { databaseFolder } from '../db/options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { safeJson } from '../safe-json.ts';
import type { Terminal } from '../terminal.ts';

export const usage = `drydock db status [folder] [options]

  which advisories were fetched, from where and when

  [folder]                 one that "drydock db export" made (default: the cache of "drydock db update")
  --json                   as data
`;

/** Says what a mirror holds. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, { json: { type: 'boolean', default: false } }, ['[folder]']);
  const folder = positionals[0] === undefined ? databaseFolder(process.env) : path.resolve(positionals[0]);
  const parts = await readMirror(folder);
  if (values.json) {
    terminal.write(`${safeJson({ schemaVersion: 1, folder, parts })}\n`);
    return exitCodes.ok;
  }
  const lines = Object.entries(parts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([part, { records, bytes, fetchedAt, source }]) =>
        `${part}: ${records} records, ${(bytes / 1e6).toFixed(1)} MB, fetched ${fetchedAt.slice(0, 16).replace('T', ' ')} UTC (${source})`,
    );
  const said = lines.length === 0 ? [`nothing was fetched into ${folder}; drydock db update Debian,npm does`] : lines;
  terminal.write(`${said.map(plainText).join('\n')}\n`);
  return exitCodes.ok;
}
