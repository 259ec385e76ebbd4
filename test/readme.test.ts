import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuiltImage } from '#shared/oci';
import { checkout } from '../local/demo/images.ts';
import { eventually } from './end-to-end/eventually.ts';
import { dataFolder, endAll, type StackProcess, startProcess } from './end-to-end/stack-process.ts';
import { layoutFiles, writeFiles } from './shared/oci/stored.ts';

const root = path.join(import.meta.dirname, '..');

/** What the README tells its reader to type: indented blocks, without their comments. */
const typed = (markdown: string): string[] =>
  markdown
    .split('\n')
    .filter((line) => /^ {4}\S/.test(line))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => /^(npm|npx|skopeo|docker|crane|podman|oras|node) /.test(line));

interface Done {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (command: string, args: readonly string[], cwd: string): Promise<Done> =>
  new Promise((resolve) =>
    execFile(
      command,
      args,
      {
        cwd,
        env: { ...process.env, CI: 'true', NO_COLOR: '1', XDG_CACHE_HOME: path.join(tmpdir(), 'drydock-readme-cache') },
        maxBuffer: 1 << 24,
      },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    ),
  );

describe('the commands of the README', () => {
  let folder = '';
  let stack: StackProcess;
  let readme: string[] = [];
  const ran = new Set<string>();

  /** `npx drydock …` as written, on this Node; placeholders are filled by the caller. */
  const drydock = async (written: string, ...args: readonly string[]): Promise<Done> => {
    expect(readme, `the README does not say "${written}" any more`).toContain(written);
    ran.add(written);
    return run(process.execPath, [path.join(root, 'bin/drydock.mjs'), ...args], folder);
  };
  const withData = () => ['--data', path.join(folder, 'data')];

  beforeAll(async () => {
    readme = typed(await readFile(path.join(root, 'README.md'), 'utf8'));
    folder = await mkdtemp(path.join(tmpdir(), 'drydock-readme-'));
    stack = await startProcess(await dataFolder());
    // the commands find the stack by its data folder
    await mkdir(path.join(folder, 'data'));
    await writeFile(path.join(folder, 'data', 'endpoints.json'), JSON.stringify(stack.endpoints));
    await layout('layout', checkout('1.0', 'vulnerable').image);
    await layout('fixed', checkout('1.0', 'patched').image);
  });

  afterAll(async () => {
    await endAll();
    await rm(folder, { recursive: true, force: true });
  });

  const layout = (name: string, image: BuiltImage) =>
    writeFiles(path.join(folder, name), layoutFiles([{ image, name: '1.0' }]));

  it('push, run, plan, approve: an own image from a layout to its proof', async () => {
    const push = 'npx drydock push <layout | archive | reference> app:1.0';
    expect(await drydock(push, 'push', './layout', 'app:1.0', ...withData())).toMatchObject({ code: 0 });
    expect(
      await drydock(
        'npx drydock local run app:1.0 --as checkout --repair ask',
        'local',
        'run',
        'app:1.0',
        '--as',
        'checkout',
        '--repair',
        'ask',
        ...withData(),
      ),
    ).toMatchObject({ code: 0 });
    await eventually(
      'a problem of checkout',
      async () => (await stack.api<{ problems: unknown[] }>('/problems')).problems.length > 0 || undefined,
    );
    expect(await drydock(push, 'push', './fixed', 'app:1.0', ...withData())).toMatchObject({ code: 0 });
    const plan = await eventually(
      'a plan to approve',
      async () =>
        (await stack.api<{ plans: { id: string; approvable: boolean }[] }>('/plans')).plans.find(
          (each) => each.approvable,
        )?.id,
    );
    const plans = await drydock('npx drydock plans', 'plans', ...withData());
    expect(plans.stdout).toContain(plan);
    expect(await drydock('npx drydock approve <plan>', 'approve', plan, ...withData())).toMatchObject({ code: 0 });
    await eventually(
      'the rollout to be verified',
      async () =>
        (await stack.api<{ rollouts: { state: string }[] }>('/rollouts')).rollouts.some(
          (each) => each.state === 'verified',
        ) || undefined,
    );
    const status = await drydock('npx drydock status', 'status', ...withData());
    expect(status).toMatchObject({ code: 0 });
    expect(status.stdout).toMatch(/1 of 1 running images? read/);
  });

  it('scan: a layout, and a reference in JSON with a threshold', async () => {
    const table = await drydock('npx drydock scan ./layout', 'scan', './layout', '--offline');
    expect(table).toMatchObject({ code: 0 });
    expect(table.stdout).toContain('CVE-2014-0160');
    const json = await drydock(
      'npx drydock scan ghcr.io/owner/app:1.2 --format json --fail-on critical,kev',
      'scan',
      `${stack.registry}/app:1.0`,
      '--format',
      'json',
      '--fail-on',
      'critical,kev',
      '--offline',
    );
    expect(json).toMatchObject({ code: 2 });
    expect(JSON.parse(json.stdout)).toMatchObject({ coverage: { state: 'partial' } });
  });

  it('sbom: of a layout, and scanned again', async () => {
    const written = 'npx drydock sbom ./layout --format spdx-json -o app.spdx.json';
    expect(await drydock(written, ...written.split(' ').slice(2))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(path.join(folder, 'app.spdx.json'), 'utf8')).toContain('pkg:deb/debian/');
    const scan = await drydock('npx drydock scan app.spdx.json', 'scan', 'app.spdx.json', '--offline');
    expect(scan).toMatchObject({ code: 0 });
    expect(scan.stdout).toContain('CVE-2014-0160');
  });

  it('policy: check, preview and push the one that the README shows', async () => {
    const shown = /```yaml\n([\s\S]*?)```/.exec(await readFile(path.join(root, 'README.md'), 'utf8'))?.[1] ?? '';
    await writeFile(path.join(folder, 'policy.yaml'), shown);
    expect(await drydock('npx drydock policy check policy.yaml', 'policy', 'check', 'policy.yaml')).toMatchObject({
      code: 0,
    });
    expect(
      await drydock('npx drydock policy preview policy.yaml', 'policy', 'preview', 'policy.yaml', ...withData()),
    ).toMatchObject({ code: 0 });
    expect(
      await drydock('npx drydock policy push policy.yaml', 'policy', 'push', 'policy.yaml', ...withData()),
    ).toMatchObject({ code: 0 });
  });

  it('ignore rules and VEX: into the policy, into a scan and the stack, and out again', async () => {
    await writeFile(path.join(folder, '.trivyignore'), '# not reachable\nCVE-2014-0160\n');
    const taken = 'npx drydock policy import .trivyignore --owner team-api --until-fixed --into policy.yaml';
    expect(await drydock(taken, ...taken.split(' ').slice(2))).toMatchObject({
      code: 0,
      stdout: 'policy.yaml: 1 exception added, 0 were there\n',
    });
    const vex = {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      '@id': 'https://vex.example/app',
      author: 'team-a',
      timestamp: '2026-01-01T00:00:00Z',
      version: 1,
      statements: [
        {
          vulnerability: { name: 'CVE-2014-0160' },
          products: [{ '@id': 'pkg:oci/app?repository_url=registry.example/app' }],
          status: 'fixed',
        },
      ],
    };
    await writeFile(path.join(folder, 'app.openvex.json'), JSON.stringify(vex));
    const scan = 'npx drydock scan ./layout --policy policy.yaml --vex app.openvex.json';
    const scanned = await drydock(scan, ...scan.split(' ').slice(2), '--offline');
    expect(scanned).toMatchObject({ code: 0 });
    expect(scanned.stdout).toContain('the exception for CVE-2014-0160');
    expect(
      await drydock('npx drydock vex import app.openvex.json', 'vex', 'import', 'app.openvex.json', ...withData()),
    ).toMatchObject({ code: 0, stdout: 'https://vex.example/app: 1 statement taken\n' });
    const listed = await drydock('npx drydock vex list', 'vex', 'list', ...withData());
    expect(listed.stdout).toMatch(/^1 VEX document\n[\s\S]*https:\/\/vex\.example\/app +1 statement +team-a/);
    const remove = (...more: readonly string[]) =>
      drydock(
        'npx drydock vex remove https://vex.example/app',
        'vex',
        'remove',
        'https://vex.example/app',
        ...more,
        ...withData(),
      );
    const tried = await remove('--dry-run');
    expect(tried.stdout).toBe('https://vex.example/app: 1 statement would be taken back\n');
    const removed = await remove();
    expect(removed.stdout).toBe('https://vex.example/app: 1 statement taken back\n');
    const all = await drydock('npx drydock vex list', 'vex', 'list', '--all', ...withData());
    expect(all.stdout).toMatch(/TAKEN BACK\n.* by /);
    expect((await remove()).code).toBe(1);
    const issued = await drydock(
      'npx drydock vex export ghcr.io/owner/app:1.2 --policy policy.yaml',
      'vex',
      'export',
      `${stack.registry}/app:1.0`,
      '--policy',
      'policy.yaml',
      '--offline',
    );
    expect(issued).toMatchObject({ code: 0 });
    expect(JSON.parse(issued.stdout)).toMatchObject({ '@context': 'https://openvex.dev/ns/v0.2.0', statements: [] });
  });

  it('skopeo pushes as written, where it is installed', async () => {
    const written = 'skopeo copy --dest-tls-verify=false oci:./layout:1.0 docker://127.0.0.1:<port>/app:1.0';
    expect(readme).toContain(written);
    ran.add(written);
    const args = written.replace('127.0.0.1:<port>', stack.registry).split(' ').slice(1);
    const done = await run('skopeo', args, folder);
    if (done.code === -1)
      return console.warn('SKIPPED: skopeo is not installed, so its line of the README was not run');
    expect(done).toMatchObject({ code: 0 });
  });

  it('npx finds the command, and the npm scripts are there', async () => {
    expect((await run('npx', ['drydock', 'version'], root)).stdout).toMatch(/^drydock \d/);
    const { scripts } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const name of ['start', 'test', 'deploy', 'destroy']) expect(scripts).toHaveProperty(name);
    // what deploys says what it would do and changes nothing when nobody can be asked
    const deploy = await run(process.execPath, [path.join(root, 'infra/deploy.ts'), '--help'], root);
    expect(deploy).toMatchObject({ code: 0 });
    const open = await run(process.execPath, [path.join(root, 'bin/drydock.mjs'), 'open', '--help'], root);
    expect(open).toMatchObject({ code: 0 });
    for (const line of [
      'npm ci && npm start',
      'npm ci && npm test',
      'npm run deploy',
      "npm run deploy -- --repair --pass-role 'arn:aws:iam::*:role/my-app-*'",
      'npx drydock open',
      'docker push 127.0.0.1:<port>/app:1.0',
    ]) {
      expect(readme).toContain(line);
      ran.add(line);
    }
  });

  it('are all known to this test', () => {
    expect(readme.filter((line) => !ran.has(line))).toEqual([]);
  });
});
