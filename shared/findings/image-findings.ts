import type { AdvisoryBook } from '#shared/advisories';
import { type Coverage, type CoverageReason, type PackageKey, parsePackageKeyId, shardName } from '#shared/inventory';
import { coverageOfJudging } from '#shared/judging';
import { type Blobs, type Table, unpackJson } from '#shared/store';
import { withVex } from './apply-vex.ts';
import { type JudgedReader, judgedReader } from './judged-reader.ts';
import { type Noise, readNoise, whyNoise } from './noise.ts';
import { compareSeverity, type ImageFinding, type ImageHead } from './types.ts';
import { readUse } from './use-of-packages.ts';

/** What reading findings needs. */
export interface FindingsPorts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly book: AdvisoryBook;
}

/** The findings of an image as the newest judgements say, worst first, hidden ones with why, and how much of it could be judged. */
export interface ImageFindings {
  readonly findings: readonly ImageFinding[];
  readonly coverage: Coverage;
  /** keys that have no judgement row yet: the image is being scanned */
  readonly unjudged: number;
}

/** Head -> sets -> judgements (the image page's path in the store). */
export async function findingsOfImage(ports: FindingsPorts, head: ImageHead): Promise<ImageFindings> {
  const { findings, ids, unjudged } = await judgedFindings(judgedReader(ports), ports, head);
  const coverage = joinCoverage(head.coverage, await coverageOfJudging(ids.map(parsePackageKeyId), ports.book));
  return { findings, coverage, unjudged };
}

/** The findings alone, worst first, through a reader that many images may share, and what they were found among. */
export async function judgedFindings(
  reader: JudgedReader,
  { table, blobs }: Pick<FindingsPorts, 'table' | 'blobs'>,
  head: ImageHead,
): Promise<Pick<ImageFindings, 'findings' | 'unjudged'> & { readonly ids: readonly string[] }> {
  const bySet = await Promise.all(head.sets.map(async (set) => ({ set, ids: await reader.set(set) })));
  const setOf = new Map<string, string>();
  for (const { set, ids } of bySet) for (const id of ids) if (!setOf.has(id)) setOf.set(id, set);
  const [judgements, noise, useOf] = await Promise.all([
    reader.judgements([...setOf.keys()]),
    noiseOfHead(blobs, head),
    readUse(blobs, head),
  ]);
  const byKey = new Map(judgements);
  const findings: ImageFinding[] = [];
  for (const [id, { shard, key, findings: found }] of judgements) {
    const inUse = useOf(id);
    for (const finding of found) {
      const why = whyNoise(noise, id, finding, (other) => byKey.get(other)?.findings ?? []);
      findings.push({
        ...finding,
        shard,
        key,
        set: setOf.get(id) ?? '',
        ...(why === undefined ? {} : { hidden: why }),
        ...(inUse === undefined ? {} : { inUse }),
      });
    }
  }
  return {
    findings: await withVex({ table, blobs, statements: reader.vex }, head, findings.sort(worstFirst)),
    ids: bySet.flatMap(({ ids }) => ids),
    unjudged: setOf.size - judgements.length,
  };
}

/** What is noise in an image. Without its blob nothing is: an alert too many is better than one too few. */
async function noiseOfHead(blobs: Blobs, { hidden }: ImageHead): Promise<Noise> {
  const bytes = hidden === undefined ? undefined : await blobs.get(hidden);
  return readNoise(bytes === undefined ? {} : unpackJson(bytes));
}

/** What reading could not know, and what judging could not. Unsupported stays unsupported; any reason makes partial. */
export function joinCoverage(read: Coverage, judged: readonly CoverageReason[]): Coverage {
  const reasons = [...read.reasons, ...judged];
  if (read.state === 'unsupported') return { state: 'unsupported', reasons };
  return { state: reasons.length > 0 ? 'partial' : read.state, reasons };
}

/** Which of the packages have no shard to judge them. */
export const shardsOf = (packageKeys: readonly PackageKey[]): string[] =>
  [...new Set(packageKeys.map(shardName))].sort();

function worstFirst(a: ImageFinding, b: ImageFinding): number {
  return (
    compareSeverity(a.severity.level, b.severity.level) ||
    (b.severity.score ?? 0) - (a.severity.score ?? 0) ||
    compare(a.vulnerability, b.vulnerability) ||
    compare(a.package.name, b.package.name)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
