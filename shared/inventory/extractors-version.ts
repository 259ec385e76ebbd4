import { executableExtractors, extractors, folderExtractors } from './extractors/index.ts';
import { defaultLimits, limitsText, type ReadLimits } from './limits.ts';

/** counts up with every change of what the reader itself records: executables, links, hashes */
const reader = 3;

/** What facts of these limits are made by: the reader's, every extractor's version, and the limits. */
export function extractorsVersionOf(limits: ReadLimits): string {
  const names = [...extractors, ...executableExtractors, ...folderExtractors]
    .map(({ name, version }) => `${name}${version}`)
    .sort();
  return `reader${reader} ${names.join(' ')} limits ${limitsText(limits)}`;
}

/** The same for the default limits. Facts and inventories of another version are made again. */
export const extractorsVersion: string = extractorsVersionOf(defaultLimits);
