import { packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { plainValue } from './yaml-value.ts';

const place = /(?:^|\/)snap\/([^/]+)\/([^/]+)\/meta\/snap\.yaml$/;
const beginning = 1 << 18;

/** Snaps as they lie unpacked: `snap/<name>/<revision>/meta/snap.yaml` (snapcraft.io, "The snap format"). Nobody publishes advisories for snaps. */
export const snap: Extractor = {
  name: 'snap',
  version: 1,
  concerns: { names: ['snap.yaml'] },
  wants({ path, base, size }) {
    return size > 0 && base === 'snap.yaml' && place.test(path) ? 'content' : undefined;
  },
  read(file) {
    const [, folder = '', revision = ''] = place.exec(file.path) ?? [];
    const text = file.bytes.toString('utf8', 0, beginning);
    const name = plainValue(text, 'name') ?? folder;
    return packageDrafts([{ type: 'snap', name, version: plainValue(text, 'version') ?? revision }]);
  },
};
