import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeTreeSays } from './installed.ts';
import type { Recipe } from './recipe.ts';
import { run } from './run-tool.ts';

const dependencies = {
  express: '4.18.2',
  lodash: '4.17.20',
  axios: '0.21.1',
  'socket.io': '4.5.0',
  '@fastify/static': '6.5.0',
  jsonwebtoken: '8.5.1',
};

interface Manager {
  readonly name: string;
  /** the npm package that is the manager, and its program there */
  readonly package: string;
  readonly version: string;
  readonly program: string;
  readonly words: (outside: string) => readonly string[];
  /** how it lists what it has installed, as JSON */
  readonly list?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

/** One application, installed by one package manager into its own layout; its store lies outside of the image. */
function application({ name, package: tool, version, program, words, list, files = {} }: Manager): Recipe {
  return {
    name: `node-${name}`,
    needs: ['npm'],
    async make(folder) {
      const outside = path.join(folder, 'outside');
      mkdirSync(outside, { recursive: true });
      writeFileSync(path.join(outside, 'package.json'), '{"private":true}');
      await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${tool}@${version}`], outside);
      const app = path.join(folder, 'root/app');
      mkdirSync(app, { recursive: true });
      const manifest = { name: 'app', version: '1.0.0', private: true, dependencies };
      for (const [file, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files }))
        writeFileSync(path.join(app, file), text);
      const started = path.join(outside, 'node_modules', tool, program);
      const settings = { HOME: outside, YARN_ENABLE_TELEMETRY: '0', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' };
      await run(process.execPath, [started, ...words(outside)], app, settings);
      const trees = [path.join(folder, 'root')];
      if (list === undefined) return { trees };
      const text = await run(process.execPath, [started, ...list], app, settings);
      return { trees, installed: nodeTreeSays(`${name} ${list[0] ?? ''}`, text) };
    },
  };
}

/** The layouts of Node.js beside npm's own: links into a store, flat folders, archives that are never unpacked. */
export const nodeRecipes: readonly Recipe[] = [
  application({
    name: 'pnpm',
    package: 'pnpm',
    version: '9.15.0',
    program: 'bin/pnpm.cjs',
    words: (outside) => ['install', '--prod', '--ignore-scripts', '--store-dir', path.join(outside, 'store')],
    list: ['ls', '--json', '--depth', 'Infinity'],
  }),
  application({
    name: 'yarn-classic',
    package: 'yarn',
    version: '1.22.22',
    program: 'bin/yarn.js',
    words: (outside) => [
      ...['install', '--production', '--ignore-scripts', '--non-interactive'],
      ...['--cache-folder', path.join(outside, 'cache')],
    ],
  }),
  application({
    name: 'yarn-pnp',
    package: '@yarnpkg/cli-dist',
    version: '4.5.3',
    program: 'bin/yarn.js',
    words: () => ['install', '--mode=skip-build'],
    files: { '.yarnrc.yml': 'nodeLinker: pnp\nenableGlobalCache: false\nenableTelemetry: false\n', 'yarn.lock': '' },
  }),
];
