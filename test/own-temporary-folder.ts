import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Gives a whole run of the tests one temporary folder, and takes it away at the end with whatever is in it: what a test that failed, a command that was
 * killed, or a library (the CDK's cdk.out) left behind. Workers and their child processes inherit it by TMPDIR, or TEMP and TMP on Windows.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-tests-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
}
