import { starterSource } from '#shared/advisories';
import { joinCoverage } from '#shared/findings';
import { type Inventory, matchName, type PackageKey, packageKeyId, shardName } from '#shared/inventory';
import { canBeJudged, coverageOfJudging, type Finding, judge } from '#shared/judging';
import type { ReadTarget } from './read-target.ts';
import type { ScannedImage } from './report.ts';
import type { ScanBook } from './scan-book.ts';

/** Judges what was read by the book. Throws what the advisories throw. */
export async function judgeTarget(target: ReadTarget, book: ScanBook): Promise<Omit<ScannedImage, 'base'>> {
  const { inventory } = target;
  const byId = uniqueKeys(inventory);
  const keys = [...byId.values()];
  const judged = await judgeKeys(byId, book);
  const judging = await coverageOfJudging(keys, book);
  const kev = await joinedByCve(judged, (id) => book.kev(id));
  const epss = await joinedByCve(judged, (id) => book.epss(id));
  return {
    ...target,
    coverage: joinCoverage(inventory.coverage, [...judging, ...book.reasons()]),
    judged,
    kev,
    epss,
    used: book.used(),
    missing: await missingAdvisories(keys, book),
    kevAsOf: book.kevAsOf(),
    epssAsOf: book.epssAsOf(),
    cvesAsOf: book.cvesAsOf(),
  };
}

/** The ecosystems of packages that advisories could judge and that nobody here has, or no more of than the starter set. */
async function missingAdvisories(keys: readonly PackageKey[], book: ScanBook): Promise<string[]> {
  const missing: string[] = [];
  const named = keys.filter(({ vendor, ecosystem }) => vendor === undefined && canBeJudged(ecosystem)).map(shardName);
  for (const name of [...new Set(named)].sort()) {
    const found = await book.shard(name);
    const source = (await book.manifest()).shards[name]?.source;
    if (found === undefined || source === starterSource) missing.push(name);
  }
  return missing;
}

const uniqueKeys = ({ packages }: Inventory): ReadonlyMap<string, PackageKey> =>
  new Map(packages.map(({ key }) => [packageKeyId(key), key]));

async function judgeKeys(
  keys: ReadonlyMap<string, PackageKey>,
  book: ScanBook,
): Promise<{ readonly keyId: string; readonly finding: Finding }[]> {
  const judged: { keyId: string; finding: Finding }[] = [];
  for (const [keyId, key] of keys) {
    const name = shardName(key);
    const records = canBeJudged(key.ecosystem) ? ((await book.shard(name))?.lookup(matchName(key)) ?? []) : [];
    if (records.length === 0) continue;
    const { findings } = judge(key, records, { shard: name, generation: 1, cves: await book.cves() });
    for (const finding of findings) judged.push({ keyId, finding });
  }
  return judged;
}

/** What a catalogue says of the CVEs that were found, under any id. */
async function joinedByCve<T>(
  judged: readonly { readonly finding: Finding }[],
  ask: (id: string) => Promise<T | undefined>,
): Promise<ReadonlyMap<string, T>> {
  const known = new Map<string, T>();
  for (const id of new Set(judged.flatMap(({ finding }) => [finding.vulnerability, ...finding.aliases]))) {
    const entry = await ask(id);
    if (entry !== undefined) known.set(id, entry);
  }
  return known;
}
