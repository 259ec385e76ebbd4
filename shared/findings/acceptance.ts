import type { AdvisoryBook, EpssScore, KevEntry, ShardManifest } from '#shared/advisories';
import type { Workload } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import type { Accepted, ImageFinding } from './types.ts';

/**
 * Answers whether a finding is accepted on a workload, or was and is no more; the policy room makes one (the exceptions of the policy file).
 * undefined: no exception speaks of it.
 */
export type Acceptance = (
  subject: AcceptanceSubject,
) => Promise<Accepted | AcceptanceEnd | undefined> | Accepted | AcceptanceEnd | undefined;

/** An exception that holds no more, and why. */
export interface AcceptanceEnd {
  readonly ended: string;
}

/** What an exception may be about, and what may end it. */
export interface AcceptanceSubject {
  readonly aliases: readonly string[];
  /** as advisories name it */
  readonly package: string;
  readonly repository: string;
  /** `cluster/name` */
  readonly service: string;
  /** of the image, and of the index that the workload names */
  readonly digests: readonly string[];
  readonly fixedIn?: string;
  readonly exploitedSince?: string;
  readonly epss?: number;
  /** how the internet reaches the workload; absent where it does not, or where that is not known */
  readonly exposed?: string;
  readonly malicious: boolean;
  /** where the package lies in the image: a look into its inventory, so only for those who ask */
  readonly paths: () => Promise<readonly string[]>;
  readonly now: Date;
}

/** What the catalogues say of the CVEs of a finding. */
export interface Likelihood {
  readonly kev?: KevEntry;
  /** the highest among its CVEs */
  readonly epss?: EpssScore;
}

/** Joins KEV and EPSS to a vulnerability by its CVE ids (design decision 6). */
export async function likelihoodOf(
  book: Pick<AdvisoryBook, 'kev' | 'epss'>,
  ids: readonly string[],
): Promise<Likelihood> {
  const cves = [...new Set(ids)].filter((id) => id.startsWith('CVE-')).sort();
  let found: Likelihood = {};
  for (const cve of cves) {
    const [kev, epss] = [found.kev ?? (await book.kev(cve)), await book.epss(cve)];
    found = {
      ...found,
      ...(kev === undefined ? {} : { kev }),
      ...(epss === undefined || (found.epss !== undefined && found.epss.score >= epss.score) ? {} : { epss }),
    };
  }
  return found;
}

/** Which catalogues a manifest names: while this text stays, no exception can have ended by them. */
export const cataloguesOf = ({ kev, epss }: Pick<ShardManifest, 'kev' | 'epss'>): string =>
  `${kev?.hash ?? '-'} ${epss?.hash ?? '-'}`;

/** Where a workload runs images that hold a finding: each image with the container that brought it, as far as that is known. */
export function placesOf(
  { containers }: Pick<Workload, 'containers'>,
  digests: readonly Digest[],
): readonly { readonly digest: Digest; readonly image: string; readonly named: Digest | undefined }[] {
  return digests.flatMap((digest) => {
    const own = containers.filter((container) => container.digest === digest);
    // an index was named, or the orchestrator does not say what a container runs
    const others = containers.filter(({ digest: other }) => other === undefined || !digests.includes(other));
    const from = own.length > 0 ? own : others.length > 0 ? others : containers;
    return from.map(({ image, digest: named }) => ({ digest, image, named }));
  });
}

/** Everywhere that the packages of findings lie, by the inventory of an image. */
export type PathsOf = (digest: Digest, findings: readonly ImageFinding[]) => Promise<readonly string[]>;

/**
 * Whether a problem is accepted on a workload: only if it is in every place. Whose exception ends first speaks for all; if one holds no more, the whole does not.
 */
export async function acceptedIn(
  places: ReturnType<typeof placesOf>,
  ask: (place: ReturnType<typeof placesOf>[number]) => ReturnType<Acceptance>,
): Promise<{ readonly accepted?: Accepted; readonly acceptanceEnded?: string }> {
  const answers = await Promise.all(places.map(ask));
  const ended = answers.find((answer) => answer !== undefined && 'ended' in answer) as AcceptanceEnd | undefined;
  if (ended !== undefined) return { acceptanceEnded: ended.ended };
  const accepted = answers.flatMap((answer) => (answer !== undefined && 'reason' in answer ? [answer] : []));
  const [first] = accepted.sort((a, b) => ((a.lastDay ?? '9') < (b.lastDay ?? '9') ? -1 : 1));
  return first === undefined || accepted.length < places.length ? {} : { accepted: first };
}
