import { AdvisoryError, type DocumentSource, type KevEntry, parseKev } from '#shared/advisories';

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
