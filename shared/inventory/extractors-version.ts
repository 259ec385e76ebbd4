import { executableExtractors, extractors, folderExtractors } from './extractors/index.ts';
import type { HashedExecutables } from './hashed-executables.ts';
import { defaultLimits, limitsText, type ReadLimits } from './limits.ts';

/** counts up with every change of what the reader itself records: executables, links, hashes */
const reader = 6;

/** What facts of these limits are made by: the reader's, every extractor's version, the limits, and whether hashes were left out. */
export function extractorsVersionOf(limits: ReadLimits, hashed: HashedExecutables = 'all'): string {
  const names = [...extractors, ...executableExtractors, ...folderExtractors]
    .map(({ name, version }) => `${name}${version}`)
    .sort();
  return `reader${reader} ${names.join(' ')} limits ${limitsText(limits)}${hashed === 'all' ? '' : ` hashed ${hashed}`}`;
}

/** The same for the default limits. Facts and inventories of another version are made again. */
export const extractorsVersion: string = extractorsVersionOf(defaultLimits);
