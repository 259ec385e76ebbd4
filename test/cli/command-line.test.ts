import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { cacheFolder } from '../../bin/cache-folder.mjs';
import { duration, oneOf, readArguments, wholeNumber } from '../../cli/arguments.ts';
import { commands } from '../../cli/commands.ts';
import { drydock, freshFolder } from './command.ts';

const home = freshFolder();
const cache = freshFolder();
const run = (...args: string[]) => drydock(args, { home });
const failure = async (...args: string[]) => {
  const ran = await run(...args);
  expect(ran).toMatchObject({ code: 1, stdout: '' });
  return ran.stderr;
};

describe('the command line', () => {
  test('lists every command, and each says how it is used', async () => {
    const { code, stdout, stderr } = await run('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, summary, load } of commands) {
      expect(stdout).toContain(`  ${name.padEnd(14)}  ${summary}`);
      expect((await load()).usage, name).toMatch(new RegExp(`^drydock ${name}\\b`));
    }
  });

  test('says its version', async () => {
    expect((await run('--version')).stdout).toMatch(/^drydock \d+\.\d+\.\d+ \(node 2\d\.\d+\.\d+\)\n$/);
    expect((await run('version')).stdout).toBe((await run('--version')).stdout);
  });

  test('loads nothing of AWS for an image that lies on this machine', () => {
    const probe = path.join(home, 'probe.mjs');
    writeFileSync(
      probe,
      `import { registerHooks } from 'node:module';
       const loaded = [];
       registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
       process.on('exit', () => process.stderr.write(JSON.stringify(loaded)));`,
    );
    // the sources themselves: a bundle has no names to look at
    const main = path.join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
    const args = ['--import', pathToFileURL(probe).href, main, 'sbom', './no-such', '--quiet'];
    const { stderr } = spawnSync(process.execPath, args, { cwd: home, encoding: 'utf8' });
    const loaded = JSON.parse(stderr.slice(stderr.indexOf('['))) as string[];
    expect(loaded.length).toBeGreaterThan(100);
    expect(loaded.filter((url) => /@aws|@smithy/.test(url))).toEqual([]);
  });

  // what a pipeline takes for a report must not be an empty file
  test.runIf(existsSync('/dev/full'))('fails when what it says does not fit on the disk', () => {
    const full = openSync('/dev/full', 'w');
    const bin = path.join(import.meta.dirname, '../../bin/drydock.mjs');
    const { status, stderr } = spawnSync(process.execPath, [bin, 'version'], {
      stdio: ['ignore', full, 'pipe'],
      env: { PATH: process.env.PATH ?? '', HOME: home },
    });
    closeSync(full);
    expect({ status, stderr: String(stderr) }).toEqual({
      status: 1,
      stderr: 'drydock: the report cannot be written (ENOSPC)\n',
    });
  });

  test('helps with each command, wherever it is asked', async () => {
    const { usage } = await commands[0]!.load();
    for (const args of [
      ['help', 'scan'],
      ['scan', '--help'],
      ['scan', './x', '-h'],
    ])
      expect(await run(...args), args.join(' ')).toEqual({ code: 0, stdout: usage, stderr: '' });
  });

  test('names what was probably meant', async () => {
    expect(await failure('scna', './x')).toBe('drydock: there is no command "scna"; did you mean drydock scan?\n');
    expect(await failure('scan', './x', '--fromat', 'json')).toBe(
      'drydock: there is no option --fromat; did you mean --format?\n',
    );
    expect(await failure('local', 'rnu')).toContain('did you mean drydock local run?');
    expect(await failure('policy')).toContain('drydock policy needs one of: check, preview, push');
    expect(await failure('scan', './x', '--fail-on', 'critcal')).toContain('did you mean critical?');
    expect(await failure('xyzzy')).toBe('drydock: there is no command "xyzzy"; drydock --help lists them\n');
  });

  test('says what is missing or too much', async () => {
    expect(await failure('scan')).toBe('drydock: <image> is missing; write it after the command\n');
    expect(await failure('plan')).toContain('<plan> is missing');
    expect(await failure('scan', 'a', 'b')).toContain('an argument too many: "b"');
    expect(await failure('scan', './x', '--timeout', 'soon')).toContain('--timeout takes a time such as 90s, 5m or 1h');
    expect(await failure('scan', './x', '-o', 'json')).toContain('-o takes <format>=<file>');
    expect(await failure('--strict', 'scan')).toContain('--strict stands before a command');
    const nothing = await run();
    expect(nothing.code).toBe(1);
    expect(nothing.stdout).toContain('usage: drydock <command>');
  });

  test('cannot be spoken through', async () => {
    expect(await failure('scan', `./\u001b[2J\u202e.tar`)).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    expect(await failure('\u001b]0;x\u0007')).not.toMatch(/[^\n\P{Cc}]/u);
  });

  test('without a stack says how one is started', async () => {
    for (const args of [
      ['status'],
      ['problems'],
      ['plans'],
      ['approve', 'x'],
      ['policy', 'preview', 'p.yml'],
      ['local', 'stop', 'x'],
    ]) {
      writeFileSync(path.join(home, 'p.yml'), 'mode: ask\n');
      expect(await failure(...args), args.join(' ')).toMatch(
        /no stack runs in "\.drydock": start one with "npm start", or name its folder with --data/,
      );
    }
    expect(await failure('push', './nothing', 'app:1')).toContain('no stack runs');
  });

  test('does not believe an endpoints.json that leads to another machine', async () => {
    const folder = freshFolder();
    const endpoints = {
      registry: 'https://evil.example',
      ecs: 'http://127.0.0.1:1',
      api: 'http://127.0.0.1:1/api',
      page: 'http://127.0.0.1:1',
      token: 't',
    };
    writeFileSync(path.join(folder, 'endpoints.json'), JSON.stringify(endpoints));
    expect(await failure('push', './x', 'app:1', '--data', folder)).toContain('registry: it is not on this machine');
    writeFileSync(
      path.join(folder, 'endpoints.json'),
      JSON.stringify({ ...endpoints, registry: 'http://127.0.0.1:1' }),
    );
    const stopped = await failure('status', '--data', folder);
    expect(stopped).toMatch(
      /the api http:\/\/127\.0\.0\.1:1\/api does not answer: the stack of .* has stopped; start it again with "npm start -- --data/,
    );
  });
});

describe('a policy file', () => {
  const file = path.join(home, 'policy.yml');
  const check = (text: string) => {
    writeFileSync(file, text);
    return drydock(['policy', 'check', 'policy.yml'], { home });
  };

  test('that is sound is summed up', async () => {
    const { code, stdout } = await check('mode: ask\nservices:\n  - service: prod/*\n    mode: auto\n');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^policy\.yml is sound: mode ask, 1 rule for services,/);
  });

  test('that is not is told with every line and path', async () => {
    const { code, stdout, stderr } = await check('mode: asks\nservices:\n  - service: prod/*\n    mod: auto\n');
    expect(code).toBe(1);
    expect(stdout.split('\n').slice(0, -1)).toEqual([
      'policy.yml:1:7: mode: "asks" is not possible; did you mean ask?',
      expect.stringMatching(/^policy\.yml:3:5: services\[0\]\.mode: is missing/),
      expect.stringMatching(/^policy\.yml:4:5: services\[0\]\.mod: unknown key; did you mean mode\?/),
    ]);
    expect(stderr).toBe('drydock: policy.yml has 3 errors and is not used; mend them and try again\n');
  });

  test('that is not there is named', async () => {
    expect(await failure('policy', 'check', 'nothing.yml')).toContain('"nothing.yml" cannot be read (ENOENT)');
  });
});

test('a doctor finds this machine well, and says what is not there', async () => {
  const { code, stdout } = await run('doctor');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ok +node +Drydock/m);
  expect(stdout).toMatch(/^ok +cache /m);
  expect(stdout).toMatch(/^off +stack +none runs in \.drydock; start one with "npm start"/m);
  writeFileSync(path.join(home, 'full'), '');
  const broken = await run('doctor', '--cache-dir', path.join(home, 'full/cache'));
  expect(broken.code).toBe(1);
  expect(broken.stderr).toBe('drydock: 1 of 4 checks is broken\n');
});

test('completion scripts know every command', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await run('completion', shell);
    for (const { name } of commands) for (const word of name.split(' ')) expect(stdout, shell).toContain(word);
  }
});

describe('arguments', () => {
  test('are read by their kinds', () => {
    const { values, positionals } = readArguments(
      ['a', '--no-wide', '-n', '3', '--', '--b'],
      { wide: { type: 'boolean', default: true }, number: { type: 'string', short: 'n' } },
      ['<a>', '[b]'],
    );
    expect({ ...values }).toMatchObject({ wide: false, number: '3' });
    expect(positionals).toEqual(['a', '--b']);
  });

  test('are refused by their kinds', () => {
    expect(duration('90', '-t')).toBe(90_000);
    expect(duration('5m', '-t')).toBe(300_000);
    for (const bad of ['', '0', '-1', '1d', '1e3', '99999h'])
      expect(() => duration(bad, '-t')).toThrow('-t takes a time');
    expect(wholeNumber('14', '--days', 1, 90)).toBe(14);
    for (const bad of ['', '0', '91', '1.5', 'x', '0x10'])
      expect(() => wholeNumber(bad, '--days', 1, 90)).toThrow('from 1 to 90');
    expect(oneOf('JSON', ['json', 'table'], '-f')).toBe('json');
    expect(() => readArguments(['--wide=1'], { wide: { type: 'boolean' } })).toThrow();
  });
});

test('what was compiled once is kept for the next start', async () => {
  await drydock(['--version'], { home, environment: { XDG_CACHE_HOME: cache } });
  expect(readdirSync(path.join(cache, 'drydock', 'compiled'))).toHaveLength(1);
});

test('the cache lies where the XDG rules say', () => {
  if (process.platform !== 'linux') return;
  expect(cacheFolder({ XDG_CACHE_HOME: '/somewhere' })).toBe('/somewhere/drydock');
  expect(cacheFolder({ XDG_CACHE_HOME: 'relative' })).toBe(cacheFolder({}));
});
