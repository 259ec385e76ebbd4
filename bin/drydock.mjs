#!/usr/bin/env node
// The `drydock` command: finds Node 24 and runs cli/main.ts on it.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './cache-folder.mjs';
import { runOnNode24 } from './node24.mjs';

await runOnNode24(
  path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'cli', 'main.ts'),
  process.argv.slice(2),
  path.join(cacheFolder(process.env), 'compiled'),
);
