import { spawn } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildImage, buildIndex, buildLayer } from '#shared/oci';
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
 * version of the spec adds (`dev`), and prints the totals; then lets skopeo copy an index there and back. Fails the process when one of them
 * fails; says how to install what is absent.
 */
export async function bench(): Promise<void> {
  await runSuite();
  await runSkopeo();
}

async function runSuite(): Promise<void> {
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

/** Copies an index of two images from a layout to the registry, from one repository to another, and back, and compares the blobs. */
async function runSkopeo(): Promise<void> {
  const skopeo = await find('skopeo');
  if (skopeo === undefined) {
    process.stdout.write('skopeo: not installed (apt-get install skopeo)\n');
    return;
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'drydock-skopeo-'));
  const registry = await startRegistry({ folder: path.join(folder, 'registry') });
  try {
    const layout = path.join(folder, 'layout');
    await writeLayout(layout);
    const copies = [
      [`oci:${layout}:v1`, `docker://${registry.host}/team/app:v1`],
      [`docker://${registry.host}/team/app:v1`, `docker://${registry.host}/other/app:v1`],
      [`docker://${registry.host}/other/app:v1`, `oci:${path.join(folder, 'back')}:v1`],
    ] as const;
    const flags = ['copy', '--quiet', '--all', '--src-tls-verify=false', '--dest-tls-verify=false'];
    for (const [from, to] of copies) {
      const { code } = await output(skopeo, [...flags, from, to], folder, process.env);
      if (code !== 0) throw new Error(`skopeo copy ${from} ${to} ended with ${code}`);
    }
    const [went, came] = await Promise.all([blobsOf(layout), blobsOf(path.join(folder, 'back'))]);
    const same = went.size === came.size && [...went].every(([name, bytes]) => came.get(name)?.equals(bytes));
    process.stdout.write(`skopeo: ${went.size} blobs there and back, ${same ? 'the same' : 'NOT the same'}\n`);
    if (!same) process.exitCode = 1;
  } finally {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeLayout(folder: string): Promise<void> {
  const base = buildLayer([{ path: 'base', content: 'the same in both' }]);
  const children = ['amd64', 'arm64'].map((architecture) => ({
    image: buildImage({ layers: [base, buildLayer([{ path: 'app', content: architecture }])] }),
    platform: { os: 'linux', architecture },
  }));
  const index = buildIndex(children);
  const blobs = path.join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  for (const [digest, bytes] of index.blobs) await writeFile(path.join(blobs, digest.slice('sha256:'.length)), bytes);
  const named = { ...index.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'v1' } };
  await writeFile(path.join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  await writeFile(path.join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

async function blobsOf(layout: string): Promise<Map<string, Buffer>> {
  const folder = path.join(layout, 'blobs', 'sha256');
  const names = await readdir(folder);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name))] as const)),
  );
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
  const folders = process.env.GOBIN ? [process.env.GOBIN] : [];
  const gopath = await output('go', ['env', 'GOPATH'], tmpdir(), process.env).catch(() => undefined);
  for (const folder of gopath?.out.trim().split(path.delimiter) ?? []) {
    if (folder !== '') folders.push(path.join(folder, 'bin'));
  }
  return find('conformance', folders);
}

/** A program on the PATH, or in one of `more` folders. */
async function find(program: string, more: readonly string[] = []): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${program}.exe` : program;
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const folder of [...folders, ...more]) {
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
