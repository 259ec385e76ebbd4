import path from 'node:path';
import {
  cveListReleases,
  type DocumentSource,
  documentFile,
  documentHttp,
  httpSource,
  isAddress,
  openFeeds,
  wrongFeedsPlace,
} from '#shared/advisories';
import { cacheFolder } from '../../bin/cache-folder.mjs';
import { UsageError } from '../exit-codes.ts';
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
  --feeds <where>          home, none, the address of a mirror or its folder: the distributions' own publications (default: home; none with --from)
  --kev <where>            CISA's catalogue of exploited vulnerabilities, a file or address (default: CISA's own)
  --epss <where>           FIRST's scores of how likely exploits are, a file or address (default: FIRST's own)
  --end-of-life <where>    when the updates of releases end, a file or address (default: endoflife.date's own)
  --cve-list <where>       the CVE List: a list of releases in GitHub's form, an archive, or none (default: the CVE Program's own, 600 MB at first and once a week, of
                           which a table of some MB is kept; only what changed where it was fetched yesterday; none with --from)
`;

/** Where the cache keeps advisories that were fetched for working offline. */
export const databaseFolder = (environment: NodeJS.ProcessEnv): string => path.join(cacheFolder(environment), 'db');

/** Opens what a mirror is filled from. Throws UsageError, naming the option, for what is no address. */
export function openSources(
  values: { readonly [Name in keyof typeof mirrorOptions]?: string | undefined },
  environment: NodeJS.ProcessEnv,
): MirrorSources {
  const cache = { cacheFolder: path.join(cacheFolder(environment), 'advisories') };
  const own = values.from === undefined;
  const cveList = values['cve-list'] ?? (own ? cveListReleases : 'none');
  return {
    bulk: httpSource(addressOf('--from', values.from ?? osvBulk), cache),
    feeds: openFeeds(feedsPlace(values.feeds ?? (own ? 'home' : 'none')), cache),
    kev: document('--kev', values.kev ?? cisaKev),
    epss: document('--epss', values.epss ?? firstEpss),
    'end-of-life': document('--end-of-life', values['end-of-life'] ?? endOfLifeDate),
    ...(cveList === 'none' ? {} : { cves: openCveList(placeOf('--cve-list', cveList), cacheFolder(environment)) }),
    now: () => new Date(),
  };
}

function addressOf(option: string, where: string): string {
  if (isAddress(where) && URL.canParse(where)) return where;
  throw new UsageError(
    `${option} ${JSON.stringify(where)} is no address; write one such as https://mirror.example/osv (drydock scan --advisories reads a folder where it lies)`,
  );
}

const placeOf = (option: string, where: string): string => (isAddress(where) ? addressOf(option, where) : where);

/** A folder that holds none would mean OSV alone without a word. */
function feedsPlace(where: string): string {
  const wrong = wrongFeedsPlace(placeOf('--feeds', where));
  if (wrong === undefined) return where;
  throw new UsageError(
    `--feeds ${JSON.stringify(where)}: ${wrong}; write home, none, the address of a mirror or the folder feeds of what drydock db export wrote`,
  );
}

/** A file that is not there is told as its part's refusal, as an address that has nothing is. */
const document = (option: string, where: string): DocumentSource =>
  isAddress(where) ? documentHttp(addressOf(option, where)) : documentFile(path.resolve(where));
