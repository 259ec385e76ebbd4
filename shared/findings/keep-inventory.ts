import { type Inventory, packageSets } from '#shared/inventory';
import { type Blobs, packJson } from '#shared/store';
import type { VexStatement } from '#shared/vex';
import { writeImageHead } from './image-head.ts';
import { judgeKeys } from './judge-keys.ts';
import { noiseOf } from './noise.ts';
import { writePackageSets } from './package-sets.ts';
import type { ScanPorts } from './scan-types.ts';
import type { ImageHead } from './types.ts';
import { keepUse } from './use-of-packages.ts';

/** What an attached document says, beside the inventory. */
export async function keepAttachedVex(
  blobs: Blobs,
  statements: readonly VexStatement[],
  beside: string,
): Promise<string | undefined> {
  if (statements.length === 0) return undefined;
  const blob = `${beside}-vex`;
  await blobs.put(blob, packJson(statements));
  return blob;
}

/** Blobs, then children, then judgements, then the head: the order of writing that readers rely on. */
export async function keepInventory(
  ports: ScanPorts,
  inventory: Inventory,
  blob: string,
  facts: Pick<ImageHead, 'readAt' | 'platform' | 'bytes' | 'created' | 'vex'>,
): Promise<ImageHead> {
  const digest = inventory.image;
  await ports.blobs.put(blob, packJson(inventory));
  const hidden = await keepHidden(ports.blobs, inventory, blob);
  const inUse = await keepUse(ports.blobs, inventory, blob);
  const sets = packageSets(inventory);
  await writePackageSets(ports.table, ports.blobs, sets, digest, ports.now());
  await judgeKeys(
    ports,
    sets.flatMap((set) => set.keys),
  );
  return writeImageHead(ports.table, {
    digest,
    sets: sets.map((set) => set.id),
    coverage: inventory.coverage,
    ...(inventory.distribution === undefined ? {} : { distribution: inventory.distribution }),
    inventory: blob,
    ...(hidden === undefined ? {} : { hidden }),
    ...(inUse === undefined ? {} : { inUse }),
    extractors: inventory.extractors,
    packages: inventory.packages.length,
    layers: inventory.layers.map((layer) => layer.digest),
    diffIds: inventory.config.diffIds,
    ...facts,
  });
}

/** What is noise lies beside the inventory: reading findings needs no more of it than this. */
async function keepHidden(blobs: Blobs, inventory: Inventory, beside: string): Promise<string | undefined> {
  const noise = noiseOf(inventory);
  if (noise === undefined) return undefined;
  const blob = `${beside}-hidden`;
  await blobs.put(blob, packJson(noise));
  return blob;
}
