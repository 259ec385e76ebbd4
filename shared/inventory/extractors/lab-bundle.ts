import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { licensesOf, packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { inFixture } from './fixture.ts';
import { isRecord, jsonOf } from './json.ts';

const named = 'third-party-licenses.json';
/** True for what JupyterLab hands to browsers, which is loaded by no program of the image. */
export const isForBrowsers = (path: string): boolean =>
  path.endsWith(`/${named}`) || /(?:^|\/)jupyter\/labextensions\//.test(path);
const mostPackages = 20_000;

/**
 * npm packages that webpack bundled into the scripts of JupyterLab and its extensions: `third-party-licenses.json` beside them, `{"packages": [{"name", "versionInfo", "licenseId"}]}` as
 * JupyterLab's builder writes it. Nothing else is left of these packages. A file of that name that has no such list is somebody else's.
 */
export const labBundle: Extractor = {
  name: 'lab-bundle',
  version: 1,
  concerns: { names: [named] },
  wants({ path, base, size }) {
    return size > 0 && base === named && !inFixture(path) ? 'content' : undefined;
  },
  read(file) {
    const json = jsonOf(file, 'list of bundled packages');
    const listed: unknown = isRecord(json) ? json.packages : undefined;
    if (!Array.isArray(listed)) return [];
    if (listed.length > mostPackages)
      throw new UnreadableEvidence(file.path, `a list of more than ${mostPackages} bundled packages`);
    const found: FoundPackage[] = [];
    for (const entry of listed as readonly unknown[]) {
      if (!isRecord(entry)) continue;
      const { name, versionInfo: version, licenseId } = entry;
      if (typeof name !== 'string' || typeof version !== 'string' || name === '' || version === '') continue;
      found.push({ type: 'npm', name, version, ...licensesOf([licenseId]), bundled: 'vendored' });
    }
    return packageDrafts(found);
  },
};
