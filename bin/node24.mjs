#!/usr/bin/env node
// Runs a script of this project on Node 24 or newer, whatever Node the machine has: the one on the PATH if it is
// new enough, else the one that npm installed beside us as an optional, per-platform package.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { collecting } from './collecting.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The Node to use: 'this' process, the path of a packaged one, or undefined when there is none. */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return 'this';
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const packaged = path.join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', file);
  return existsSync(packaged) ? packaged : undefined;
}

/**
 * Runs `script` (absolute path) with `args`, and with `flags` of V8; in this process when it is new enough, else in a child that gets our signals. What was stripped of
 * its types and compiled is kept in the folder `compiled`, if there is one: the difference between a slow and an instant start.
 */
export async function runOnNode24(script, args, { compiled, flags = [] } = {}) {
  const node = findNode();
  if (node === 'this') {
    for (const flag of flags) setFlagsFromString(flag);
    if (compiled !== undefined) module.enableCompileCache(compiled);
    process.argv = [process.argv[0], script, ...args];
    await import(pathToFileURL(script).href);
    return;
  }
  if (node === undefined) {
    process.stderr.write(
      `Drydock needs Node 24 or newer; this is ${process.version}, and npm installed no packaged one for ${process.platform}-${process.arch}.\n` +
        'Install Node 24 (https://nodejs.org), or run "npm ci" without --omit=optional, and try again.\n',
    );
    process.exitCode = 1;
    return;
  }
  const env = compiled === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: compiled };
  const { spawn } = await import('node:child_process');
  const child = spawn(node, [...flags, script, ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) {
    process.stderr.write('usage: node bin/node24.mjs <script> [arguments]\n');
    process.exitCode = 1;
  } else {
    await runOnNode24(path.resolve(script), args, { flags: [collecting] });
  }
}
