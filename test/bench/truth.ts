import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type InstalledPackage, readInventory } from '../../shared/inventory/index.ts';
import { openLayout, readImages } from '../../shared/oci/index.ts';
import { folderTree } from './images/folder-tree.ts';
import { LayoutWriter } from './images/layout-writer.ts';
import { classOf, type Difference } from './truth/differences.ts';
import { type Peer, peers, type Seen } from './truth/peers/index.ts';
import { plainPurl } from './truth/plain-purl.ts';
import type { Installed, Recipe } from './truth/recipe.ts';
import { recipes } from './truth/recipes.ts';
import { run } from './truth/run-tool.ts';
import { Agreement, type Said, said, sorted } from './truth/said.ts';

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
  const recalls: Recall[] = [];
  const agreements = new Map(ready.map(({ name }) => [name, new Agreement()]));
  try {
    console.log(
      `\n| image | drydock | ${ready.map(({ name }) => `${name} | both | only ${name} | only drydock`).join(' | ')} |`,
    );
    console.log(`|---|---:|${ready.map(() => '---:|---:|---:|---:|').join('')}`);
    for (const recipe of recipes.filter(({ name }) => isAsked(name, asked))) {
      const layout = await layoutOf(recipe, folder);
      if (layout === undefined) continue;
      const ours = await read(layout);
      const installed = existsSync(saidOf(layout))
        ? (JSON.parse(readFileSync(saidOf(layout), 'utf8')) as Installed)
        : undefined;
      const lacking = (has: (purl: string) => boolean): readonly string[] =>
        installed?.purls.filter((purl) => !has(purl)) ?? [];
      const missing: (readonly [string, readonly string[]])[] = [
        ['drydock', lacking((purl) => ours.packages.has(purl))],
      ];
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
        for (const [purl, { where }] of missed)
          differences.push({ ...difference, side: 'peer', purl, where, other: mine });
        for (const [purl, { where }] of extra) differences.push({ ...difference, side: 'drydock', purl, where, other });
        missing.push([peer.name, lacking((purl) => theirs.has(purl) || isBySource(purl, ours, theirs, peer))]);
        for (const [purl, { said }] of theirs) {
          const own = packages.get(purl)?.said;
          if (said !== undefined && own !== undefined) agreements.get(peer.name)?.add(purl, own, said);
        }
      }
      console.log(`| ${recipe.name} | ${cells.join(' | ')} |`);
      if (installed !== undefined) recalls.push({ image: recipe.name, installed, missing });
    }
    tellRecall(recalls, ['drydock', ...ready.map(({ name }) => name)]);
    tellClasses(differences);
    const lines = [...agreements].flatMap(([name, agreement]) => agreement.lines(name));
    if (lines.length > 0)
      console.log(`\n| what is said | same | other | for example |\n|---|---:|---:|---|\n${lines.join('\n')}`);
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** `apk` asks for every `apk-…` */
const isAsked = (name: string, asked: readonly string[] | undefined): boolean =>
  asked?.some((each) => name === each || name.startsWith(`${each}-`)) ?? true;

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
    const made = await recipe.make(work);
    if ('archive' in made) await run('skopeo', ['copy', '-q', `docker-archive:${made.archive}`, `oci:${layout}:bench`]);
    else {
      const writer = new LayoutWriter(layout, { compression: 'gzip', level: 1 });
      for (const tree of made.trees) await writer.layer(folderTree(tree, ''));
      writer.finish();
    }
    if (made.installed !== undefined) writeFileSync(saidOf(layout), JSON.stringify(made.installed));
  } catch (error) {
    console.log(`| ${recipe.name} | NOT MADE: ${String(error).split('\n').slice(0, 2).join(' ').slice(0, 300)} |`);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return layout;
}

/** where the list of the tool that installed an image is kept, beside the image */
const saidOf = (layout: string): string => layout.replace(/\.layout$/, '.installed.json');

interface Ours {
  /** by plain purl */
  readonly packages: ReadonlyMap<string, Seen>;
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
    packages: new Map(
      inventory.packages.map((each) => [
        plainPurl(each.purl),
        {
          where: `${each.path}${marked(each.ownedBy)}`,
          ...(each.type === 'apk' || each.type === 'rpm' ? { said: saidHere(each) } : {}),
        },
      ]),
    ),
    sourcesOf,
    sources: new Set([...sourcesOf.values()].flat()),
  };
}

const saidHere = ({ key, supplier, licenses }: InstalledPackage): Said =>
  said({ source: key.source, architecture: key.architecture, supplier, licenses: sorted(licenses ?? []) });

const isBySource = (purl: string, ours: Ours, theirs: ReadonlyMap<string, Seen>, peer: Peer): boolean =>
  peer.namesSources && (ours.sourcesOf.get(purl) ?? []).some((source) => theirs.has(source));

interface Recall {
  readonly image: string;
  readonly installed: Installed;
  /** what each reader does not find of it */
  readonly missing: readonly (readonly [reader: string, purls: readonly string[]])[];
}

function tellRecall(recalls: readonly Recall[], readers: readonly string[]): void {
  console.log(`\n| image | installed, by | ${readers.join(' | ')} | drydock lacks |`);
  console.log(`|---|---|${readers.map(() => '---:|').join('')}---|`);
  for (const { image, installed, missing } of recalls) {
    const found = missing.map(([, purls]) => installed.purls.length - purls.length);
    const lacks = (missing[0]?.[1] ?? []).slice(0, 8).join(', ');
    console.log(`| ${image} | ${installed.purls.length}, ${installed.by} | ${found.join(' | ')} | ${lacks} |`);
  }
}

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
