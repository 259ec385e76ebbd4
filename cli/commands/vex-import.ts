import { readFile } from 'node:fs/promises';
import { vexAnswer } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { plainText } from '../plain-text.ts';
import { readVexFile } from '../scan/vex-files.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../words.ts';

export const usage = `drydock vex import <file> [options]

  <file>           an OpenVEX 0.2.0 or CSAF 2.0 document. What it says of packages (purl), of images by digest, and of repositories (pkg:oci with
                   repository_url) counts for everything that the stack knows: "not affected" and "fixed" hide a finding, with why, and are counted.
                   A document with the same id replaces the one before; one without statements takes it back.

  --dry-run        only say what would be taken
${apiUsage}
  drydock vex import app.openvex.json
`;

/** Brings a VEX document to a stack. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    { ...apiOptions, 'dry-run': { type: 'boolean', default: false } },
    ['<file>'],
  );
  const file = positionals[0] ?? '';
  await readVexFile(file);
  const api = await openApi(values);
  const path = values['dry-run'] ? '/vex?dryRun=true' : '/vex';
  const answer = await api.act('PUT', path, vexAnswer, await readFile(file, 'utf8'));
  if (answer === undefined)
    throw new CommandFailed(`${api.describe} takes no VEX; use the same version of Drydock for both`);
  const { id, statements, skipped } = answer;
  const taken = values['dry-run'] ? 'would be taken' : 'taken';
  terminal.write(plainText(`${id}: ${counted(statements, 'statement')} ${taken}`).concat('\n'));
  for (const why of skipped) terminal.write(plainText(`left out: ${why}`).concat('\n'));
  return exitCodes.ok;
}
