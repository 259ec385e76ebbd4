import type { Workload } from '#shared/fleet';
import { matchName, packageKeyId } from '#shared/inventory';
import type { Digest } from '#shared/oci';
import { keys, type Table } from '#shared/store';
import { type Acceptance, acceptedIn, likelihoodOf, type PathsOf, placesOf } from './acceptance.ts';
import { type FindingsPorts, findingsOfImage } from './image-findings.ts';
import { readImageHeads } from './image-head.ts';
import { readInventoryOf } from './read-inventory-of.ts';
import { isShown } from './severity-counts.ts';
import { sideBySide } from './side-by-side.ts';
import { compareSeverity, type Exposure, type ImageFinding, type ImageHead, type ProblemKey } from './types.ts';
import { mostInUse } from './use-of-packages.ts';

/** A problem key with the part that one workload has in it. */
export interface WorkloadExposure {
  readonly key: ProblemKey;
  readonly exposure: Exposure;
}

/** What a workload is exposed to: the findings of every digest that it really runs (`heads`, see headsOf). `read` may remember images. */
export async function exposuresOfWorkload(
  ports: FindingsPorts & { readonly accept: Acceptance; readonly now: () => Date },
  workload: Workload,
  heads: readonly ImageHead[],
  read: (head: ImageHead) => Promise<readonly ImageFinding[]> = async (head) =>
    (await findingsOfImage(ports, head)).findings,
): Promise<readonly WorkloadExposure[]> {
  const now = ports.now();
  const byProblem = new Map<string, { key: ProblemKey; digests: Set<Digest>; findings: ImageFinding[] }>();
  for (const head of heads) {
    for (const finding of (await read(head)).filter(counts)) {
      const key: ProblemKey = { finding: finding.id, shard: finding.shard, name: matchName(finding.key) };
      const id = problemId(key);
      const entry = byProblem.get(id) ?? { key, digests: new Set(), findings: [] };
      entry.digests.add(head.digest);
      entry.findings.push(finding);
      byProblem.set(id, entry);
    }
  }
  const paths = pathsIn(ports, heads);
  return Promise.all(
    [...byProblem.values()].map(async ({ key, digests, findings }) => ({
      key,
      exposure: await exposureOf(ports, workload, [...digests], findings, paths, now),
    })),
  );
}

/** Reads each inventory once, and none unless somebody asks. */
function pathsIn({ blobs }: FindingsPorts, heads: readonly ImageHead[]): PathsOf {
  const known = new Map<Digest, ReturnType<typeof readInventoryOf>>();
  return async (digest, findings) => {
    const head = heads.find((each) => each.digest === digest);
    if (head === undefined) return [];
    const inventory = known.get(digest) ?? readInventoryOf(blobs, head);
    known.set(digest, inventory);
    const ids = new Set(findings.map(({ key }) => packageKeyId(key)));
    return ((await inventory)?.packages ?? []).filter(({ key }) => ids.has(packageKeyId(key))).map(({ path }) => path);
  };
}

/** The one text of a problem key, for maps and messages. */
export const problemId = (key: ProblemKey): string => `${key.finding} ${key.shard} ${key.name}`;

/** A finding that says a workload has something to answer for. */
const counts = (finding: ImageFinding): boolean =>
  isShown(finding) &&
  (finding.status === 'affected' ||
    finding.status === 'will_not_fix' ||
    finding.status === 'fix_deferred' ||
    finding.status === 'end_of_life');

/** Heads of the images that run; an index digest stands for those of its platform images that were read. */
export async function headsOf(table: Table, digests: readonly Digest[]): Promise<ImageHead[]> {
  return (await headsOfAll(table, digests))(digests);
}

const indexesAtOnce = 16;

/** The same for many that may share images: each is read once, and the answer gives the heads of some of them. */
export async function headsOfAll(
  table: Table,
  digests: readonly Digest[],
): Promise<(some: readonly Digest[]) => ImageHead[]> {
  const own = await readImageHeads(table, digests, { consistent: true });
  const children = new Map<Digest, readonly Digest[]>();
  const headless = [...new Set(digests)].filter((digest) => !own.has(digest));
  await sideBySide(headless, indexesAtOnce, async (digest) => {
    children.set(digest, await childrenOf(table, digest));
  });
  const platforms = await readImageHeads(table, [...children.values()].flat(), { consistent: true });
  return (some) => {
    const heads = new Map<Digest, ImageHead>();
    for (const digest of some) {
      for (const each of own.has(digest) ? [digest] : (children.get(digest) ?? [])) {
        const head = own.get(each) ?? platforms.get(each);
        if (head !== undefined) heads.set(each, head);
      }
    }
    return [...heads.values()];
  };
}

/** The platform images of an index, as read from the registry; empty for a platform image or an unknown digest. */
export async function childrenOf(table: Table, digest: Digest): Promise<Digest[]> {
  const children: Digest[] = [];
  for await (const item of table.query({ pk: keys.image(digest).pk, prefix: 'C#', consistent: true }))
    children.push(item.child as Digest);
  return children;
}

async function exposureOf(
  { accept, book }: { readonly accept: Acceptance } & Pick<FindingsPorts, 'book'>,
  workload: Workload,
  digests: readonly Digest[],
  findings: readonly ImageFinding[],
  pathsOf: PathsOf,
  now: Date,
): Promise<Exposure> {
  const worst = [...findings].sort((a, b) => compareSeverity(a.severity.level, b.severity.level))[0] as ImageFinding;
  const fixes = findings.map((finding) => finding.fixedIn);
  const fixedIn = fixes.some((fix) => fix === undefined) ? undefined : [...new Set(fixes)].sort().join(' | ');
  const aliases = [worst.vulnerability, worst.id, ...worst.aliases, ...worst.records.map((record) => record.id)];
  const { kev, epss } = await likelihoodOf(book, aliases);
  const acceptance = await acceptedIn(placesOf(workload, digests), ({ digest, image, named }) =>
    accept({
      aliases,
      package: worst.package.matchedName,
      repository: repositoryOf(image),
      service: `${workload.cluster}/${workload.name}`,
      digests: named === undefined ? [digest] : [digest, named],
      ...(fixedIn === undefined ? {} : { fixedIn }),
      ...(kev === undefined ? {} : { exploitedSince: kev.dateAdded }),
      ...(epss === undefined ? {} : { epss: epss.score }),
      ...(workload.exposed?.reach === 'internet' ? { exposed: workload.exposed.why } : {}),
      malicious: worst.malicious,
      paths: () => pathsOf(digest, findings),
      now,
    }),
  );
  const inUse = mostInUse(findings.map((finding) => finding.inUse));
  return {
    workload: workload.id,
    digests,
    packages: [...new Set(findings.map((finding) => `${finding.key.name} ${finding.key.version}`))].sort(),
    severity: worst.severity,
    status: worst.status,
    ...(fixedIn === undefined ? {} : { fixedIn }),
    vulnerability: worst.vulnerability,
    aliases: worst.aliases,
    records: worst.records.map((record) => record.id),
    malicious: worst.malicious,
    ...(worst.disputed === true ? { disputed: true } : {}),
    ...(worst.summary === undefined ? {} : { summary: worst.summary }),
    why: worst.why,
    ...acceptance,
    ...(workload.exposed === undefined ? {} : { exposed: workload.exposed }),
    ...(inUse === undefined ? {} : { inUse }),
    since: now.toISOString(),
  };
}

/** `host/repo:tag@digest` -> `repo`; only for scopes of exceptions, identity stays name + digest. */
export function repositoryOf(image: string): string {
  const name = image.split('@')[0] ?? image;
  const parts = name.split('/');
  const first = parts[0] ?? '';
  const rest = parts.length > 1 && /[.:]|^localhost$/.test(first) ? parts.slice(1).join('/') : name;
  return rest.replace(/:[^/]*$/, '');
}
