import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { describedIn } from './pypi.ts';
import { BadZip, isZip, zipContent, zipEntries } from './zip.ts';

const metadata = /(?:^|\/)[^/]+\.(?:dist-info\/METADATA|egg-info\/PKG-INFO)$/;
const vendored = /(?:^|\/)_vendor(?:ed)?\//;
const longestText = 4 << 20;
const mostPackages = 5_000;
const longestInner = 2048;

/**
 * Python programs that are one archive, with all that they import (zipapp): PEX keeps wheels in `.deps`, shiv has `site-packages`, others have packages beside `__main__.py`. Each
 * package brings its metadata along. A line that starts the interpreter may stand before the archive.
 */
export const pythonArchive: Extractor = {
  name: 'python-archive',
  version: 1,
  concerns: { endings: ['.pex', '.pyz'] },
  wants({ base, size }) {
    return size > 0 && (base.endsWith('.pex') || base.endsWith('.pyz')) ? 'archive' : undefined;
  },
  read(file) {
    // other trades have files of these names
    if (!isZip(file.bytes) && file.bytes.toString('latin1', 0, 2) !== '#!') return [];
    const found: FoundPackage[] = [];
    let budget = longestText + file.bytes.length;
    try {
      for (const entry of zipEntries(file.bytes)) {
        if (!metadata.test(entry.name)) continue;
        if (found.length >= mostPackages) throw new BadZip(`it has more than ${mostPackages} packages`, true);
        const bytes = zipContent(file.bytes, entry, Math.min(longestText, budget));
        budget -= bytes.length;
        const described = describedIn(bytes, entry.name);
        if (described === undefined) continue;
        found.push({
          ...described,
          inner: entry.name.slice(0, longestInner),
          ...(vendored.test(entry.name) ? { bundled: 'vendored' as const } : {}),
        });
      }
    } catch (error) {
      if (!(error instanceof BadZip)) throw error;
      throw new UnreadableEvidence(file.path, `this Python archive cannot be read: ${error.message}`, { cause: error });
    }
    return packageDrafts(found);
  },
};
