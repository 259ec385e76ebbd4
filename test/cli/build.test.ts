import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildCommand } from '#cli/build';
import { builtCommand, builtFolder, sourcesFile } from '../../bin/built-command.mjs';
import { freshFolder } from './command.ts';
import { debianImage, nodeModule, writeLayout } from './stored-images.ts';

const root = path.join(import.meta.dirname, '..', '..');
const fromSources = path.join(root, 'cli', 'main.ts');
const home = freshFolder();
const built = path.join(home, builtFolder);
const bundled = path.join(built, 'main.mjs');

beforeAll(() => buildCommand(built));

const run = (main: string, ...args: readonly string[]): string =>
  execFileSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: path.join(home, 'cache') },
  });

describe('the bundled command', () => {
  test('writes the same bill as the sources do, with a layer that a thread unpacks', () => {
    // more than 4 MiB packed: those go to a thread
    const noise = Buffer.alloc(6 << 20);
    let state = 1;
    for (let at = 0; at < noise.length; at += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      noise[at] = state >>> 24;
    }
    const image = debianImage(
      { curl: '1:7.88.1-10+deb12u3' },
      { ...nodeModule('lodash', '4.17.20'), 'srv/noise': noise },
    );
    const layout = writeLayout(path.join(home, 'layout'), image);
    const bill = run(fromSources, 'sbom', layout);
    expect(bill).toContain('pkg:npm/lodash@4.17.20');
    rmSync(path.join(home, 'cache'), { recursive: true });
    expect(run(bundled, 'sbom', layout)).toBe(bill);
  });

  test('finds what lies beside the sources', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(run(bundled, '--version')).toContain(version);
  });
});

describe('what is loaded before an image is read', () => {
  const importsOf = (file: string): string[] =>
    [...readFileSync(path.join(built, file), 'utf8').matchAll(/^(?:import |.*\bfrom )"\.\/([^"]+)";$/gm)].map(
      ([, name]) => name!,
    );
  const loaded = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const next of importsOf(file)) loaded(next, seen);
    return seen;
  };

  test.each([
    { command: 'sbom', without: 'zod', why: 'schemas are for facts that were stored' },
    { command: 'scan', without: 'yaml', why: 'policies are read when one is named' },
  ])('by drydock $command: no $without, since $why', ({ command, without }) => {
    const entry = readdirSync(built).find((file) => file.startsWith(`${command}-`))!;
    const texts = [...loaded(entry)].map((file) => readFileSync(path.join(built, file), 'utf8'));
    const sources = texts.flatMap((text) => [...text.matchAll(/^\/\/ (\S+\.[jt]s)$/gm)].map(([, file]) => file!));
    expect(sources).toContain('shared/inventory/read-layer.ts');
    expect(sources.filter((file) => file.startsWith(`node_modules/${without}/`))).toEqual([]);
  });

  test('by drydock sbom: nothing of the network, if the image lies here', () => {
    const layout = writeLayout(path.join(home, 'here'), debianImage({ curl: '1:7.88.1-10+deb12u3' }, {}));
    const told = path.join(home, 'loaded.json');
    const tell = `process.on('exit', () => process.getBuiltinModule('fs').writeFileSync(${JSON.stringify(told)}, JSON.stringify(process.moduleLoadList)))`;
    execFileSync(process.execPath, ['--import', `data:text/javascript,${tell}`, bundled, 'sbom', layout], {
      env: { ...process.env, XDG_CACHE_HOME: path.join(home, 'other-cache') },
    });
    const modules = JSON.parse(readFileSync(told, 'utf8')) as string[];
    expect(modules).toContain('NativeModule zlib');
    for (const name of ['http', 'https', 'tls', 'dns', 'child_process'])
      expect(modules).not.toContain(`NativeModule ${name}`);
  });
});

describe('whether the bundle is run', () => {
  const project = path.join(home, 'project');
  const source = path.join(project, 'cli', 'main.ts');
  const list = path.join(project, builtFolder, sourcesFile);
  const listed = (rows: unknown): void => {
    mkdirSync(path.dirname(list), { recursive: true });
    writeFileSync(list, typeof rows === 'string' ? rows : JSON.stringify(rows));
  };
  const changed = new Date(1_700_000_000_000);
  beforeAll(() => {
    mkdirSync(path.dirname(source), { recursive: true });
    writeFileSync(source, 'abc');
    utimesSync(source, changed, changed);
  });
  const main = path.join(project, builtFolder, 'main.mjs');
  const row = ['cli/main.ts', 3, changed.getTime()];

  test('only as long as every source is what it was made of', () => {
    expect(builtCommand(project)).toBeUndefined();
    listed([row]);
    expect(builtCommand(project)).toBe(main);
    listed([row, ['cli/gone.ts', 3, changed.getTime()]]);
    expect(builtCommand(project)).toBeUndefined();
    listed([['cli/main.ts', 4, changed.getTime()]]);
    expect(builtCommand(project)).toBeUndefined();
    listed([['cli/main.ts', 3, changed.getTime() - 1]]);
    expect(builtCommand(project)).toBeUndefined();
  });

  test.each(['', '[', '[]', '{}', 'null'])('not with a list like %j', (text) => {
    listed(text);
    expect(builtCommand(project)).toBeUndefined();
  });

  test('the list names every source of the command, and stands for this tree', () => {
    const rows = JSON.parse(readFileSync(path.join(built, sourcesFile), 'utf8')) as [string, number, number][];
    const files = rows.map(([file]) => file);
    for (const file of [
      'cli/main.ts',
      'cli/commands/sbom.ts',
      'shared/oci/adapters/unpack-thread.ts',
      'bin/cache-folder.mjs',
      'package.json',
    ])
      expect(files).toContain(file);
    const copy = path.join(home, 'copy');
    // what command and thread have in common was read for both
    for (const file of new Set(files)) {
      mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
      symlinkSync(path.join(root, file), path.join(copy, file));
    }
    cpSync(built, path.join(copy, builtFolder), { recursive: true });
    expect(builtCommand(copy)).toBe(path.join(copy, builtFolder, 'main.mjs'));
    rmSync(path.join(copy, 'cli/table.ts'));
    expect(builtCommand(copy)).toBeUndefined();
  });
});
