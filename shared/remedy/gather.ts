import type { AdvisoryBook } from '#shared/advisories';
import {
  childrenOf,
  type Exposure,
  findingsOfImage,
  headsOf,
  type ImageFinding,
  isShown,
  type ProblemKey,
  readExposures,
  readInventoryOf,
  readProblem,
  readWorkload,
} from '#shared/findings';
import type { RepairMode, Workload } from '#shared/fleet';
import { type Digest, referenceIn } from '#shared/oci';
import { type Blobs, keys, type Table } from '#shared/store';
import { withdrawalsOf } from './approvals.ts';
import { splitImageName } from './image-name.ts';
import type {
  AffectedContainer,
  Approval,
  HoldDown,
  PlanFinding,
  PlanInput,
  ScannedImage,
  WavePolicy,
} from './plan-types.ts';
import { busyWorkloads } from './rollout-store.ts';

/** What a policy says that planning asks; the policy file's side of it is evaluated elsewhere. */
export interface PlanningPolicy {
  mode(workload: Workload): RepairMode;
  /** tags of a repository that policy names for *newer*, each with the rule that does */
  named(repository: string, tags: readonly string[]): ReadonlyMap<string, string>;
  readonly waves: WavePolicy;
  /** `registry/repository` of the configured bases */
  readonly bases: readonly string[];
}

/** What gathering needs. */
export interface GatherPorts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly book: AdvisoryBook;
  readonly policy: () => Promise<PlanningPolicy>;
  readonly approvals: (workloads: readonly string[]) => Promise<readonly Approval[]>;
  readonly holdDowns: (workloads: readonly string[]) => Promise<readonly HoldDown[]>;
  readonly now: () => Date;
}

/**
 * Everything that planning for one problem looks at, read from the store: what runs and has the problem, and every tagged image of the same
 * repositories with its own scan. Undefined when the problem is not open.
 */
export async function planInputFor(
  ports: GatherPorts,
  key: ProblemKey,
  images: ImageReader,
): Promise<PlanInput | undefined> {
  const problem = await readProblem(ports.table, key, { consistent: true });
  if (problem?.state !== 'open') return undefined;
  const policy = await ports.policy();
  const exposures = await readExposures(ports.table, key);
  const busy = await busyWorkloads(
    ports.table,
    exposures.map((exposure) => exposure.workload),
    ports.now(),
  );
  const affected: AffectedContainer[] = [];
  // what a rollout is changing now is not planned for: a second one would tear its waves apart
  for (const exposure of exposures)
    if (!busy.has(exposure.workload)) affected.push(...(await affectedBy(ports.table, images, exposure)));
  const workloads = [...new Map(affected.map((each) => [each.workload.id, each.workload])).values()];
  const repositories = [...new Set(affected.map((each) => each.current.repository))];
  const candidates = (await Promise.all(repositories.map((repository) => images.tagged(repository)))).flat();
  const ids = workloads.map((workload) => workload.id);
  return {
    problem: {
      key,
      vulnerability: problem.vulnerability,
      aliases: problem.aliases,
      package: problem.package,
      severity: problem.severity.level,
      malicious: problem.malicious,
    },
    affected,
    candidates,
    policy: {
      modes: Object.fromEntries(workloads.map((workload) => [workload.id, policy.mode(workload)])),
      named: namedDigests(policy, candidates),
      waves: policy.waves,
    },
    holdDowns: await ports.holdDowns(ids),
    approvals: await ports.approvals(ids),
    withdrawals: await withdrawalsOf(ports.table, ids),
    now: ports.now().toISOString(),
  };
}

function namedDigests(policy: PlanningPolicy, candidates: readonly ScannedImage[]): Record<string, string> {
  const named: Record<string, string> = {};
  for (const candidate of candidates) {
    const rules = policy.named(withoutRegistry(candidate.repository), candidate.tags);
    const rule = candidate.tags.map((tag) => rules.get(tag)).find((each) => each !== undefined);
    if (rule !== undefined) named[candidate.digest] = rule;
  }
  return named;
}

const withoutRegistry = (repository: string): string => repository.slice(repository.indexOf('/') + 1);

async function affectedBy(table: Table, images: ImageReader, exposure: Exposure): Promise<AffectedContainer[]> {
  if (exposure.accepted !== undefined) return [];
  const workload = await readWorkload(table, exposure.workload, { consistent: true });
  const affected: AffectedContainer[] = [];
  for (const container of workload?.containers ?? []) {
    if (workload === undefined || container.digest === undefined) continue;
    const same = [container.digest, ...(await childrenOf(table, container.digest))];
    if (!same.some((digest) => exposure.digests.includes(digest))) continue;
    affected.push({
      workload,
      container: container.name,
      current: await images.image(repositoryOf(container.image), container.digest, []),
    });
  }
  return affected;
}

/** `registry/repository` of what a definition names; as it stands there where it names none, so that the plan can say so. */
function repositoryOf(image: string): string {
  const named = referenceIn(image);
  return named === undefined ? splitImageName(image).name : `${named.registry}/${named.repository}`;
}

/** Layer lists of the images of the configured base repositories, the longest first. A name that is no repository is left out. */
async function layersOfBases(ports: GatherPorts, bases: readonly string[]): Promise<readonly (readonly Digest[])[]> {
  const lists: (readonly Digest[])[] = [];
  for (const base of bases) {
    const named = referenceIn(base);
    if (named === undefined) continue;
    const at = keys.repositoryImage(named.registry, named.repository, '');
    const digests: Digest[] = [];
    for await (const item of ports.table.query({ pk: at.pk, prefix: 'I#' })) digests.push(item.digest as Digest);
    for (const head of await headsOf(ports.table, digests)) lists.push(head.layers);
  }
  return lists.sort((a, b) => b.length - a.length);
}

/** Reads images once for all problems that are planned for together. */
export const imageReader = async (ports: GatherPorts): Promise<ImageReader> =>
  new ImageReader(ports, await layersOfBases(ports, (await ports.policy()).bases));

/** Images as plans see them, each read once. */
export class ImageReader {
  readonly #ports: GatherPorts;
  readonly #bases: readonly (readonly Digest[])[];
  readonly #images = new Map<string, Promise<ScannedImage>>();
  readonly #tagged = new Map<string, Promise<ScannedImage[]>>();

  constructor(ports: GatherPorts, bases: readonly (readonly Digest[])[]) {
    this.#ports = ports;
    this.#bases = bases;
  }

  /** Every image that a tag of the repository points to now. */
  tagged(repository: string): Promise<ScannedImage[]> {
    const known = this.#tagged.get(repository) ?? this.#readTagged(repository);
    this.#tagged.set(repository, known);
    return known;
  }

  async #readTagged(repository: string): Promise<ScannedImage[]> {
    const named = referenceIn(repository);
    if (named === undefined) return [];
    const tags = new Map<Digest, string[]>();
    const at = keys.repositoryTag(named.registry, named.repository, '');
    for await (const item of this.#ports.table.query({ pk: at.pk, prefix: 'T#', consistent: true })) {
      const digest = item.digest as Digest;
      tags.set(digest, [...(tags.get(digest) ?? []), String(item.tag)]);
    }
    return Promise.all([...tags].map(([digest, names]) => this.image(repository, digest, names)));
  }

  image(repository: string, digest: Digest, tags: readonly string[]): Promise<ScannedImage> {
    const id = `${repository}@${digest}#${tags.join(',')}`;
    const known = this.#images.get(id) ?? this.#read(repository, digest, tags);
    this.#images.set(id, known);
    return known;
  }

  async #read(repository: string, digest: Digest, tags: readonly string[]): Promise<ScannedImage> {
    const heads = await headsOf(this.#ports.table, [digest]);
    const [first] = heads;
    if (first === undefined) return { repository, digest, tags, platforms: [], layers: [], findings: [] };
    const named = referenceIn(repository);
    const place =
      named === undefined
        ? undefined
        : await this.#ports.table.get(keys.repositoryImage(named.registry, named.repository, digest));
    const views = await Promise.all(heads.map((head) => findingsOfImage(this.#ports, head)));
    const config = (await readInventoryOf(this.#ports.blobs, first))?.config;
    const base = this.#bases.find(
      (layers) =>
        layers.length > 0 &&
        layers.length <= first.layers.length &&
        layers.every((layer, index) => first.layers[index] === layer),
    );
    const reasons = views.flatMap((view) => view.coverage.reasons);
    const worst =
      views.map((view) => view.coverage.state).find((state) => state === 'unsupported') ??
      views.map((view) => view.coverage.state).find((state) => state === 'partial') ??
      'scanned';
    return {
      repository,
      digest,
      aliases: [...new Set(heads.map((head) => head.digest))].filter((each) => each !== digest),
      tags,
      ...(typeof place?.pushedAt === 'string' ? { pushedAt: place.pushedAt } : {}),
      platforms: heads.map((head) => head.platform),
      layers: first.layers,
      ...(base === undefined ? {} : { baseLayers: base.length }),
      ...(config === undefined
        ? {}
        : {
            start: {
              entrypoint: config.entrypoint,
              command: config.command,
              ...(config.user === undefined ? {} : { user: config.user }),
              ...(config.workingDir === undefined ? {} : { workingDir: config.workingDir }),
            },
          }),
      coverage: { state: worst, reasons },
      findings: views.flatMap((view) => view.findings.filter(isShown).map(planFinding)),
    };
  }
}

/** A finding as plans compare it. */
export const planFinding = (finding: ImageFinding): PlanFinding => ({
  id: finding.id,
  vulnerability: finding.vulnerability,
  aliases: finding.aliases,
  package: finding.package.matchedName,
  version: finding.package.matchedVersion,
  severity: finding.severity.level,
  status: finding.status,
  ...(finding.fixedIn === undefined ? {} : { fixedIn: finding.fixedIn }),
  malicious: finding.malicious,
});
