import { spawn } from 'node:child_process';
import { access, constants, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startRegistry } from '../../local/registry/index.ts';

const INSTALL = 'go install github.com/opencontainers/distribution-spec/conformance@latest';

/** What the suite counted. */
interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly errors: number;
  readonly skipped: number;
  readonly disabled: number;
}

/**
 * Runs the conformance suite of the OCI distribution spec against the embedded registry, with the suite's defaults and then with what the next
 * version of the spec adds (`dev`), and prints the totals. Fails the process when the suite does; says how to install it when it is absent.
 */
export async function bench(): Promise<void> {
  const suite = await findSuite();
  if (suite === undefined) {
    process.stdout.write(`conformance: the suite is not installed. Install Go, then:\n  ${INSTALL}\n`);
    return;
  }
  for (const version of ['stable', 'dev']) {
    const { totals, report, code } = await run(suite, version);
    const { passed, failed, errors, skipped, disabled } = totals;
    process.stdout.write(
      `conformance (${version}): ${passed} passed, ${failed + errors} failed, ${skipped} skipped, ${disabled} disabled\n`,
    );
    if (code !== 0 || failed + errors > 0) {
      process.stdout.write(`${failures(report)}\n`);
      process.exitCode = 1;
    }
  }
}

async function run(suite: string, version: string): Promise<{ totals: Totals; report: string; code: number | null }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'drydock-conformance-'));
  const registry = await startRegistry({ folder: path.join(folder, 'registry') });
  try {
    const results = path.join(folder, 'results');
    // in the folder, so that no oci-conformance.yaml of somebody else is read
    const { out, code } = await output(suite, [], folder, {
      ...process.env,
      OCI_REGISTRY: registry.host,
      OCI_TLS: 'disabled',
      OCI_VERSION: version,
      OCI_RESULTS_DIR: results,
    });
    return { totals: totalsOf(await readFile(path.join(results, 'junit.xml'), 'utf8')), report: out, code };
  } finally {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  }
}

// the first element of the JUnit report carries the sums
function totalsOf(junit: string): Totals {
  const head = /<testsuites\b[^>]*>/.exec(junit)?.[0] ?? '';
  const count = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const [failed, errors, skipped, disabled] = [count('failures'), count('errors'), count('skipped'), count('disabled')];
  return { passed: count('tests') - failed - errors - skipped - disabled, failed, errors, skipped, disabled };
}

const failures = (report: string): string =>
  report
    .split('\n')
    .filter((line) => /: (?:FAIL|Error)$|^ +- /.test(line))
    .join('\n');

async function findSuite(): Promise<string | undefined> {
  const file = process.platform === 'win32' ? 'conformance.exe' : 'conformance';
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  if (process.env.GOBIN) folders.push(process.env.GOBIN);
  const gopath = await output('go', ['env', 'GOPATH'], tmpdir(), process.env).catch(() => undefined);
  for (const folder of gopath?.out.trim().split(path.delimiter) ?? []) {
    if (folder !== '') folders.push(path.join(folder, 'bin'));
  }
  for (const folder of folders) {
    const candidate = path.join(folder, file);
    if (await access(candidate, constants.X_OK).then(...settled)) return candidate;
  }
  return undefined;
}

const settled = [() => true, () => false] as const;

function output(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ out: string; code: number | null }> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', failed);
    child.once('close', (code) => done({ out: Buffer.concat(chunks).toString('utf8'), code }));
  });
}
