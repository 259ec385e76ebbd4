import path from 'node:path';
import { documentHttp, httpSource, openFeeds } from '#shared/advisories';
import { cacheFolder } from '../cache-folder.ts';
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
} as const;

/** What help says of them. */
export const mirrorUsage = `  --from <address>         OSV's bulk layout (default: OSV's own)
  --feeds <where>          home, none or the address of a mirror: the distributions' own publications (default: home; none with --from)
  --kev <address>          CISA's catalogue of exploited vulnerabilities (default: CISA's own)
  --epss <address>         FIRST's scores of how likely exploits are (default: FIRST's own)
`;

/** Where the cache keeps advisories that were fetched for working offline. */
export const databaseFolder = (environment: NodeJS.ProcessEnv): string => path.join(cacheFolder(environment), 'db');

/** Opens what a mirror is filled from. Throws SourceUnavailable for what is no address. */
export function openSources(
  values: { readonly [Name in keyof typeof mirrorOptions]?: string | undefined },
  environment: NodeJS.ProcessEnv,
): MirrorSources {
  const cache = { cacheFolder: path.join(cacheFolder(environment), 'advisories') };
  return {
    bulk: httpSource(values.from ?? osvBulk, cache),
    feeds: openFeeds(values.feeds ?? (values.from === undefined ? 'home' : 'none'), cache),
    kev: documentHttp(values.kev ?? cisaKev),
    epss: documentHttp(values.epss ?? firstEpss),
    now: () => new Date(),
  };
}
