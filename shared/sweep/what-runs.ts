import { listWorkloads } from '#shared/findings';
import { type Digest, referenceIn } from '#shared/oci';
import type { Table } from '#shared/store';
import { type Place, placeText } from './catalogue.ts';

/** What runs, by where its workloads say that it lies. */
export interface Running {
  readonly digests: ReadonlySet<string>;
  /** by the text of the place */
  readonly places: ReadonlyMap<string, { readonly place: Place; readonly digests: ReadonlySet<Digest> }>;
  readonly workloads: number;
}

/** Reads the whole fleet as it was last seen; as large as the fleet, not as the registry. */
export async function whatRuns(table: Table): Promise<Running> {
  const digests = new Set<string>();
  const places = new Map<string, { readonly place: Place; readonly digests: Set<Digest> }>();
  let workloads = 0;
  for await (const { runningDigests, containers } of listWorkloads(table)) {
    workloads += 1;
    for (const digest of runningDigests) digests.add(digest);
    for (const { digest, image } of containers) {
      if (digest === undefined || !digests.has(digest)) continue;
      const named = referenceIn(image);
      if (named === undefined) continue;
      const place = { registry: named.registry, repository: named.repository };
      const known = places.get(placeText(place)) ?? { place, digests: new Set() };
      known.digests.add(digest);
      places.set(placeText(place), known);
    }
  }
  return { digests, places, workloads };
}
