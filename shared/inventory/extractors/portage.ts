import { sift } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { ownedPaths } from './owned-paths.ts';

const place = /^(.*?\/)??(var\/db\/pkg)\/([^/]+)\/([^/]+)\/CONTENTS$/;
/** the name ends where a version begins (PMS, "Version Specifications") */
const named = /^([^-].*?)-(\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)\d*)*(?:-r\d+)?)$/;

/**
 * Portage's database of what is installed, a folder for each package: `var/db/pkg/<category>/<name>-<version>/CONTENTS`, which lists its files, one a line
 * (`obj /bin/bash <md5> <time>`, `sym /bin/sh -> bash <time>`, `dir /bin`). The path says what it is.
 */
export const portage: Extractor = {
  name: 'portage',
  version: 1,
  concerns: { names: ['CONTENTS'] },
  wants({ path, base }) {
    return base === 'CONTENTS' && place.test(path) ? 'content' : undefined;
  },
  read(file) {
    const [, before = '', inRoot = '', category = '', folder = ''] = place.exec(file.path) ?? [];
    const [, name, version = ''] = named.exec(folder) ?? [];
    // what is being installed has a folder of another name (-MERGING-bash-5.2)
    if (name === undefined) return [];
    const root = before.replace(/\/$/, '');
    const home = `${before}${inRoot}`;
    const full = `${category}/${name}`;
    const { packages, troubles } = sift([
      { type: 'ebuild', name: full, version, source: full, sourceVersion: version },
    ]);
    return [
      { kind: 'packages', packages, database: { system: 'portage', home, root } },
      { kind: 'owned', system: 'portage', home, root, owner: full, paths: ownedPaths(ownedFiles(file.bytes)) },
      ...troubles,
    ];
  },
};

function* ownedFiles(bytes: Buffer): Generator<string> {
  for (const line of bytes.toString('utf8').split('\n')) {
    const path = pathIn(line);
    if (path !== undefined) yield path;
  }
}

/** The path of a line, which may hold spaces; by its ends, since a form with so many ways to be met can be made to try all of them. */
function pathIn(line: string): string | undefined {
  const last = line.lastIndexOf(' ');
  // a file has its hash and time behind it, a link where it leads and its time
  const end = line.startsWith('obj ')
    ? line.lastIndexOf(' ', last - 1)
    : line.startsWith('sym ')
      ? line.indexOf(' -> ')
      : -1;
  const isWhole = end > 4 && last > end && last < line.length - 1;
  return isWhole ? line.slice(4, end) : undefined;
}
