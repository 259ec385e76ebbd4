import path from 'node:path';
import { cveListReleases, documentHttp, httpSource, openFeeds } from '#shared/advisories';
import { cacheFolder } from '../cache-folder.ts';
import { openCveList } from '../scan/cve-list.ts';
import { endOfLifeDate } from '../scan/end-of-life.ts';
import { firstEpss } from '../scan/epss.ts';
import { cisaKev } from '../scan/kev.ts';
import { osvBulk } from '../scan/scan-book.ts';
import type { MirrorSources } from './mirror.ts';

/** Options of the commands that fill a mirror. */
export const mirrorOptions = {
  from: { type: 'string' },
  feeds: { type: 'string' },
  kev: { type: 'string' },
  epss: { type: 'string' },
  'cve-list': { type: 'string' },
  'end-of-life': { type: 'string' },
} as const;

/** What help says of them. */
export const mirrorUsage = `  --from <address>         OSV's bulk layout (default: OSV's own)
  --feeds <where>          home, none or the address of a mirror: the distributions' own publications (default: home; none with --from)
  --kev <address>          CISA's catalogue of exploited vulnerabilities (default: CISA's own)
  --epss <address>         FIRST's scores of how likely exploits are (default: FIRST's own)
  --end-of-life <address>  when the updates of releases end (default: endoflife.date's own)
  --cve-list <where>       the CVE List: a list of releases in GitHub's form, an archive, or none (default: the CVE Program's own, 600 MB a day, of which
                           a table of 3 MB is kept; none with --from)
`;

/** Where the cache keeps advisories that were fetched for working offline. */
export const databaseFolder = (environment: NodeJS.ProcessEnv): string => path.join(cacheFolder(environment), 'db');

/** Opens what a mirror is filled from. Throws SourceUnavailable for what is no address. */
export function openSources(
  values: { readonly [Name in keyof typeof mirrorOptions]?: string | undefined },
  environment: NodeJS.ProcessEnv,
): MirrorSources {
  const cache = { cacheFolder: path.join(cacheFolder(environment), 'advisories') };
  const own = values.from === undefined;
  const cveList = values['cve-list'] ?? (own ? cveListReleases : 'none');
  return {
    bulk: httpSource(values.from ?? osvBulk, cache),
    feeds: openFeeds(values.feeds ?? (own ? 'home' : 'none'), cache),
    kev: documentHttp(values.kev ?? cisaKev),
    epss: documentHttp(values.epss ?? firstEpss),
    'end-of-life': documentHttp(values['end-of-life'] ?? endOfLifeDate),
    ...(cveList === 'none' ? {} : { cves: openCveList(cveList, cacheFolder(environment)) }),
    now: () => new Date(),
  };
}
