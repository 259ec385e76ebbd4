import { spawn } from 'node:child_process';
import path from 'node:path';
import { projectRoot } from './bundling.ts';

/** Where the CDK writes: templates, assets, and the outputs of what was deployed. */
export const cdkOut = path.join(projectRoot, 'cdk.out');

/** The CDK's command line ended with an error; it has printed why. */
export class CdkFailed extends Error {
  override readonly name = 'CdkFailed';
  readonly code = 'cdk-failed';
  constructor(verb: string, status: number | null) {
    super(`cdk ${verb} ended with ${status === null ? 'a signal' : `code ${status}`}; what it printed above says why`);
  }
}

/** Runs the CDK's command line of this project, never another one that lies about: its version must fit the library's (aws.md section 9). */
export async function cdk(args: readonly string[]): Promise<void> {
  const cli = path.join(projectRoot, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: projectRoot,
    stdio: 'inherit',
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' },
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (status !== 0) throw new CdkFailed(args[0] ?? '', status);
}
