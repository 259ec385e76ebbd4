import type { Feed } from './feed.ts';
import { tarFiles } from './tar.ts';
import { unxz } from './xz.ts';

/**
 * Canonical's own OSV records (UBUNTU-CVE, USN, LSN), all in one archive. They tell Pro's updates from everybody's, and unfixed from unknown; what is of FIPS,
 * Realtime and other variants has ecosystems of its own, which no standard image is judged by (reference detection.md section 4, trap 13).
 */
export const ubuntu: Feed = {
  id: 'ubuntu-osv',
  name: 'Ubuntu OSV',
  ecosystem: 'Ubuntu',
  home: 'https://security-metadata.canonical.com/osv/',
  async files(origin) {
    const file = await origin.file('osv-all.tar.xz');
    return file === undefined ? [] : [{ ...file, part: 'all' }];
  },
  async *records(files) {
    for (const file of files)
      for await (const { name, bytes } of tarFiles(unxz(file.open(), file.about), file.about, isRecord))
        yield { id: name.slice(name.lastIndexOf('/') + 1, -'.json'.length), bytes };
  },
};

// tar of macOS adds files that begin with `._`
const isRecord = (name: string): boolean => /(?:^|\/)(?!\._)[^/]+\.json$/.test(name);
