import type { Inventory } from '#shared/inventory';
import { type Blobs, unpackJson } from '#shared/store';
import type { ImageHead } from './types.ts';

/** The inventory of an image from its blob; undefined when it is gone. */
export async function readInventoryOf(blobs: Blobs, head: ImageHead): Promise<Inventory | undefined> {
  const bytes = await blobs.get(head.inventory);
  return bytes === undefined ? undefined : (unpackJson(bytes) as Inventory);
}
