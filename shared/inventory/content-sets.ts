import { dockerfile } from './extractors/dockerfile-labels.ts';
import type { MergedFiles } from './merged-files.ts';
import { streamOfSet } from './red-hat-stream.ts';
import type { CoverageReason, Distribution } from './types.ts';

/** Where Red Hat's builds say which repositories an image is made of. */
export const contentManifest =
  /^(?:root\/buildinfo\/content_manifests\/[^/]+|usr\/share\/buildinfo\/content-sets)\.json$/;

const mostSets = 100;
/** extended update, advanced mission critical, telecommunications, SAP, extended life: `rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2` */
const extended = /-(?:eus|aus|tus|e4s|els)-/;

/** The content sets of an image, of whichever layer: what one layer says of its repositories holds for the packages of all (detection.md section 4, trap 7). */
export function contentSetsOf(merged: MergedFiles): readonly string[] {
  const sets = new Set<string>();
  for (const { path, evidence } of merged.files()) {
    for (const fact of evidence)
      if (fact.kind === 'release' && contentManifest.test(path))
        for (const set of fact.text.split('\n')) if (set !== '') sets.add(set);
  }
  return [...sets].sort().slice(0, mostSets);
}

/** The labels of the Dockerfiles that the bases of a Red Hat image left in it. */
export function dockerfileLabelsOf(merged: MergedFiles): Readonly<Record<string, string>>[] {
  const all: Readonly<Record<string, string>>[] = [];
  for (const { path, evidence } of merged.files()) {
    for (const fact of evidence)
      if (fact.kind === 'release' && dockerfile.test(path))
        all.push(
          Object.fromEntries(fact.text.split('\n').map((line) => [line.split('=')[0], line.replace(/^[^=]*=/, '')])),
        );
  }
  return all;
}

/** What Red Hat Enterprise Linux itself is made of; CodeReady Builder is a repository of it. */
const ownRepository = /^(?:rhel|ubi|codeready-builder)-/;

/** Why advisories of Red Hat Enterprise Linux do not decide all: an image may hold packages of other products, which have a word of their own. */
export function otherProducts({ id, repositories = [] }: Pick<Distribution, 'id' | 'repositories'>): CoverageReason[] {
  const [first, ...more] = repositories.filter((set) => !ownRepository.test(set));
  if (id !== 'rhel' || first === undefined) return [];
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return [
    {
      code: 'no-advisories',
      text: `packages of other products than Red Hat Enterprise Linux (${first}${others}) are judged by its advisories alone: what their own product says is not known`,
    },
  ];
}

/**
 * Why advisories of one stream do not decide all: packages of another extended update stream than that which the image is judged by get fixes of their own,
 * under versions that other streams' fixes are above.
 */
export function extendedStreams({
  repositories = [],
  channel,
  versionId,
}: Pick<Distribution, 'repositories' | 'channel' | 'versionId'>): CoverageReason[] {
  const [major = ''] = versionId.split('.');
  const minor = /-(\d+\.\d+)$/.exec(channel ?? '')?.[1];
  const [first, ...more] = repositories
    .filter((set) => extended.test(set))
    .filter((set) => {
      const own = streamOfSet(set, major, versionId)?.channel;
      return own === undefined || (own !== channel && own !== `eus-${minor}`);
    });
  if (first === undefined) return [];
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return [
    {
      code: 'no-advisories',
      text: `packages of an extended update stream (${first}${others}) are judged by the advisories of ${channel ?? 'the main stream'}: what their own stream fixed may be shown as open, and what only it says is not known`,
    },
  ];
}
