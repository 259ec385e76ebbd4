import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AdvisoryBook, folderBook, folderSource } from '#shared/advisories';
import { billOfInventory, type Inventory, readInventory } from '#shared/inventory';
import { openLayout, readImages } from '#shared/oci';
import { writeBill } from '#shared/sbom';
import { billedShards, billOf } from './findings-truth/bills.ts';
import { classOf, compare, type Difference } from './findings-truth/differences.ts';
import { countNoise, noiseKinds } from './findings-truth/noise.ts';
import { osvScanner, ours, theirs } from './findings-truth/sides.ts';

const data = path.resolve(import.meta.dirname, '../../../shared/data/osv');

/**
 * Judges the same bills of materials as osv-scanner, offline, by the same advisories, and compares finding by finding: bills of real images (OCI layouts in the
 * folder DRYDOCK_BENCH_FOLDER, as `truth` makes them), and of each ecosystem's names at the versions where its advisories decide. Every difference falls into a
 * class that says why, or is told as unexplained.
 */
export async function bench(): Promise<void> {
  if (!existsSync(data)) return say('SKIPPED: no finding is compared; ../shared/data/osv is not there');
  const scanner = osvScanner();
  if ('missing' in scanner) return say(`SKIPPED: no finding is compared; ${scanner.missing}`);
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-truth-'));
  try {
    const databases = path.join(folder, 'databases');
    for (const ecosystem of readdirSync(data).filter((name) => existsSync(path.join(data, name, 'all.zip')))) {
      if (ecosystem.startsWith('[')) continue;
      mkdirSync(path.join(databases, 'osv-scalibr', ecosystem), { recursive: true });
      symlinkSync(path.join(data, ecosystem, 'all.zip'), path.join(databases, 'osv-scalibr', ecosystem, 'all.zip'));
    }
    const book = folderBook({ source: folderSource(data), cacheFolder: path.join(folder, 'cache') });
    const differences: Difference[] = [];
    say(
      '| bill | packages both understand | findings of both | only osv-scanner | only drydock |\n|---|---:|---:|---:|---:|',
    );
    const one = async (title: string, document: string): Promise<void> => {
      const mine = await ours(document, book);
      const other = theirs(scanner.binary, document, databases);
      const result = await compare(title, mine, other, book);
      differences.push(...result.differences);
      const only = (side: Difference['side']): number => result.differences.filter((each) => each.side === side).length;
      if (result.packages === 0) {
        say(`| ${title} | NOT COMPARED: osv-scanner places none of its packages in an ecosystem | | | |`);
        return;
      }
      say(`| ${title} | ${result.packages} | ${result.both} | ${only('peer')} | ${only('drydock')} |`);
    };
    const images = await readImagesOf(process.env.DRYDOCK_BENCH_FOLDER);
    for (const { name, inventory } of images) await one(name, billText(name, inventory));
    for (const shard of billedShards) {
      const document = await billOf(book, shard);
      if (document !== undefined) await one(`names of ${shard}`, document);
    }
    tellClasses(differences);
    await tellNoise(images, book);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface ReadImage {
  readonly name: string;
  readonly inventory: Inventory;
}

async function readImagesOf(folder: string | undefined): Promise<readonly ReadImage[]> {
  const layouts = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.layout'));
  if (folder === undefined || layouts.length === 0) {
    say('NO IMAGE COMPARED: DRYDOCK_BENCH_FOLDER names no folder with layouts (npm run bench -- truth makes them)\n');
    return [];
  }
  const read: ReadImage[] = [];
  for (const layout of layouts.sort()) {
    const source = openLayout(path.join(folder, layout));
    const [image] = (await readImages(source)).images;
    if (image === undefined) continue;
    read.push({ name: layout.replace('.layout', ''), inventory: (await readInventory({ image, source })).inventory });
  }
  return read;
}

function billText(name: string, inventory: Inventory): string {
  const bill = billOfInventory(inventory, { name, tool: { name: 'drydock', version: '0' } });
  return writeBill(bill, { form: 'cyclonedx-json', version: '1.6' });
}

/** What is shown of each image's findings, and what the rules of noise hide; images without any finding are left out. */
async function tellNoise(images: readonly ReadImage[], book: AdvisoryBook): Promise<void> {
  if (images.length === 0) return;
  say(
    `\n| image | findings | shown | ${noiseKinds.join(' | ')} |\n|---|---:|---:|${noiseKinds.map(() => '---:|').join('')}`,
  );
  for (const { name, inventory } of images) {
    const { findings, hidden } = await countNoise(inventory, book);
    const counts = noiseKinds.map((kind) => hidden[kind]);
    const shown = counts.reduce((left, count) => left - count, findings);
    if (findings > 0) say(`| ${name} | ${findings} | ${shown} | ${counts.join(' | ')} |`);
  }
}

function tellClasses(differences: readonly Difference[]): void {
  const classes = new Map<string, Difference[]>();
  for (const each of differences) {
    const name = `only ${each.side === 'peer' ? 'osv-scanner' : 'drydock'}: ${classOf(each)}`;
    classes.set(name, [...(classes.get(name) ?? []), each]);
  }
  say('\n| difference | findings | for example |\n|---|---:|---|');
  for (const [name, members] of [...classes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const examples = members
      .slice(0, 3)
      .map(({ found: { shard, name: of, version, ids } }) => `${shard} ${of} ${version} ${ids[0]}`);
    say(`| ${name} | ${members.length} | ${examples.join('; ')} |`);
  }
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
