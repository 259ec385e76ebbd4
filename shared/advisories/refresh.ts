import { gatherCatalogues } from './catalogues.ts';
import { gatherCveAdvisories, withoutCveAdvisories } from './gather-cve-advisories.ts';
import { gatherCves } from './gather-cves.ts';
import { gather } from './gather-shards.ts';
import { publish } from './publish-generation.ts';
import { readManifest, readPointer } from './published.ts';
import type { RefreshRequest, RefreshResult } from './refresh-types.ts';

/**
 * Brings the published advisories up to a source: builds its shards, compares them with the newest generation and publishes the next one, or
 * none if nothing differs. Blobs go first, the pointer last and only if nobody else moved it; then once more on top of theirs. What is empty,
 * half-written, older or much smaller is refused by ecosystem or shard, and the last good one stays.
 */
export async function refreshAdvisories(request: RefreshRequest): Promise<RefreshResult> {
  const pointer = await readPointer(request.table, { consistent: true });
  const base = pointer === undefined ? undefined : await readManifest(request.blobs, pointer.manifest);
  const gathered = await gather(withoutCveAdvisories(request), base, pointer);
  const catalogues = await gatherCatalogues(request, base, gathered.refused, gathered.asked);
  const cves = await gatherCves(request, base, pointer?.stamps, gathered.refused, gathered.asked);
  await gatherCveAdvisories(request, base, pointer, cves?.entry, gathered);
  const { refused } = gathered;
  const broken = [...gathered.broken, ...(cves?.broken ?? [])];
  const brokenCount = gathered.brokenCount + (cves?.brokenCount ?? 0);
  const list = cves === undefined ? {} : { cves: cves.entry };
  const done = await publish(request, { ...gathered, catalogues: { ...catalogues, ...list } }, base, cves?.stamps);
  return { ...done, broken, brokenCount, refused };
}
