import { namesRepository, type Place } from './named-repositories.ts';
import type { Policy } from './types.ts';

/** Whether policy believes the SBOMs that are attached to images of a repository; a glob may name the registry as well. */
export const trustsSbomOf = ({ trust }: Pick<Policy, 'trust'>, place: Place): boolean =>
  namesRepository(trust.sbom, place);

/** Whether policy believes the VEX documents that are attached to images of a repository; a glob may name the registry as well. */
export const trustsVexOf = ({ trust }: Pick<Policy, 'trust'>, place: Place): boolean =>
  namesRepository(trust.vex, place);
