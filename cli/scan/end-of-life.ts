import path from 'node:path';
import {
  AdvisoryError,
  type DocumentSource,
  documentFile,
  type EndOfLife,
  isAddress,
  parseEndOfLife,
} from '#shared/advisories';
import { CommandFailed } from '../exit-codes.ts';
import { isFile } from '../is-file.ts';
import { rememberedDocument } from './remembered-document.ts';

/** Where endoflife.date publishes all of its products in one document. */
export const endOfLifeDate = 'https://endoflife.date/api/v1/products/full';

/** Its name in a folder of advisories. */
export const endOfLifeFile = 'end-of-life.json';

/** What choosing needs. */
interface Choice {
  readonly advisories?: string;
  readonly endOfLife?: string;
  readonly offline: boolean;
  readonly cacheFolder: string;
  readonly now: () => Date;
}

/**
 * Where a scan has the ends of releases from beside the bundled table: what `--end-of-life` names; else a file beside the advisories, if they are a folder; else
 * what `drydock db update` fetched. Nothing is fetched for it unasked. Throws CommandFailed for a file that is not there.
 */
export async function chooseEndOfLife(options: Choice): Promise<DocumentSource | undefined> {
  const { advisories, endOfLife, cacheFolder } = options;
  if (endOfLife !== undefined && isAddress(endOfLife))
    return rememberedDocument({
      ...options,
      kind: 'end-of-life',
      address: endOfLife,
      check: (bytes, about) => void parseEndOfLife(bytes, about),
    });
  if (endOfLife !== undefined) {
    if (await isFile(endOfLife)) return documentFile(endOfLife);
    throw new CommandFailed(
      `--end-of-life ${JSON.stringify(endOfLife)}: there is no such file; name what endoflife.date publishes as JSON`,
    );
  }
  if (advisories !== undefined && isAddress(advisories)) return undefined;
  const file = path.join(advisories ?? path.join(cacheFolder, 'db'), endOfLifeFile);
  return (await isFile(file)) ? documentFile(file) : undefined;
}

/** Reads it; what cannot be had is told, and the bundled table serves then. */
export async function readEndOfLife(
  source: DocumentSource | undefined,
  warn: (text: string) => void,
): Promise<EndOfLife | undefined> {
  try {
    const bytes = await source?.read();
    return bytes === undefined || source === undefined ? undefined : parseEndOfLife(bytes, source.describe);
  } catch (error) {
    if (!(error instanceof AdvisoryError)) throw error;
    warn(`ends of releases are those of the bundled table: ${error.message}`);
    return undefined;
  }
}
