import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';
import { builtFolder, sourcesFile } from '../bin/built-command.mjs';

// Run by `npm run build`, and by npm itself after `npm ci` in a clone: bundles the command, so that it begins in half the time.

const root = fileURLToPath(new URL('../', import.meta.url));

/** What is bundled: the command, and the thread that unpacks layers, whose other side looks for it beside itself. */
const command = 'cli/main.ts';
const thread = 'shared/oci/adapters/unpack-thread.ts';
const besideThread = 'shared/oci/adapters/unpacking-threads.ts';

/** Where packages that are bundled come from: npm writes it anew whenever it installs. */
const installed = 'node_modules/.package-lock.json';

/** A file that the bundle was made of: relative path, bytes, when it was changed (ms). */
type Source = readonly [file: string, bytes: number, changed: number];

/** Bundles the command into `folder` (absolute path), which is emptied before, and lists there what it was made of. Throws what esbuild throws. */
export async function buildCommand(folder: string): Promise<void> {
  const { build } = await import('esbuild');
  rmSync(folder, { recursive: true, force: true });
  const sources: Source[] = [
    sourceOf('package.json'),
    ...(existsSync(path.join(root, installed)) ? [sourceOf(installed)] : []),
  ];
  const settings = {
    outdir: folder,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    plugins: [ownFiles(folder, (source) => sources.push(source))],
    absWorkingDir: root,
    logLevel: 'error',
  } satisfies BuildOptions;
  await build({
    ...settings,
    entryPoints: [command],
    splitting: true,
    // packages that come as CommonJS require Node's own modules
    banner: {
      js: "import{createRequire as drydockRequire}from'node:module';const require=drydockRequire(import.meta.url);",
    },
  });
  // apart, with nothing in common with the command: from one file a thread starts 5 ms sooner than from four
  await build({ ...settings, entryPoints: [thread] });
  // the list comes last: without it nothing is run from here
  writeFileSync(path.join(folder, sourcesFile), JSON.stringify(sources));
}

function sourceOf(file: string): Source {
  const { size, mtimeMs } = statSync(path.join(root, file));
  return [file, size, mtimeMs];
}

/**
 * Lists each file of the project's own as it is before it is read: one that changes meanwhile is another one later. What it finds by its own place (`import.meta.url`) stays
 * where it is when its code is moved.
 */
function ownFiles(folder: string, list: (source: Source) => void): Plugin {
  return {
    name: 'own-files',
    setup(build) {
      build.onLoad({ filter: /.*/, namespace: 'file' }, ({ path: place }) => {
        const file = path.relative(root, place).split(path.sep).join('/');
        if (file.startsWith('node_modules/')) return undefined;
        list(sourceOf(file));
        if (!file.endsWith('.ts') || file === besideThread) return undefined;
        const text = readFileSync(place, 'utf8');
        if (!text.includes('import.meta.url')) return undefined;
        const from = JSON.stringify(path.relative(folder, place).split(path.sep).join('/'));
        return { contents: text.replaceAll('import.meta.url', `new URL(${from}, import.meta.url).href`), loader: 'ts' };
      });
    },
  };
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await buildCommand(path.join(root, builtFolder));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    process.stderr.write(
      'esbuild is not installed here (npm ci without --omit=dev): the command runs from its sources, and begins a little later.\n',
    );
    process.exitCode = 1;
  }
}
