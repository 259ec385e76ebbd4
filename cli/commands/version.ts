import { readFileSync } from 'node:fs';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export const usage = `drydock version

  prints the version of Drydock and of the Node that runs it
`;

/** The version in package.json. */
export function drydockVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && 'version' in value ? String(value.version) : 'unknown';
}

export async function run(_args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  terminal.write(`drydock ${drydockVersion()} (node ${process.versions.node})\n`);
  return exitCodes.ok;
}
