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

/** The layouts of Python beside pip's own: environments of uv, and of Poetry with the application itself linked in. */
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
    name: 'python-poetry',
    needs: ['python3'],
    async make(folder) {
      const bin = await tool(folder, 'poetry==1.8.5');
      const app = path.join(folder, 'root/app');
      mkdirSync(path.join(app, 'bench_app'), { recursive: true });
      writeFileSync(path.join(app, 'bench_app/__init__.py'), '');
      const dependencies = wanted.map((each) => each.replace('==', ' = "') + '"').join('\n');
      writeFileSync(
        path.join(app, 'pyproject.toml'),
        `[tool.poetry]\nname = "bench-app"\nversion = "1.0.0"\ndescription = ""\nauthors = []\n[tool.poetry.dependencies]\npython = ">=3.9,<4"\n${dependencies}\n` +
          '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n',
      );
      await run(path.join(bin, 'poetry'), ['install', '-q', '-n', '--no-cache'], app, {
        POETRY_VIRTUALENVS_IN_PROJECT: 'true',
        POETRY_CACHE_DIR: path.join(folder, 'cache'),
      });
      return { trees: [path.join(folder, 'root')], installed: await pipSays(await siteOf(path.join(app, '.venv'))) };
    },
  },
];
