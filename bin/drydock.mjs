#!/usr/bin/env node
// The `drydock` command: finds Node 24 and runs the command on it, bundled if that was done, else from cli/main.ts.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtCommand } from './built-command.mjs';
import { cacheFolder } from './cache-folder.mjs';
import { runOnNode24 } from './node24.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
await runOnNode24(builtCommand(root) ?? path.join(root, 'cli', 'main.ts'), process.argv.slice(2), {
  compiled: path.join(cacheFolder(process.env), 'compiled'),
});
