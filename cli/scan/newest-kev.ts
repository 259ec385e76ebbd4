import { AdvisoryError, type DocumentSource, parseKev } from '#shared/advisories';

/**
 * Of several copies of the catalogue the one that CISA released last. One that is not there or cannot be read is passed over while another can be;
 * throws AdvisoryError, of the first, when none can be.
 */
export function newestKev(first: DocumentSource, ...others: readonly DocumentSource[]): DocumentSource {
  return {
    describe: first.describe,
    async read() {
      let newest: { readonly bytes: Buffer; readonly at: number } | undefined;
      for (const source of [first, ...others]) {
        const read = await releaseOf(source);
        if (read !== undefined && (newest === undefined || read.at > newest.at)) newest = read;
      }
      return newest?.bytes ?? first.read();
    },
  };
}

/** at: ms since 1970 */
async function releaseOf(source: DocumentSource): Promise<{ readonly bytes: Buffer; readonly at: number } | undefined> {
  try {
    const bytes = await source.read();
    if (bytes === undefined) return undefined;
    const at = Date.parse(parseKev(bytes, source.describe).asOf);
    return { bytes, at: Number.isNaN(at) ? 0 : at };
  } catch (error) {
    if (!(error instanceof AdvisoryError)) throw error;
    return undefined;
  }
}
