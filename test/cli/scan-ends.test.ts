import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { drydock } from './command.ts';
import { at, home, layout, packages, reportOf, scan } from './scanned-debian.ts';
import { debianImage, writeAdvisories, writeLayout } from './stored-images.ts';

describe('how a scan ends', () => {
  test.each([
    [['--fail-on', 'critical'], 2],
    [['--fail-on', 'low'], 2],
    [['--fail-on', 'kev'], 2],
    [['--fail-on', 'fixable'], 2],
    [['--fail-on', 'any'], 2],
    [['--fail-on', 'high,kev'], 2],
    [['--fail-on', 'critical', '--severity', 'low'], 2],
    [['--strict'], 0],
  ])('%j ends with %i', async (args, code) => {
    const ran = await scan(layout, ...args);
    expect(ran.code).toBe(code);
    if (code === 2) expect(ran.stderr).toMatch(/^drydock: .* \(--fail-on\), exit code 2\n$/);
  });

  test('a threshold that nothing reaches is 0', async () => {
    const patched = writeLayout(at('patched'), debianImage({ curl: '7.88.1-10+deb12u4' }));
    expect((await scan(patched, '--fail-on', 'critical,high,kev,fixable')).code).toBe(0);
    expect((await scan(patched, '--fail-on', 'medium')).code).toBe(2);
    // what has no fix is not looked at
    expect((await scan(patched, '--fail-on', 'medium', '--only-fixed')).code).toBe(0);
  });

  test('an image that cannot be judged whole is 3 with --strict, and 2 goes before it', async () => {
    const only = writeAdvisories(at('only-npm'), [
      { id: 'GHSA-x', ecosystem: 'npm', package: 'lodash', fixed: '4.17.21' },
    ]);
    const run = (...args: string[]) => drydock(['scan', layout, '--advisories', only, ...args], { home });
    const strict = await run('--strict');
    expect(strict.code).toBe(3);
    expect(strict.stderr).toBe(
      'drydock: not all of the image could be judged (no advisories for debian-12; --strict), exit code 3\n',
    );
    expect((await run('--strict', '--fail-on', 'any')).code).toBe(2);
    expect((await run()).code).toBe(0);
  });

  test('what cannot be read is 1, with one line that says what to do', async () => {
    const damaged = writeLayout(at('damaged'), debianImage(packages));
    const report = reportOf(await scan(layout, '--format', 'json'));
    expect(report.findings.length).toBeGreaterThan(0);
    const index = JSON.parse(readFileSync(path.join(damaged, 'index.json'), 'utf8')) as {
      manifests: { digest: string }[];
    };
    const manifest = path.join(damaged, 'blobs', index.manifests[0]!.digest.replace(':', '/'));
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('layers', 'LAYERS'));
    for (const image of [damaged, './nothing.tar', 'registry:UPPER/case', '127.0.0.1:9/app:1']) {
      const ran = await scan(image, '--timeout', '20s');
      expect(ran, image).toMatchObject({ code: 1, stdout: '' });
      expect(ran.stderr, image).toMatch(/^drydock: [^\n]+\n$/);
    }
    const debug = await scan('./nothing.tar', '--debug');
    expect(debug.stderr).toContain('UnknownSource');
    expect(debug.stderr).toMatch(/\n +at /);
  });

  test('a gate does not open because advisories could not be fetched', async () => {
    // nothing listens on port 9 of this machine: a source that was named and does not answer is a failure
    const named = await drydock(['scan', layout, '--advisories', 'http://127.0.0.1:9/'], { home });
    expect(named).toMatchObject({ code: 1, stdout: '' });
    expect(named.stderr).toContain('127.0.0.1:9');
  });
});
