import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AdvisoryError, type KevEntry, type KevSource, kevHttp, parseKev } from '#shared/advisories';

/** Where CISA publishes its catalogue of known exploited vulnerabilities. */
export const cisaKev = 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json';

const day = 86_400_000;

/** The catalogue, ready to be asked. */
export interface Kev {
  readonly entries: ReadonlyMap<string, KevEntry>;
  /** ISO; undefined when there is no catalogue */
  readonly asOf?: string;
}

/** Reads a catalogue; one that cannot be had is told, and none is known then. */
export async function readKev(source: KevSource | undefined, warn: (text: string) => void): Promise<Kev> {
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

/** What fetching needs. */
interface FetchOptions {
  readonly cacheFolder: string;
  readonly offline: boolean;
  readonly now: () => Date;
}

/**
 * The catalogue from the web, fetched once a day into the cache folder; an older copy serves when it cannot be fetched, then `otherwise` (the bundled
 * one). Without `address` it is CISA's own.
 */
export function rememberedKev(options: FetchOptions, address: string | undefined, otherwise?: KevSource): KevSource {
  const source = kevHttp(address ?? cisaKev, { pauses: [], timeout: 5_000 });
  const file = path.join(options.cacheFolder, 'kev', `${encodeURIComponent(source.describe).slice(0, 150)}.json`);
  return {
    describe: source.describe,
    async read() {
      const found = await stat(file).catch(() => undefined);
      const age = found === undefined ? Number.POSITIVE_INFINITY : options.now().getTime() - found.mtimeMs;
      if (age < day || options.offline) return (await kept(file)) ?? otherwise?.read();
      try {
        const bytes = await source.read();
        if (bytes === undefined) return (await kept(file)) ?? otherwise?.read();
        parseKev(bytes, source.describe);
        await keep(file, bytes);
        return bytes;
      } catch (error) {
        if (!(error instanceof AdvisoryError)) throw error;
        const known = (await kept(file)) ?? (await otherwise?.read());
        if (known === undefined) throw error;
        return known;
      }
    },
  };
}

const kept = (file: string): Promise<Buffer | undefined> => readFile(file).catch(() => undefined);

async function keep(file: string, bytes: Buffer): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.new`;
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } catch {
    return;
  }
}
