import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipSays } from './installed.ts';
import type { Recipe } from './recipe.ts';
import { run } from './run-tool.ts';

const wanted = [
  'fastapi==0.103.0',
  'uvicorn==0.23.2',
  'sqlalchemy==2.0.20',
  'pydantic==2.3.0',
  'pillow==9.5.0',
  'aiohttp==3.8.5',
];

/** A package manager of Python in a folder outside of the image. */
async function tool(folder: string, requirement: string): Promise<string> {
  const place = path.join(folder, 'tool');
  await run('python3', ['-m', 'venv', place]);
  await run(path.join(place, 'bin/python'), ['-m', 'pip', 'install', '-q', requirement]);
  return path.join(place, 'bin');
}

/** The folder of an environment's packages. */
async function siteOf(venv: string): Promise<string> {
  const told = await run(path.join(venv, 'bin/python'), [
    '-c',
    'import sysconfig; print(sysconfig.get_path("purelib"))',
  ]);
  return told.trim();
}

/** The layouts of Python beside pip's own: an environment of uv, and one of pip with the application itself linked in. */
export const pythonRecipes: readonly Recipe[] = [
  {
    name: 'python-uv',
    needs: ['python3'],
    async make(folder) {
      const bin = await tool(folder, 'uv==0.5.0');
      const venv = path.join(folder, 'root/app/.venv');
      const settings = { UV_CACHE_DIR: path.join(folder, 'cache'), UV_PYTHON_DOWNLOADS: 'never', UV_LINK_MODE: 'copy' };
      mkdirSync(path.dirname(venv), { recursive: true });
      await run(path.join(bin, 'uv'), ['venv', '-q', venv], folder, settings);
      await run(
        path.join(bin, 'uv'),
        ['pip', 'install', '-q', '--python', path.join(venv, 'bin/python'), ...wanted],
        folder,
        settings,
      );
      return { trees: [path.join(folder, 'root')], installed: await pipSays(await siteOf(venv)) };
    },
  },
  {
    name: 'python-venv',
    needs: ['python3'],
    async make(folder) {
      const app = path.join(folder, 'root/app');
      mkdirSync(path.join(app, 'bench_app'), { recursive: true });
      writeFileSync(path.join(app, 'bench_app/__init__.py'), '');
      writeFileSync(
        path.join(app, 'pyproject.toml'),
        '[project]\nname = "bench-app"\nversion = "1.0.0"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
      );
      const venv = path.join(app, '.venv');
      await run('python3', ['-m', 'venv', venv]);
      await run(path.join(venv, 'bin/python'), ['-m', 'pip', 'install', '-q', ...wanted, '-e', app]);
      return { trees: [path.join(folder, 'root')], installed: await pipSays(await siteOf(venv)) };
    },
  },
];
