import { packageDrafts, qualifiersOf } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { isRecord, jsonOf } from './json.ts';

const place = /(?:^|\/)Cellar\/([^/]+)\/([^/]+)\/INSTALL_RECEIPT\.json$/;

/**
 * What Homebrew installed: `Cellar/<formula>/<version>/INSTALL_RECEIPT.json`, one for each version that is there. The path says what it is (docs.brew.sh, "Formula Cookbook":
 * kegs and the Cellar), the receipt which tap it is from. Nobody publishes advisories for formulae.
 */
export const homebrew: Extractor = {
  name: 'homebrew',
  version: 1,
  concerns: { names: ['INSTALL_RECEIPT.json'] },
  wants({ path, base, size }) {
    return size > 0 && base === 'INSTALL_RECEIPT.json' && place.test(path) ? 'content' : undefined;
  },
  read(file) {
    const [, name = '', version = ''] = place.exec(file.path) ?? [];
    const receipt = jsonOf(file, 'receipt of Homebrew');
    const source = isRecord(receipt) && isRecord(receipt.source) ? receipt.source : {};
    const { tap } = source;
    // the tap that everybody has goes without saying
    const from = typeof tap === 'string' && tap !== 'homebrew/core' ? { tap } : {};
    return packageDrafts([{ type: 'brew', name, version, ...qualifiersOf(from) }]);
  },
};
