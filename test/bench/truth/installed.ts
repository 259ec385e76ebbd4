import path from 'node:path';
import { plainPurl } from './plain-purl.ts';
import type { Installed } from './recipe.ts';
import { run } from './run-tool.ts';

// What the tools that installed an image say of what is in it: the one list that no scanner has written.

const encode = encodeURIComponent;

function listed(by: string, type: string, packages: Iterable<readonly [name: string, version: string]>): Installed {
  const purls = new Set<string>();
  for (const [name, version] of packages)
    purls.add(plainPurl(`pkg:${type}/${name.split('/').map(encode).join('/')}@${encode(version)}`));
  return { by, purls: [...purls].sort() };
}

/** as dpkg's formats name a field */
const field = (name: string): string => `$\{${name}}`;

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
const pairs = (text: string): (readonly [string, string])[] =>
  lines(text).map((line) => {
    const [name = '', version = ''] = line.split('\t');
    return [name, version];
  });

/** `dpkg-query` in another root. */
export async function dpkgSays(root: string): Promise<Installed> {
  const admin = path.join(root, 'var/lib/dpkg');
  const text = await run('dpkg-query', [
    ...['--admindir', admin, '-W', '-f', `${field('db:Status-Abbrev')}\t${field('Package')}\t${field('Version')}\n`],
  ]);
  const held = lines(text).filter((line) => /^[ih]i/.test(line));
  return listed('dpkg-query -W', 'deb', pairs(held.map((line) => line.slice(line.indexOf('\t') + 1)).join('\n')));
}

/** `rpm -qa` of a database's folder; keys are no packages. */
export async function rpmSays(folder: string, backend: string): Promise<Installed> {
  const text = await run('rpm', [
    ...['--dbpath', folder, '--define', `_db_backend ${backend}`, '-qa', '--qf', '%{NAME}\\t%{VERSION}-%{RELEASE}\\n'],
  ]);
  return listed(
    'rpm -qa',
    'rpm',
    pairs(text).filter(([name]) => name !== 'gpg-pubkey'),
  );
}

/** `pip list` of a folder of packages, by the pip of this machine. */
export async function pipSays(site: string): Promise<Installed> {
  const text = await run('python3', ['-m', 'pip', 'list', '--path', site, '--format', 'json']);
  const all = JSON.parse(text) as readonly { readonly name: string; readonly version: string }[];
  return listed(
    'pip list',
    'pypi',
    all.map(({ name, version }) => [name, version]),
  );
}

interface NodeTree {
  readonly version?: string;
  readonly from?: string;
  readonly dependencies?: Readonly<Record<string, NodeTree>>;
}

function* flat(tree: NodeTree): Generator<readonly [string, string]> {
  for (const [name, child] of Object.entries(tree.dependencies ?? {})) {
    if (child.version !== undefined) yield [child.from ?? name, child.version];
    yield* flat(child);
  }
}

/** `npm ls`, or `pnpm ls`, of an application. */
export function nodeTreeSays(by: string, text: string): Installed {
  const read = JSON.parse(text) as NodeTree | readonly NodeTree[];
  const roots = Array.isArray(read) ? (read as readonly NodeTree[]) : [read as NodeTree];
  return listed(
    by,
    'npm',
    roots.flatMap((root) => [...flat(root)]),
  );
}

/** `go version -m` of programs: the modules that are linked, and the Go that linked them. */
export async function goSays(folder: string): Promise<Installed> {
  const found: (readonly [string, string])[] = [];
  for (const line of lines(await run('go', ['version', '-m', folder]))) {
    const [, kind = '', name = '', version = ''] = line.split('\t');
    if (kind === 'dep' || kind === 'mod') found.push([name, version]);
    if (kind === '=>') found.splice(-1, 1, [name, version]);
    const compiler = /: go(\d\S*)$/.exec(line)?.[1];
    if (compiler !== undefined) found.push(['stdlib', compiler]);
  }
  return listed('go version -m', 'golang', found);
}

/** `mvn dependency:list` of a project: what is packed with it. */
export async function mavenSays(folder: string): Promise<Installed> {
  const file = path.join(folder, 'dependencies.txt');
  const text = await run(
    'sh',
    [...['-c', 'mvn -q -B dependency:list -DincludeScope=runtime -DoutputFile="$0" >&2 && cat "$0"', file]],
    folder,
  );
  const found = lines(text).flatMap((line) => {
    const [group, artifact, kind, ...rest] = line.trim().split(/\s/)[0]?.split(':') ?? [];
    const version = rest.at(-2);
    return kind === 'jar' && group && artifact && version ? [[`${group}/${artifact}`, version] as const] : [];
  });
  return listed('mvn dependency:list', 'maven', found);
}

/** What Debian packages say of themselves, by the names under which advisories know the programs in them: their version without Debian's part. */
export async function debsSay(debs: string, products: Readonly<Record<string, string>>): Promise<Installed> {
  const found: (readonly [string, string])[] = [];
  for (const line of lines(
    await run('sh', [
      '-c',
      `for each in "$0"/*.deb; do dpkg-deb -W --showformat '${field('Package')}\\t${field('Version')}\\n' "$each"; done`,
      debs,
    ]),
  )) {
    const [name = '', version = ''] = line.split('\t');
    const product = products[name];
    if (product !== undefined) found.push([product, upstream(version)]);
  }
  return listed('dpkg-deb -W', 'generic', found);
}

/** `5:7.0.15-1~deb12u10` as `7.0.15`, `2.42.0+ds-5` as `2.42.0` */
const upstream = (version: string): string =>
  version
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/[+~.](?:ds|dfsg|really|deb).*$/, '');
