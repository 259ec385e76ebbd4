import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

const root = path.join(import.meta.dirname, '../..');

/** A folder that is gone when the test file is done. */
export function freshFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** What a run of the command came to. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command runs, and with which surroundings beside a home of its own. */
export interface Surroundings {
  readonly home: string;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** what is piped in; default: nothing */
  readonly input?: string | Buffer;
}

/** Runs the real command as a child process, in a home of its own and with nothing of this machine's terminal. */
export function drydock(
  args: readonly string[],
  { home, cwd = home, environment = {}, input }: Surroundings,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'bin/drydock.mjs'), ...args], {
      cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '',
        TMPDIR: tmpdir(),
        HOME: home,
        XDG_CACHE_HOME: path.join(home, 'cache'),
        ...environment,
      },
    });
    // a command that has read enough closes its end
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (chunk: string) => {
        text[name] += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...text }));
  });
}
