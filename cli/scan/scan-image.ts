import { joinCoverage } from '#shared/findings';
import {
  type FactsStore,
  type Inventory,
  matchName,
  packageKeyId,
  type ReadProgress,
  readInventory,
  shardName,
} from '#shared/inventory';
import { coverageOfJudging, type Finding, judge } from '#shared/judging';
import { type Image, type ImageSource, type Platform, type ReadImages, readImages } from '#shared/oci';
import type { ScannedImage } from './report.ts';
import type { ScanBook } from './scan-book.ts';

/** What scanning one image needs. */
export interface ScanInput {
  /** as the person named it */
  readonly name: string;
  readonly source: ImageSource;
  readonly facts: FactsStore;
  readonly book: ScanBook;
  /** absent: this machine's architecture if the index has it, else its first image */
  readonly platform?: Platform;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** Reads an image and judges it by the book. Throws what the source, reading and the advisories throw. */
export async function scanImage(input: ScanInput): Promise<ScannedImage> {
  const { source, signal } = input;
  const read = await readImages(source, {
    signal,
    ...(input.platform === undefined ? {} : { platform: input.platform }),
  });
  const image = chooseImage(read);
  const { inventory } = await readInventory({
    image,
    source,
    facts: input.facts,
    signal,
    ...(input.onProgress === undefined ? {} : { onProgress: input.onProgress }),
  });
  signal.throwIfAborted();
  const judged = await judgeInventory(inventory, input.book);
  const judging = await coverageOfJudging(uniqueKeys(inventory), input.book);
  const kev = await exploited(judged, input.book);
  return {
    name: input.name,
    image,
    root: read.root.digest,
    otherPlatforms: read.images.filter((other) => other !== image).map(({ platform }) => platform),
    inventory,
    coverage: joinCoverage(inventory.coverage, [...judging, ...input.book.reasons()]),
    judged,
    kev,
    used: input.book.used(),
    kevAsOf: input.book.kevAsOf(),
  };
}

/** Of several platforms, what this machine would run; another one is no answer where that one is damaged. */
function chooseImage({ images, unreadable }: ReadImages): Image {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const mine = images.find(({ platform }) => platform.architecture === architecture);
  const damaged = unreadable.find(({ platform }) => platform?.architecture === architecture);
  if (mine === undefined && damaged !== undefined) throw damaged.error;
  const image = mine ?? images[0];
  // readImages throws when nothing is left
  if (image === undefined) throw new Error('the source holds no image');
  return image;
}

const uniqueKeys = ({ packages }: Inventory) => [
  ...new Map(packages.map(({ key }) => [packageKeyId(key), key])).values(),
];

async function judgeInventory(
  inventory: Inventory,
  book: ScanBook,
): Promise<{ readonly keyId: string; readonly finding: Finding }[]> {
  const judged: { keyId: string; finding: Finding }[] = [];
  for (const key of uniqueKeys(inventory)) {
    const shard = await book.shard(shardName(key));
    const { findings } = judge(key, shard?.lookup(matchName(key)) ?? [], { shard: shardName(key), generation: 1 });
    for (const finding of findings) judged.push({ keyId: packageKeyId(key), finding });
  }
  return judged;
}

async function exploited(
  judged: readonly { readonly finding: Finding }[],
  book: ScanBook,
): Promise<ScannedImage['kev']> {
  const known = new Map<string, { readonly dateAdded: string; readonly ransomware: boolean }>();
  for (const id of new Set(judged.flatMap(({ finding }) => [finding.vulnerability, ...finding.aliases]))) {
    const entry = await book.kev(id);
    if (entry !== undefined) known.set(id, entry);
  }
  return known;
}
