import {
  baseCatalogue,
  findingsOfImage,
  headsFrom,
  type ImageHead,
  readImageHead,
  readInventoryOf,
  severityCounts,
  type Unreadable,
  unreadableFrom,
} from '#shared/findings';
import { baseOf, claimedDigests, isPrivileged } from '#shared/inventory';
import type { Digest } from '#shared/oci';
import { keys } from '#shared/store';
import { collect } from './collect.ts';
import { newestPage } from './newest-page.ts';
import type { ApiPorts } from './ports.ts';
import { ratedFindings } from './rated-findings.ts';

/** Each is judged anew. */
const mostImages = 100;
const mostUnreadable = 1_000;

/**
 * A page of the images with what was found in them, those that were read last first. Promised is what `newestPage` promises: an image that is read again
 * while pages are read comes twice, and none is missed.
 */
export async function imagePage(
  ports: ApiPorts,
  after: string | undefined,
): Promise<{ readonly images: readonly unknown[]; readonly next?: string }> {
  const tags = tagsOnce(ports);
  const { entries, ...next } = await newestPage(
    {
      list: 'images',
      now: ports.now(),
      count: mostImages,
      from: (place) => headsFrom(ports.table, place),
      entryOf: async ({ digest }) => {
        // the list may be late: what was forgotten since has nothing to be judged by
        const head = await readImageHead(ports.table, digest);
        return head === undefined ? undefined : listedImage(ports, head, tags);
      },
    },
    after,
  );
  return { images: entries, ...next };
}

async function listedImage(ports: ApiPorts, head: ImageHead, tags: TagsOf): Promise<object> {
  const view = await findingsOfImage(ports, head);
  return {
    ...head,
    indexes: await indexesOf(ports, head.digest),
    names: await namesOf(ports, head.digest, tags),
    coverage: view.coverage,
    counts: severityCounts(view.findings),
  };
}

/** A page of what could not be read, what was tried last first; promised as for images. */
export async function unreadablePage(
  { table, now }: ApiPorts,
  after: string | undefined,
): Promise<{ readonly unreadable: readonly Unreadable[]; readonly next?: string }> {
  const from = (place: string | undefined) => unreadableFrom(table, place);
  const { entries, ...next } = await newestPage(
    { list: 'unreadable', now: now(), count: mostUnreadable, from, entryOf: async (each) => each },
    after,
  );
  return { unreadable: entries, ...next };
}

type TagsOf = (
  registry: string,
  repository: string,
) => Promise<readonly { readonly tag: string; readonly digest: Digest }[]>;

/** The tags of each repository, read once for one answer. */
function tagsOnce(ports: ApiPorts): TagsOf {
  const known = new Map<string, ReturnType<TagsOf>>();
  const read: TagsOf = async (registry, repository) => {
    const rows = ports.table.query({ pk: keys.repositoryTag(registry, repository, '').pk, prefix: 'T#' });
    return (await collect(rows, 20_000)).map((row) => ({ tag: String(row.tag), digest: row.digest as Digest }));
  };
  return (registry, repository) => {
    const name = `${registry}/${repository}`;
    const found = known.get(name) ?? read(registry, repository);
    known.set(name, found);
    return found;
  };
}

/** The indexes that list an image: a runtime may report any of them as what it runs. */
async function indexesOf(ports: ApiPorts, digest: Digest): Promise<Digest[]> {
  const indexes: Digest[] = [];
  for await (const item of ports.table.query({ pk: keys.image(digest).pk, prefix: 'X#' }))
    indexes.push(item.index as Digest);
  return indexes;
}

/** `registry/repository[:tag…]` of everywhere that a digest, or an index that lists it, lies. */
async function namesOf(
  ports: ApiPorts,
  digest: Digest,
  tagsOf: TagsOf,
): Promise<{ registry: string; repository: string; tags: string[] }[]> {
  const roots = [digest, ...(await indexesOf(ports, digest))];
  const names: { registry: string; repository: string; tags: string[] }[] = [];
  for await (const place of ports.table.query({ pk: keys.image(digest).pk, prefix: 'R#' })) {
    const registry = String(place.registry);
    const repository = String(place.repository);
    const tags = (await tagsOf(registry, repository)).filter((each) => roots.includes(each.digest));
    names.push({ registry, repository, tags: tags.map((each) => each.tag) });
  }
  return names;
}

/** an ordinary image has some twenty */
const mostPrivileged = 500;
const mostSecrets = 500;

/** One image with all that is known of it; undefined: it was never read. */
export async function image(ports: ApiPorts, digest: Digest): Promise<unknown> {
  const head = await readImageHead(ports.table, digest);
  if (head === undefined) return undefined;
  const view = await findingsOfImage(ports, head);
  const inventory = await readInventoryOf(ports.blobs, head);
  return {
    ...head,
    names: await namesOf(ports, digest, tagsOnce(ports)),
    coverage: view.coverage,
    findings: await ratedFindings(ports, digest, view.findings),
    unjudged: view.unjudged,
    ...(inventory === undefined
      ? {}
      : { base: baseOf(inventory, await baseCatalogue(ports.table, await ports.bases(), claimedDigests(inventory))) }),
    layerList: inventory?.layers ?? [],
    config: inventory?.config,
    executables: {
      count: inventory?.executables.length ?? 0,
      privileged: (inventory?.executables ?? []).filter(isPrivileged).slice(0, mostPrivileged),
    },
    secrets: (inventory?.secrets ?? []).slice(0, mostSecrets),
    packageList: inventory?.packages ?? [],
  };
}
