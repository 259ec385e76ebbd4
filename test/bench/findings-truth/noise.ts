import type { AdvisoryBook } from '#shared/advisories';
import { noiseOf, whyNoise } from '#shared/findings';
import { type Inventory, matchName, type PackageKey, packageKeyId, shardName } from '#shared/inventory';
import { type Finding, judge } from '#shared/judging';

/** What of an image's findings the rules of noise hide. */
export interface NoiseCount {
  /** all of them, as with `--show-hidden` */
  readonly findings: number;
  /** by rule, those that are hidden */
  readonly hidden: Readonly<Record<NoiseKind, number>>;
}

export const noiseKinds = [
  "a part of a distribution's package",
  "a kernel's headers",
  'a Go package that nothing links',
  'told of the Go module too',
  'a rejected CVE',
] as const;
export type NoiseKind = (typeof noiseKinds)[number];

/** Judges each package key of an image once, and asks of each finding whether it is noise there. */
export async function countNoise(inventory: Inventory, book: AdvisoryBook): Promise<NoiseCount> {
  const keys = new Map<string, PackageKey>(inventory.packages.map(({ key }) => [packageKeyId(key), key]));
  const found = new Map<string, readonly Finding[]>();
  for (const [id, key] of keys) {
    const shard = shardName(key);
    const records = (await book.shard(shard))?.lookup(matchName(key)) ?? [];
    found.set(id, judge(key, records, { shard, generation: 1 }).findings);
  }
  const noise = noiseOf(inventory) ?? { packages: {}, twins: {} };
  const hidden = Object.fromEntries(noiseKinds.map((kind) => [kind, 0])) as Record<NoiseKind, number>;
  let findings = 0;
  for (const [id, each] of found)
    for (const finding of each) {
      findings += 1;
      const why = whyNoise(noise, id, finding, (other) => found.get(other) ?? []);
      if (why !== undefined) hidden[kindOf(why, noise.packages[id])] += 1;
    }
  return { findings, hidden };
}

function kindOf(why: string, ofPackage: string | undefined): NoiseKind {
  if (why === ofPackage) return why.includes('kernel') ? "a kernel's headers" : "a part of a distribution's package";
  if (why.includes('linked into a program')) return 'a Go package that nothing links';
  return why.includes('is told of the Go module') ? 'told of the Go module too' : 'a rejected CVE';
}
