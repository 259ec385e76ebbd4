import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../end-to-end/eventually.ts';
import { dataFolder, endAll, type StackProcess, startProcess } from '../end-to-end/stack-process.ts';
import { drydock, freshFolder } from './command.ts';
import { debianImage, debianLayers, nodeModule, writeDockerArchive, writeLayout } from './stored-images.ts';

// The commands against "npm start" as its user has it: one story, in its order, each step by the command that a person would write.
const home = freshFolder();
let data = '';
let stack: StackProcess;
const run = (...args: string[]) => drydock([...args, '--data', data], { home, environment: { COLUMNS: '160' } });
const ok = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stderr, stdout: code === 0 ? '' : stdout }, args.join(' ')).toEqual({
    code: 0,
    stderr: '',
    stdout: '',
  });
  return stdout;
};
const refused = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stdout }, args.join(' ')).toEqual({ code: 1, stdout: '' });
  return stderr;
};
const until = (what: string, look: () => Promise<string | undefined>) =>
  eventually(what, look, { seen: () => stack.printed });

const application = nodeModule('left-alone', '1.0.0');
const vulnerable = writeLayout(path.join(home, 'vulnerable'), debianImage({ curl: '7.88.1-10+deb12u3' }, application));
const patched = writeDockerArchive(
  path.join(home, 'patched.tar'),
  debianLayers({ curl: '7.88.1-10+deb12u4' }, application),
);

beforeAll(async () => {
  data = await dataFolder();
  stack = await startProcess(data);
});
afterAll(endAll);

describe('the commands and a running stack', () => {
  test('begin with nothing', async () => {
    expect(await ok('status')).toMatch(/^nothing runs that Drydock knows of\n/);
    expect(await ok('problems')).toMatch(/^0 open problems\nhow much of what runs could be judged: drydock status\n$/);
    expect(await ok('plans')).toContain('no plan is offered');
    expect(await ok('rollouts')).toContain('nothing was rolled out yet');
    expect(await ok('doctor')).toMatch(/^ok +advisories/m);
  });

  test('push an image and run it, once it is there', async () => {
    expect(await refused('local', 'run', 'app:1.0', '--as', 'checkout')).toContain('app:1.0 is not in the registry');
    const pushed = await ok('push', vulnerable, 'app:1.0');
    expect(pushed).toMatch(/^pushed 127\.0\.0\.1:\d+\/app:1\.0@sha256:[0-9a-f]{64}: .* sent, 0 B there already\n$/);
    expect(await ok('push', vulnerable, 'app:1.0', '-q')).toBe(`${/sha256:[0-9a-f]{64}/.exec(pushed)?.[0]}\n`);
    expect(await ok('local', 'run', 'app:1.0', '--as', 'checkout', '--desired', '2', '--public')).toMatch(
      /^created demo\/checkout: 2 x 127\.0\.0\.1:\d+\/app:1\.0, repair mode ask\n$/,
    );
    expect(await refused('local', 'run', 'ghcr.io/some/app:1', '--as', 'checkout')).toContain('of its own registry');
    expect(await refused('local', 'run', 'app:1.0', '--as', 'not/a/name')).toContain('--as takes letters');
  });

  test('tell what is wrong and why', async () => {
    const table = await until('a problem', async () => {
      const { stdout } = await run('problems');
      return stdout.includes('CVE-2023-38545') ? stdout : undefined;
    });
    expect(table).toMatch(
      /^58 +critical 9\.8 +CVE-2023-38545 +curl +7\.88\.1-10\+deb12u4 .*demo\/checkout \(internet\)$/m,
    );
    const why = await ok('explain', 'CVE-2023-38545');
    expect(why).toMatch(/^risk {6}58 of 100\n {11}34 {2}severity: critical, CVSS 9\.8\n {12}0 {2}kev: not known/m);
    expect(why).toMatch(/^ {12}6 {2}running: runs in 1 service$/m);
    expect(why).toMatch(/^ {11}12 {2}exposed: from the internet: its tasks have public addresses/m);
    expect(why).toContain('decided   7.88.1-10+deb12u3 >= 0 and < 7.88.1-10+deb12u4 (dpkg)');
    expect(why).toMatch(/runs in +demo\/checkout: curl 7\.88\.1-10\+deb12u3/);
    expect(await ok('explain', 'dsa-5523-1')).toContain('CVE-2023-38545 in curl: open');
    expect(await ok('explain', 'CVE-2023-38545', 'app:1.0')).toContain('affected: curl 7.88.1-10+deb12u3');
    const inService = await ok('explain', 'CVE-2023-38545', 'demo/checkout');
    expect(inService).toContain('runs in   demo/checkout: curl 7.88.1-10+deb12u3');
    expect(inService).toMatch(
      /CVE-2023-38545 is in demo\/checkout \(sha256:[0-9a-f]{12}\)[\s\S]* {2}shown {5}no exception/,
    );
    expect(await refused('explain', 'CVE-2023-38545', 'demo/chekout')).toContain(
      'the stack has no service demo/chekout; it has demo/checkout',
    );
    expect(await ok('explain', 'CVE-2023-38545', patched, '--offline')).toMatch(
      /is not in .*patched\.tar: its packages are named[\s\S]*not affected: curl 7\.88\.1-10\+deb12u4/,
    );
    expect(await ok('explain', 'CVE-2014-0160')).toContain(
      'CVE-2014-0160 is in nothing that runs, as far as it could be judged',
    );
    expect(await refused('explain', 'not an id!')).toContain('is no id of a vulnerability');
    expect(await ok('status')).toMatch(
      /^1 of 1 running images read(?:, 1 in part)?; 1 workload\n1 open problem: 1 critical/,
    );
  });

  test('offer a repair, try it dry, approve it and export its proof', async () => {
    await ok('push', patched, 'app:1.0');
    const plan = await until('a plan', async () => /^plan-[0-9a-f]+/m.exec((await run('plans')).stdout)?.[0]);
    const shown = await ok('plan', plan);
    expect(shown).toContain('CVE-2023-38545 in curl');
    expect(shown).toContain('closes 1 problem\n  - CVE-2023-38545 curl (critical)');
    expect(await ok('approve', plan, '--dry-run')).toMatch(
      /^dry run, nothing was changed; approving would do\n {2}wave 1: demo\/checkout/,
    );
    expect(await ok('rollouts')).toContain('nothing was rolled out yet');
    const approved = await ok('approve', plan.slice(0, 12));
    const rollout = /rollout-[0-9a-f]+/.exec(approved)?.[0] ?? '';
    const story = await until('a verified rollout', async () => {
      const { stdout } = await run('rollout', rollout);
      return stdout.includes(': verified') ? stdout : undefined;
    });
    expect(story).toMatch(/demo\/checkout {2}wave 1 {2}verified/);
    const proof = JSON.parse(await ok('proof', rollout)) as { proofs: unknown[]; unproven: unknown[] };
    expect(proof).toMatchObject({
      rollout,
      proofs: [{ vulnerability: 'CVE-2023-38545', running: 2, inventories: [{ answer: 'absent' }] }],
      unproven: [],
    });
    expect(await refused('rollout', 'stop', rollout)).toContain('is over already: verified');
    expect(await refused('approve', plan)).toContain('is offered');
    expect(await refused('rollout', 'rollout-ffff')).toContain('there is no rollout');
  });

  test('preview a policy, refuse a broken one, and put a sound one in force', async () => {
    const file = path.join(home, 'policy.yml');
    writeFileSync(
      file,
      'mode: auto\nalert:\n  severity: low\nignore:\n  - id: CVE-1999-0001\n    reason: old\n    owner: team-a\n    until: 2099-01-01\n',
    );
    const seen = await ok('policy', 'preview', file, '--days', '2');
    expect(seen).toContain('the timeline of the last 2 days; nothing was changed');
    // a service's own tag goes before the policy
    expect(seen).toContain('modes\n  1 service as now');
    expect(seen).toContain('CVE-1999-0001 is needed by nothing that runs');
    expect(await ok('policy', 'push', file)).toMatch(/policy\.yml is in force as revision \d+\n$/);
    writeFileSync(file, 'mode: everything\n');
    const broken = await run('policy', 'push', file);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('policy.yml:1:7: mode:');
  });

  test('bring a service to another image, and take it away', async () => {
    expect(await ok('local', 'run', 'app:1.0', '--as', 'checkout', '--repair', 'observe')).toMatch(
      /^updated demo\/checkout: 1 x/,
    );
    expect(await ok('local', 'stop', 'checkout')).toBe('stopped demo/checkout\n');
    expect(await refused('local', 'stop', 'nobody')).toContain('there is no service "nobody" in the cluster demo');
  });
});
