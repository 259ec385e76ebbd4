import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { jsonOf } from './json.ts';
import { packageOf } from './npm.ts';
import { BadZip, zipContent, zipEntries } from './zip.ts';

const place = /(?:^|\/)\.yarn\/(?:berry\/)?cache\/[^/]+\.zip$/;
/** the package itself, and packages that it bundles */
const description = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/;
const longestText = 4 << 20;
const mostPackages = 5_000;

/**
 * Packages of Yarn's Plug'n'Play: Node runs them from the archives in `.yarn/cache`, which hold `node_modules/name` each. (What has to lie on disk is in
 * `.yarn/unplugged`, and is found as any node_modules is.)
 */
export const yarnCache: Extractor = {
  name: 'yarn-cache',
  version: 1,
  concerns: { endings: ['.zip'] },
  wants({ path, base, size }) {
    return base.endsWith('.zip') && size > 0 && place.test(path) ? 'archive' : undefined;
  },
  read(file) {
    const found: FoundPackage[] = [];
    let budget = longestText + file.bytes.length;
    try {
      for (const entry of zipEntries(file.bytes)) {
        if (!description.test(entry.name) || found.length >= mostPackages) continue;
        const bytes = zipContent(file.bytes, entry, Math.min(longestText, budget));
        budget -= bytes.length;
        const described = packageOf(jsonOf({ path: file.path, bytes }, 'package.json'));
        if (described !== undefined) found.push({ ...described, inner: entry.name });
      }
    } catch (error) {
      if (!(error instanceof BadZip)) throw error;
      throw new UnreadableEvidence(file.path, `this archive of Yarn's cache cannot be read: ${error.message}`, {
        cause: error,
      });
    }
    return packageDrafts(found);
  },
};
