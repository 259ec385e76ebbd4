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
  /** serves when it was never fetched and cannot be: a bundled one */
  readonly otherwise?: DocumentSource;
}

/** A document from the web, fetched once a day into the cache folder; an older copy serves when it cannot be fetched, then `otherwise`. */
export function rememberedDocument(options: RememberedDocument): DocumentSource {
  const { otherwise } = options;
  const source = documentHttp(options.address, { pauses: [], timeout: 5_000 });
  const file = path.join(options.cacheFolder, options.kind, encodeURIComponent(source.describe).slice(0, 150));
  return {
    describe: source.describe,
    async read() {
      const found = await stat(file).catch(() => undefined);
      const age = found === undefined ? Number.POSITIVE_INFINITY : options.now().getTime() - found.mtimeMs;
      if (age < day || options.offline) return (await kept(file)) ?? otherwise?.read();
      try {
        const bytes = await source.read();
        if (bytes === undefined) return (await kept(file)) ?? otherwise?.read();
        options.check(bytes, source.describe);
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
