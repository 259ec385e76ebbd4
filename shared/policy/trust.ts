import { globMatches } from './glob.ts';
import type { Policy } from './types.ts';

/** Whether policy believes the SBOMs that are attached to images of a repository; a glob may name the registry as well. */
export const trustsSbomOf = (
  { trust }: Pick<Policy, 'trust'>,
  { registry, repository }: { readonly registry: string; readonly repository: string },
): boolean =>
  trust.sbom.some((glob) => globMatches(glob, repository) || globMatches(glob, `${registry}/${repository}`));
