import { candidatesFor, Recognition, tableVersion, unknownVersion } from '../classifiers/index.ts';
import { packageDrafts } from './drafts.ts';
import type { ExecutableExtractor } from './executable-extractor.ts';

/**
 * Programs and libraries that no package manager placed, by what stands in their bytes (classifiers/). Only files whose name a product has are
 * looked into. Those that an OS package owns are sorted out at merge, where owners are known.
 */
export const program: ExecutableExtractor = {
  name: 'program',
  version: tableVersion,
  wants({ base }) {
    return candidatesFor(base).length > 0;
  },
  begin({ base, program: runs }) {
    if (runs === 'pe' || runs === 'mach-o') return undefined;
    const isScript = runs !== 'elf';
    const candidates = candidatesFor(base).filter(({ classifier }) => (classifier.isScript ?? false) === isScript);
    if (candidates.length === 0) return undefined;
    const recognition = new Recognition(candidates);
    return {
      data(chunk) {
        recognition.data(chunk);
      },
      skip(bytes) {
        recognition.skip(bytes);
      },
      end() {
        const found = recognition.end();
        if (found === undefined) return [];
        const { product, version = unknownVersion } = found;
        return packageDrafts([{ type: 'program', name: product.id, version }]);
      },
    };
  },
};
