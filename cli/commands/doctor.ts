import { constants } from 'node:fs';
import { access, mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../bin/cache-folder.mjs';
import { localApi } from '../api.ts';
import { overview } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { defaultData, readEndpoints, startHint } from '../endpoints.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { bytesText, counted } from '../words.ts';
import { drydockVersion } from './version.ts';

export const usage = `drydock doctor [options]

  whether everything that Drydock needs is here: Node, folders, the running stack, the age of its advisories; exit code 1 if something is broken

  --data <folder>       the stack's data folder (default: ${defaultData})
  --cache-dir <folder>  where layers and advisories are remembered (default: your cache folder)
`;

/** One thing that was looked at. 'off': not there, and nothing is broken by it. */
interface Check {
  readonly state: 'ok' | 'off' | 'broken';
  readonly what: string;
  readonly text: string;
}

/** Looks at everything and says what to do about what is broken. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, {
    data: { type: 'string', default: defaultData },
    'cache-dir': { type: 'string' },
  });
  const checks = [
    node(),
    await starter(),
    await cache(path.resolve(values['cache-dir'] ?? cacheFolder(process.env))),
    ...(await stack(values.data)),
  ];
  const width = Math.max(...checks.map(({ what }) => what.length));
  const styles = { ok: 'green', off: 'dim', broken: 'red' } as const;
  for (const { state, what, text } of checks)
    terminal.write(`${terminal.paint(styles[state], state.padEnd(6))}  ${what.padEnd(width)}  ${plainText(text)}\n`);
  const broken = checks.filter(({ state }) => state === 'broken');
  if (broken.length === 0) return exitCodes.ok;
  terminal.complain(
    `drydock: ${broken.length} of ${counted(checks.length, 'check')} ${broken.length === 1 ? 'is' : 'are'} broken`,
  );
  return exitCodes.failed;
}

function node(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  return {
    state: major >= 24 ? 'ok' : 'broken',
    what: 'node',
    text: `Drydock ${drydockVersion()} on Node ${process.versions.node}, ${process.platform}-${process.arch}${major >= 24 ? '' : '; Node 24 is needed: run npm ci without --omit=optional'}`,
  };
}

async function starter(): Promise<Check> {
  const folder = fileURLToPath(new URL('../../local/starter/advisories', import.meta.url));
  const names = await readdir(folder).catch(() => []);
  return names.length > 0
    ? { state: 'ok', what: 'starter', text: `bundled advisories for ${names.sort().join(', ')}` }
    : { state: 'broken', what: 'starter', text: `${folder} is missing; install Drydock again` };
}

async function cache(folder: string): Promise<Check> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch {
    return {
      state: 'broken',
      what: 'cache',
      text: `${folder} cannot be written; every scan reads everything again. Choose another with --cache-dir or XDG_CACHE_HOME`,
    };
  }
  const { files, bytes } = await sizeOf(folder);
  return {
    state: 'ok',
    what: 'cache',
    text: `${folder}: ${bytesText(bytes)} in ${counted(files, 'file')}; it may be deleted`,
  };
}

async function sizeOf(folder: string): Promise<{ readonly files: number; readonly bytes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(path.join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

async function stack(folder: string): Promise<Check[]> {
  const endpoints = await readEndpoints(folder).catch(() => undefined);
  if (endpoints === undefined) {
    const there = (await stat(path.join(folder, 'endpoints.json')).catch(() => undefined)) !== undefined;
    return [
      there
        ? {
            state: 'broken',
            what: 'stack',
            text: `${path.join(folder, 'endpoints.json')} cannot be read; stop the stack and start it again`,
          }
        : { state: 'off', what: 'stack', text: `none runs in ${folder}; start one with "${startHint(folder)}"` },
    ];
  }
  const parts = (['registry', 'ecs', 'dynamodb', 'page'] as const).flatMap((what) => {
    const url = endpoints[what];
    return url === undefined ? [] : [{ what, url }];
  });
  const answers = await Promise.all(parts.map(({ what, url }) => answering(what, url)));
  if (answers.every(({ state }) => state === 'broken'))
    return [
      {
        state: 'broken',
        what: 'stack',
        text: `nothing of the stack in ${folder} answers; start it again with "${startHint(folder)}"`,
      },
    ];
  return [...answers, await advisories(folder)];
}

async function answering(what: string, url: string): Promise<Check> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return { state: 'ok', what, text: url };
  } catch {
    return { state: 'broken', what, text: `${url} does not answer; stop the stack and start it again` };
  }
}

async function advisories(folder: string): Promise<Check> {
  try {
    const { advisories: book, now } = await (await localApi(folder)).get('/overview', overview);
    const hours = Math.floor((Date.parse(now) - Date.parse(book.builtAt)) / 3_600_000);
    const shards = Object.values(book.shards);
    const sources = new Set(shards.map(({ source }) => source));
    return {
      state: 'ok',
      what: 'advisories',
      text: `${counted(shards.length, 'ecosystem')} from ${[...sources].sort().join(', ')}, last taken ${hours < 1 ? 'within the hour' : `${counted(hours, 'hour')} ago`}`,
    };
  } catch (error) {
    return { state: 'broken', what: 'advisories', text: error instanceof Error ? error.message : String(error) };
  }
}
