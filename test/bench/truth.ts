import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readInventory } from '../../shared/inventory/index.ts';
import { openLayout, readImages } from '../../shared/oci/index.ts';
import { folderTree } from './images/folder-tree.ts';
import { LayoutWriter } from './images/layout-writer.ts';
import { classOf, type Difference } from './truth/differences.ts';
import { type Peer, peers, plainPurl } from './truth/peers.ts';
import { type Recipe, recipes } from './truth/recipes.ts';

// Real images, made here with each ecosystem's own tools, read by us and by the peers on the PATH, and compared package by package. It takes the
// package registries, and time. DRYDOCK_BENCH_FOLDER keeps the images; DRYDOCK_TRUTH names some recipes: debian,npm.

const onPath = (name: string): boolean =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));

/** Makes what can be made, compares, and prints the table and every difference that no class explains. */
export async function bench(): Promise<void> {
  const kept = process.env.DRYDOCK_BENCH_FOLDER;
  const folder = kept ?? mkdtempSync(path.join(tmpdir(), 'drydock-truth-'));
  const asked = process.env.DRYDOCK_TRUTH?.split(',');
  const ready = peers.filter((peer) => {
    const missing = peer.missing();
    if (missing !== undefined) console.log(`NOT COMPARED with ${peer.name}: ${missing}`);
    return missing === undefined;
  });
  const differences: Difference[] = [];
  try {
    console.log(
      `\n| image | drydock | ${ready.map(({ name }) => `${name} | both | only ${name} | only drydock`).join(' | ')} |`,
    );
    console.log(`|---|---:|${ready.map(() => '---:|---:|---:|---:|').join('')}`);
    for (const recipe of recipes.filter(({ name }) => asked?.includes(name) ?? true)) {
      const layout = await layoutOf(recipe, folder);
      if (layout === undefined) continue;
      const ours = await read(layout);
      const cells: number[] = [ours.packages.size];
      for (const peer of ready) {
        const theirs = await peer.packages(layout);
        const { packages, sources } = ours;
        const reported = (purl: string): boolean => packages.has(purl) || (peer.namesSources && sources.has(purl));
        const missed = [...theirs].filter(([purl]) => !reported(purl));
        const extra = [...packages].filter(([purl]) => !theirs.has(purl) && !isBySource(purl, ours, theirs, peer));
        cells.push(theirs.size, theirs.size - missed.length, missed.length, extra.length);
        const difference = { image: recipe.name, peer: peer.name };
        const [mine, other] = [new Set(packages.keys()), new Set(theirs.keys())];
        for (const [purl, where] of missed) differences.push({ ...difference, side: 'peer', purl, where, other: mine });
        for (const [purl, where] of extra) differences.push({ ...difference, side: 'drydock', purl, where, other });
      }
      console.log(`| ${recipe.name} | ${cells.join(' | ')} |`);
    }
    tellClasses(differences);
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function layoutOf(recipe: Recipe, folder: string): Promise<string | undefined> {
  const layout = path.join(folder, `${recipe.name}.layout`);
  if (existsSync(path.join(layout, 'index.json'))) return layout;
  const missing = recipe.needs.filter((name) => !onPath(name));
  if (missing.length > 0) {
    console.log(`| ${recipe.name} | NOT MADE: ${missing.join(', ')} is not on the PATH |`);
    return undefined;
  }
  const work = path.join(folder, recipe.name);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const trees = await recipe.make(work);
    const writer = new LayoutWriter(layout, { compression: 'gzip', level: 1 });
    for (const tree of trees) await writer.layer(folderTree(tree, ''));
    writer.finish();
  } catch (error) {
    console.log(`| ${recipe.name} | NOT MADE: ${String(error).split('\n').slice(0, 2).join(' ').slice(0, 300)} |`);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return layout;
}

interface Ours {
  /** plain purl -> where it lies */
  readonly packages: ReadonlyMap<string, string>;
  /** plain purl -> its source package as a peer may write it: with the source's version, or with that of the package itself */
  readonly sourcesOf: ReadonlyMap<string, readonly string[]>;
  /** all of them */
  readonly sources: ReadonlySet<string>;
}

async function read(layout: string): Promise<Ours> {
  const source = openLayout(layout);
  const { images } = await readImages(source);
  const [image] = images;
  if (image === undefined) throw new Error(`${layout} holds no image`);
  const { inventory } = await readInventory({ image, source });
  const marked = (owner: string | undefined): string => (owner === undefined ? '' : ` (owned by ${owner})`);
  const sourcesOf = new Map(
    inventory.packages.map(({ purl, type, key }) => [
      plainPurl(purl),
      key.source === undefined
        ? []
        : [key.sourceVersion ?? key.version, key.version].map((version) => `${type}/${key.source}@${version}`),
    ]),
  );
  return {
    packages: new Map(inventory.packages.map((each) => [plainPurl(each.purl), `${each.path}${marked(each.ownedBy)}`])),
    sourcesOf,
    sources: new Set([...sourcesOf.values()].flat()),
  };
}

const isBySource = (purl: string, ours: Ours, theirs: ReadonlyMap<string, string>, peer: Peer): boolean =>
  peer.namesSources && (ours.sourcesOf.get(purl) ?? []).some((source) => theirs.has(source));

function tellClasses(differences: readonly Difference[]): void {
  const classes = new Map<string, Difference[]>();
  for (const difference of differences) {
    const name = `${difference.side === 'peer' ? `only ${difference.peer}` : `not in ${difference.peer}`}: ${classOf(difference)}`;
    classes.set(name, [...(classes.get(name) ?? []), difference]);
  }
  console.log('\n| difference | packages | for example |\n|---|---:|---|');
  for (const [name, members] of [...classes].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(
      `| ${name} | ${members.length} | ${members
        .slice(0, 3)
        .map(({ purl }) => purl)
        .join(', ')} |`,
    );
  const report = process.env.DRYDOCK_TRUTH_REPORT;
  if (report !== undefined)
    writeFileSync(
      report,
      differences.map((each) => JSON.stringify({ ...each, other: undefined, class: classOf(each) })).join('\n'),
    );
}
