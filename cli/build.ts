import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { builtFolder, sourcesFile } from '../bin/built-command.mjs';

// Run by `npm run build`, and by npm itself after `npm ci` in a clone: bundles the command, so that it begins in half the time.

const root = fileURLToPath(new URL('../', import.meta.url));

/** What is bundled: the command, and the thread that unpacks layers, whose other side looks for it beside itself. */
const entries = ['cli/main.ts', 'shared/oci/adapters/unpack-thread.ts'];
const besideThread = 'shared/oci/adapters/unpacking-threads.ts';

/** Where packages that are bundled come from: npm writes it anew whenever it installs. */
const installed = 'node_modules/.package-lock.json';

/**
 * Bundles the command into `folder` (absolute path), which is emptied before, and lists there what it was made of. Throws what esbuild throws.
 */
export async function buildCommand(folder: string): Promise<void> {
  const { build } = await import('esbuild');
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: entries.map((file) => path.join(root, file)),
    outdir: folder,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    // packages that come as CommonJS require Node's own modules
    banner: {
      js: "import{createRequire as drydockRequire}from'node:module';const require=drydockRequire(import.meta.url);",
    },
    plugins: [ownPlaces(folder)],
    metafile: true,
    absWorkingDir: root,
    logLevel: 'error',
  });
  const own = Object.keys(metafile.inputs).filter((file) => !file.startsWith('node_modules/'));
  const sources = ['package.json', installed, ...own].flatMap((file) => {
    const found = statSync(path.join(root, file), { throwIfNoEntry: false });
    return found === undefined ? [] : [[file, found.size, found.mtimeMs]];
  });
  mkdirSync(folder, { recursive: true });
  // the list comes last: without it nothing is run from here
  writeFileSync(path.join(folder, sourcesFile), JSON.stringify(sources));
}

/** What a file finds by its own place (`import.meta.url`) stays where it is when the file's code is moved. */
function ownPlaces(folder: string): Plugin {
  return {
    name: 'own-places',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const text = readFileSync(file, 'utf8');
        if (!text.includes('import.meta.url') || file === path.join(root, besideThread)) return undefined;
        const place = JSON.stringify(path.relative(folder, file).split(path.sep).join('/'));
        return {
          contents: text.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`),
          loader: 'ts',
        };
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
      'esbuild is not installed here: the command runs from its sources, and begins a little later.\n',
    );
  }
}
