import { readInventory } from '#shared/inventory';
import { buildImage, readImages } from '#shared/oci';
import { layerOf, osRelease, stanza, type Tree } from '../shared/inventory/images.ts';
import { zipOf } from '../shared/inventory/zip-builder.ts';

const sizes = [5_000, 10_000, 20_000, 40_000];

const many = (count: number, entry: (index: number) => readonly [string, Tree[string]]): Tree =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => entry(index)));
const module = (index: number) => JSON.stringify({ name: `m${index % 7}`, version: `1.0.${index % 11}` });
const program = { content: '\x7fELFx', mode: 0o755 };
const debian: Tree = { 'etc/os-release': osRelease.debian12 };

/** Layers, base first, of shapes that cost squares where something looks at all of a thing for each of it. */
const shapes: Readonly<Record<string, (count: number) => readonly Tree[]>> = {
  whiteouts: (count) => [
    many(count, (index) => [`app/node_modules/m${index}/package.json`, module(index)]),
    many(count, (index) => [`app/node_modules/m${index}`, null]),
  ],
  'symbolic links, written through': (count) => [
    many(count, (index) => [`links/l${index}`, { link: `/real/r${index}` }]),
    many(count, (index) => [`links/l${index}/node_modules/m/package.json`, module(index)]),
  ],
  'links reached through links': (count) => [
    many(count, (index) => [`d${index}/next`, { link: `/d${index + 1}` }]),
    many(count, (index) => [`d${index}/next/next/next/node_modules/m/package.json`, module(index)]),
  ],
  'links in place of folders, layer by layer': (count) => [
    many(count, (index) => [`usr/x${index}/node_modules/m/package.json`, module(index)]),
    many(count, (index) => [`usr/x${index}`, { link: '/usr' }]),
  ],
  'hard links': (count) => [
    { 'app/package.json': module(1) },
    many(count, (index) => [`app/node_modules/m${index}/package.json`, { hard: 'app/package.json' }]),
  ],
  'deep folders': (count) => [
    many(count, (index) => [`${'d/'.repeat(200)}x${index}/node_modules/m/package.json`, module(index)]),
  ],
  'packages of one name': (count) => [
    {
      ...debian,
      'var/lib/dpkg/status': Array.from({ length: count }, (_, index) => stanza('bash', `5.2-${index}`)).join(''),
      'var/lib/dpkg/info/bash.list': Array.from({ length: 2_000 }, (_, index) => `/srv/p${index}\n`).join(''),
    },
    many(2_000, (index) => [`srv/p${index}`, program]),
  ],
  'copies of one package': (count) => [
    many(count, (index) => [`a${index}/node_modules/m/package.json`, JSON.stringify({ name: 'm', version: '1.0.0' })]),
  ],
  'owners of one file': (count) => [
    {
      ...debian,
      'var/lib/dpkg/status': stanza('bash', '5.2'),
      ...many(count, (index) => [`var/lib/dpkg/info/p${index}.list`, '/bin/bash\n/bin\n']),
    },
    { 'bin/bash': program },
  ],
  'programs that nobody knows': (count) => [debian, many(count, (index) => [`opt/p${index}`, program])],
  'files that cannot be read': (count) => [many(count, (index) => [`a${index}/node_modules/m/package.json`, '{'])],
  'one jar': (count) => [
    { 'app.jar': zipOf(Object.fromEntries(Array.from({ length: count }, (_, index) => [`a/C${index}.class`, 'x']))) },
  ],
  'one jar of jars': (count) => [
    {
      'app.jar': zipOf(
        Object.fromEntries(
          Array.from({ length: count >> 3 }, (_, index) => [`lib/a${index}-1.0.jar`, zipOf({ 'a.class': 'x' })]),
        ),
      ),
    },
  ],
  'one Python package': (count) => [
    {
      'usr/lib/python3/site-packages/a-1.dist-info/METADATA': 'Name: a\nVersion: 1\n\n',
      'usr/lib/python3/site-packages/a-1.dist-info/RECORD': Array.from(
        { length: count },
        (_, index) => `a/f${index}.py,sha256=a,1\n`,
      ).join(''),
    },
  ],
};

/** CPU milliseconds of reading and merging an image that is built already. */
async function costOf(trees: readonly Tree[]): Promise<number> {
  const { source } = buildImage({ layers: trees.map((tree) => layerOf(tree)) });
  const { images } = await readImages(source);
  const [image] = images;
  if (image === undefined) throw new Error('the image that was built is none');
  const before = process.cpuUsage();
  await readInventory({ image, source });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Prints what reading costs as an image doubles, in its nastiest shapes: about 2 is linear, about 4 would be squared. */
export async function bench(): Promise<void> {
  await costOf(shapes.whiteouts?.(1_000) ?? []);
  for (const [name, shape] of Object.entries(shapes)) {
    const costs: number[] = [];
    for (const size of sizes) costs.push(await costOf(shape(size)));
    const ratios = costs.slice(1).map((cost, index) => (cost / (costs[index] ?? cost)).toFixed(1));
    process.stdout.write(
      `${name.padEnd(42)} ${costs.map((cost) => `${cost.toFixed(0)} ms`.padStart(9)).join('')}   doubling: ${ratios.join(', ')}\n`,
    );
  }
}
