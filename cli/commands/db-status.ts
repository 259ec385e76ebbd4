import path from 'node:path';
import { readArguments } from '../arguments.ts';
import { readMirror } from '../db/mirror.ts';
import { databaseFolder } from '../db/options.ts';
import { stalePartsOf, statusLines } from '../db/status-text.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { safeJson } from '../safe-json.ts';
import type { Terminal } from '../terminal.ts';

export const usage = `drydock db status [folder] [options]

  which advisories were fetched, from where and when, of which day their source says that they are, and what is stale (no good answer for a day)

  [folder]                 one that "drydock db export" made (default: the cache of "drydock db update")
  --json                   as data
`;

/** Says what a mirror holds. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, { json: { type: 'boolean', default: false } }, ['[folder]']);
  const folder = positionals[0] === undefined ? databaseFolder(process.env) : path.resolve(positionals[0]);
  const parts = await readMirror(folder);
  const now = new Date();
  if (values.json) {
    const stale = stalePartsOf(parts, now);
    const marked = Object.fromEntries(
      Object.entries(parts).map(([part, entry]) => [part, { ...entry, stale: stale.get(part) ?? null }]),
    );
    terminal.write(`${safeJson({ schemaVersion: 1, folder, parts: marked })}\n`);
    return exitCodes.ok;
  }
  const lines = statusLines(parts, now);
  const fills = positionals[0] === undefined ? 'update' : `export ${JSON.stringify(positionals[0])}`;
  const said = lines.length === 0 ? [`nothing was fetched into ${folder}; drydock db ${fills} Debian,npm does`] : lines;
  terminal.write(`${said.map(plainText).join('\n')}\n`);
  return exitCodes.ok;
}
