import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AdvisoryError, type DocumentSource, documentHttp } from '#shared/advisories';

const day = 86_400_000;

/** What fetching needs. */
export interface RememberedDocument {
  readonly cacheFolder: string;
  readonly offline: boolean;
  readonly now: () => Date;
  /** the folder of the cache that it is kept in: `kev` */
  readonly kind: string;
  readonly address: string;
  /** throws an AdvisoryError for a document that must not be kept */
  readonly check: (bytes: Buffer, about: string) => void;
  /** a copy that `drydock db update` made: serves instead of ours when it is the newer one */
  readonly fetched?: string;
  /** serves when it was never fetched and cannot be: a bundled one */
  readonly otherwise?: DocumentSource;
}

/** A document from the web, fetched once a day into the cache folder; an older copy serves when it cannot be fetched, then `otherwise`. */
export function rememberedDocument(options: RememberedDocument): DocumentSource {
  const { otherwise, fetched } = options;
  const source = documentHttp(options.address, { pauses: [], timeout: 5_000 });
  const file = path.join(options.cacheFolder, options.kind, encodeURIComponent(source.describe).slice(0, 150));
  return {
    describe: source.describe,
    async read() {
      const age = options.now().getTime() - (await writtenAt(file));
      const newest = fetched !== undefined && (await writtenAt(fetched)) > (await writtenAt(file)) ? fetched : file;
      if (age < day || options.offline) return (await kept(newest)) ?? otherwise?.read();
      try {
        const bytes = await source.read();
        if (bytes === undefined) return (await kept(newest)) ?? otherwise?.read();
        options.check(bytes, source.describe);
        await keep(file, bytes);
        return bytes;
      } catch (error) {
        if (!(error instanceof AdvisoryError)) throw error;
        const known = (await kept(newest)) ?? (await otherwise?.read());
        if (known === undefined) throw error;
        return known;
      }
    },
  };
}

/** ms since 1970; never: -Infinity */
const writtenAt = async (file: string): Promise<number> =>
  (await stat(file).catch(() => undefined))?.mtimeMs ?? Number.NEGATIVE_INFINITY;

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
