import module from 'node:module';
import path from 'node:path';
import { cacheFolder } from './cache-folder.ts';

// what was stripped and compiled once is not compiled again: the difference between a slow and an instant start
module.enableCompileCache(path.join(cacheFolder(process.env), 'compiled'));

const { runDrydock } = await import('./run.ts');
await runDrydock(process.argv.slice(2));
