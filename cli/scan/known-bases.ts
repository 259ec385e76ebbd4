import type { CatalogueImage } from '#shared/inventory';
import { readImages } from '#shared/oci';
import { UsageError } from '../exit-codes.ts';
import { registryLogins } from '../registry-logins.ts';
import { openTarget } from './open-target.ts';
import type { ReadingTools } from './reading.ts';

/** What help says of it. */
export const basesUsage = `  --base <image>           an image that this one may be built on: packages are then told apart; may be repeated
`;

/** Reads the configs of images that are named as bases, of every platform; no layer is fetched. Throws what opening throws, UsageError for what is no image. */
export async function knownBases(names: readonly string[], tools: ReadingTools): Promise<CatalogueImage[]> {
  const known: CatalogueImage[] = [];
  for (const name of names) {
    tools.draw(`reading the base ${name}`);
    const credentials = registryLogins();
    const target = await openTarget(name, { credentials, attempts: 3, signal: tools.signal });
    if (target.kind !== 'image') throw new UsageError(`--base takes an image, and ${JSON.stringify(name)} is none`);
    try {
      const { root, images } = await readImages(target.source, { signal: tools.signal });
      for (const { digest, config } of images)
        known.push({ name, digests: [...new Set([digest, root.digest])], diffIds: config.diffIds });
    } finally {
      await target.source.close();
    }
  }
  return known;
}
