import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { sift } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { vendorOf } from './third-parties.ts';

const place = /^(.*?\/)??(usr\/share\/rocks)\/dpkg\.query$/;
const heading = '# dpkg-query';

/**
 * The list that Ubuntu's rocks carry, also those without dpkg: os-release, then `# dpkg-query` and a line for each package with status, name, version,
 * source and source version (`ii ,libc6:amd64,2.39-0ubuntu8.3,glibc,2.39-0ubuntu8.3`). Where dpkg's own database is there, that counts.
 */
export const rock: Extractor = {
  name: 'rock',
  version: 2,
  concerns: { names: ['dpkg.query'] },
  wants({ path, base, size }) {
    return size > 0 && base === 'dpkg.query' && place.test(path) ? 'content' : undefined;
  },
  read(file) {
    const [, before = '', inRoot = ''] = place.exec(file.path) ?? [];
    const text = file.bytes.toString('utf8');
    const start = text.indexOf(heading);
    if (start < 0) throw new UnreadableEvidence(file.path, 'a package list of a rock without packages');
    const claims: FoundPackage[] = [];
    let broken = 0;
    for (const line of text.slice(start + heading.length).split('\n')) {
      if (line.trim() === '' || line.startsWith('#')) continue;
      const found = packageOf(line.split(','));
      if (found === undefined) broken += 1;
      else if (found !== 'gone') claims.push(found);
    }
    const { packages, troubles } = sift(claims);
    if (broken > 0)
      troubles.push({
        kind: 'trouble',
        code: 'unreadable-evidence',
        text: `${broken} lines of this list name no package`,
      });
    const database = {
      system: 'dpkg',
      home: `${before}${inRoot}`,
      root: before.replace(/\/$/, ''),
      unless: 'var/lib/dpkg/status',
    } as const;
    return [{ kind: 'packages', packages, database }, ...troubles];
  },
};

function packageOf(fields: readonly string[]): FoundPackage | 'gone' | undefined {
  const [status = '', named = '', version = '', source = '', sourceVersion = ''] = fields.map((field) => field.trim());
  const [name = '', architecture] = named.split(':');
  // the second letter: not installed, only its configuration left
  if (!/^[uirph][a-zA-Z]/.test(status) || name === '' || version === '') return undefined;
  if (status[1] === 'n' || status[1] === 'c') return 'gone';
  const vendor = vendorOf(version, '');
  return {
    type: 'deb',
    name,
    version,
    source: source === '' ? name : source,
    sourceVersion: sourceVersion === '' ? version : sourceVersion,
    ...(architecture === undefined ? {} : { architecture }),
    ...(vendor === undefined ? {} : { vendor }),
  };
}
