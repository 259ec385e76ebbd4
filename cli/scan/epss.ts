import path from 'node:path';
import {
  AdvisoryError,
  type DocumentSource,
  documentFile,
  type EpssScore,
  isAddress,
  openEpss,
  parseEpss,
} from '#shared/advisories';
import { CommandFailed } from '../exit-codes.ts';
import { isFile } from '../is-file.ts';
import { rememberedDocument } from './remembered-document.ts';

/** Where FIRST publishes the newest EPSS scores. */
export const firstEpss = 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz';

/** The scores, ready to be asked. */
export interface Epss {
  readonly lookup: (cve: string) => EpssScore | undefined;
  /** ISO; undefined when there are no scores */
  readonly asOf?: string;
}

/** Reads scores; those that cannot be had are told, and none are known then. */
export async function readEpss(source: DocumentSource | undefined, warn: (text: string) => void): Promise<Epss> {
  try {
    const bytes = await source?.read();
    if (bytes === undefined || source === undefined) return { lookup: () => undefined };
    const table = parseEpss(bytes, source.describe);
    return { lookup: openEpss(table.bytes, table.hash).lookup, asOf: table.asOf };
  } catch (error) {
    if (!(error instanceof AdvisoryError)) throw error;
    warn(`how likely exploits are (EPSS) is not shown: ${error.message}`);
    return { lookup: () => undefined };
  }
}

/** What choosing needs. */
interface Choice {
  readonly advisories?: string;
  readonly epss?: string;
  readonly offline: boolean;
  readonly cacheFolder: string;
  readonly now: () => Date;
}

const inFolder = ['epss.csv.gz', 'epss_scores-current.csv.gz', 'epss.csv'];

/**
 * Where a scan has its scores from: what `--epss` names; else a file beside the advisories, if they are a folder; else FIRST's own, kept for a day, or as `drydock db update`
 * fetched them. Whoever names a mirror of the advisories is not sent to the web for scores. Throws CommandFailed for a file that is not there.
 */
export async function chooseEpss(options: Choice): Promise<DocumentSource | undefined> {
  const { advisories, epss } = options;
  if (epss !== undefined && !isAddress(epss)) {
    if (await isFile(epss)) return documentFile(epss);
    throw new CommandFailed(`--epss ${JSON.stringify(epss)}: there is no such file; name FIRST's scores as .csv.gz`);
  }
  if (epss === undefined && advisories !== undefined) {
    if (isAddress(advisories)) return undefined;
    for (const name of inFolder)
      if (await isFile(path.join(advisories, name))) return documentFile(path.join(advisories, name));
    return undefined;
  }
  return rememberedDocument({
    ...options,
    kind: 'epss',
    address: epss ?? firstEpss,
    ...(epss === undefined ? { fetched: path.join(options.cacheFolder, 'db/epss.csv.gz') } : {}),
    check: (bytes, about) => void parseEpss(bytes, about),
  });
}
