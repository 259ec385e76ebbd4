import path from 'node:path';
import {
  AdvisoryError,
  type DocumentSource,
  documentFile,
  isAddress,
  type KevEntry,
  parseKev,
} from '#shared/advisories';
import { CommandFailed } from '../exit-codes.ts';
import { isFile } from '../is-file.ts';
import { newestKev } from './newest-kev.ts';
import { rememberedDocument } from './remembered-document.ts';

/** Where CISA publishes its catalogue of known exploited vulnerabilities. */
export const cisaKev = 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json';

/** The catalogue, ready to be asked. */
export interface Kev {
  readonly entries: ReadonlyMap<string, KevEntry>;
  /** ISO; undefined when there is no catalogue */
  readonly asOf?: string;
}

/** Reads a catalogue; one that cannot be had is told, and none is known then. */
export async function readKev(source: DocumentSource | undefined, warn: (text: string) => void): Promise<Kev> {
  try {
    const bytes = await source?.read();
    if (bytes === undefined || source === undefined) return { entries: new Map() };
    const { entries, asOf } = parseKev(bytes, source.describe);
    return { entries: new Map(entries.map((entry) => [entry.cve, entry])), asOf };
  } catch (error) {
    if (!(error instanceof AdvisoryError)) throw error;
    warn(`known exploited vulnerabilities are not marked: ${error.message}`);
    return { entries: new Map() };
  }
}

/** What choosing needs. */
interface Choice {
  readonly advisories?: string;
  readonly kev?: string;
  readonly offline: boolean;
  readonly cacheFolder: string;
  readonly now: () => Date;
}

/**
 * Where a scan has the catalogue from: what `--kev` names; else a file beside the advisories, if they are a folder; else CISA's own, kept for a day, or as
 * `drydock db update` fetched it. Where none of them is to be had the bundled one serves; beside a folder that has none the newest that was ever fetched, if it is
 * newer. Throws CommandFailed for a file that is not there.
 */
export async function chooseKev(options: Choice, starter: string): Promise<DocumentSource | undefined> {
  const bundled = documentFile(path.join(starter, 'kev.json'));
  const { advisories, kev } = options;
  if (kev !== undefined) return isAddress(kev) ? rememberedKev(options, kev) : mustExist(kev);
  if (advisories !== undefined && !isAddress(advisories)) {
    for (const name of ['kev.json', 'known_exploited_vulnerabilities.json']) {
      const file = path.join(advisories, name);
      if (await isFile(file)) return documentFile(file);
    }
    // what was fetched before needs no network, and the bundled one grows old
    return newestKev(bundled, rememberedKev({ ...options, offline: true }, cisaKev));
  }
  return rememberedKev(options, cisaKev, bundled);
}

const rememberedKev = (options: Choice, address: string, otherwise?: DocumentSource): DocumentSource =>
  rememberedDocument({
    ...options,
    kind: 'kev',
    address,
    ...(address === cisaKev ? { fetched: path.join(options.cacheFolder, 'db/kev.json') } : {}),
    check: (bytes, about) => void parseKev(bytes, about),
    ...(otherwise === undefined ? {} : { otherwise }),
  });

async function mustExist(file: string): Promise<DocumentSource> {
  if (await isFile(file)) return documentFile(file);
  throw new CommandFailed(`--kev ${JSON.stringify(file)}: there is no such file; name CISA's catalogue as JSON`);
}
