import { type Catalogues, catalogueHashes, exploitedChanges, mergeCatalogues } from './catalogues.ts';
import { changesBetween } from './changes-between.ts';
import { splitEcosystem } from './ecosystem.ts';
import { AdvisoryError } from './errors.ts';
import { freshnessAfter } from './freshness.ts';
import type { Gathered } from './gather-shards.ts';
import { matcherVersion } from './matcher.ts';
import { type Pointer, pointerItem, readManifest, readPointer, writeManifest } from './published.ts';
import type { RefreshRequest, RefreshResult } from './refresh-types.ts';
import type { ShardManifest } from './types.ts';
import { withdrawnAfter } from './withdrawn-between.ts';

/**
 * Publishes what was gathered as the next generation, or notes that nothing differs. The pointer is moved only if nobody else moved it; else the same once
 * more on top of theirs. Throws AdvisoryError ('busy') when others publish all the time.
 */
export async function publish(
  request: RefreshRequest,
  gathered: Gathered & { readonly catalogues: Catalogues },
  first: ShardManifest | undefined,
  listStamps: Readonly<Record<string, string>> = {},
): Promise<Pick<RefreshResult, 'generation' | 'published' | 'changes' | 'exploited'>> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const pointer = await readPointer(request.table, { consistent: true });
    const base = pointer === undefined ? undefined : await readManifest(request.blobs, pointer.manifest);
    const { overtaken, ...next } = merge(gathered, base, first);
    const builtAt = request.now().toISOString();
    // What somebody else published meanwhile is not what our stamps speak of.
    const stamps = Object.assign(
      { ...pointer?.stamps },
      ...[...gathered.stamps].flatMap(([ecosystem, own]) => (overtaken.has(ecosystem) ? [] : [own])),
      next.cves?.hash === gathered.catalogues.cves?.hash ? listStamps : {},
    ) as Readonly<Record<string, string>>;
    const feeds = freshFeeds(pointer?.feeds, gathered.asked, builtAt);
    const condition =
      pointer === undefined
        ? ({ absent: true } as const)
        : ({ equals: { attribute: 'generation', value: pointer.generation } } as const);
    if (base !== undefined && same(base, next)) {
      if (pointer !== undefined)
        await request.table.put(pointerItem({ ...pointer, stamps, feeds, checkedAt: builtAt }), condition);
      return { generation: base.generation, published: false, changes: [], exploited: { added: [], removed: [] } };
    }
    if (
      base === undefined &&
      Object.keys(next.shards).length === 0 &&
      catalogueHashes(next).every((hash) => hash === undefined)
    )
      return { generation: 0, published: false, changes: [], exploited: { added: [], removed: [] } };
    const judged: ShardManifest = {
      schemaVersion: 1,
      generation: (base?.generation ?? 0) + 1,
      matcher: matcherVersion,
      builtAt,
      ...next,
      ...(pointer === undefined ? {} : { previous: pointer.manifest }),
    };
    const changes = await changesBetween(request.blobs, base, judged);
    const withdrawn = await withdrawnAfter(request.blobs, {
      before: base,
      after: judged,
      changes,
      said: gathered.withdrawn,
      now: builtAt,
    });
    const manifest = withdrawn === undefined ? judged : { ...judged, withdrawn };
    const exploited = await exploitedChanges(request, base, manifest);
    const key = await writeManifest(request.blobs, manifest);
    const written = await request.table.put(
      pointerItem({ generation: manifest.generation, manifest: key, stamps, feeds, checkedAt: builtAt }),
      condition,
    );
    if (written === 'written') return { generation: manifest.generation, published: true, changes, exploited };
  }
  throw new AdvisoryError(
    'busy',
    request.source.describe,
    `${request.source.describe}: other refreshes publish all the time; this one will be tried again`,
  );
}

const freshFeeds = (before: Pointer['feeds'] | undefined, asked: Gathered['asked'], now: string): Pointer['feeds'] => ({
  ...before,
  ...Object.fromEntries([...asked].map(([feed, seen]) => [feed, freshnessAfter(before?.[feed], seen, now)])),
});

/** What was gathered, on top of what is published now. Of a shard that somebody else published meanwhile the newer one stays. */
function merge(
  gathered: Gathered & { readonly catalogues: Catalogues },
  base: ShardManifest | undefined,
  first: ShardManifest | undefined,
): Pick<ShardManifest, 'shards'> & Catalogues & { readonly overtaken: ReadonlySet<string> } {
  const overtaken = new Set<string>();
  const shards = new Map(Object.entries(base?.shards ?? {}));
  for (const [name, entry] of gathered.shards) {
    const theirs = base?.shards[name];
    const moved = theirs !== undefined && theirs.hash !== first?.shards[name]?.hash;
    if (moved && theirs.source === (entry?.source ?? theirs.source) && theirs.asOf >= (entry?.asOf ?? '')) {
      overtaken.add(splitEcosystem(name).base);
      continue;
    }
    if (entry === undefined) shards.delete(name);
    else shards.set(name, entry);
  }
  return {
    shards: Object.fromEntries([...shards].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...mergeCatalogues(gathered.catalogues, base, first),
    overtaken,
  };
}

function same(base: ShardManifest, next: Pick<ShardManifest, 'shards'> & Catalogues): boolean {
  const hashes = (manifest: Pick<ShardManifest, 'shards'> & Catalogues): string =>
    JSON.stringify([
      Object.entries(manifest.shards)
        .map(([name, { hash, source, givenUpAt }]) => [name, hash, source, givenUpAt])
        .sort(),
      catalogueHashes(manifest),
    ]);
  return base.matcher === matcherVersion && hashes(base) === hashes(next);
}
