import { sideBySide } from '#shared/findings';
import type { Digest } from '#shared/oci';
import { type Item, keys, type Table } from '#shared/store';
import { type Place, placeText } from './catalogue.ts';
import { forgetImage } from './forget-image.ts';
import { familyOf, type ImageRows, readImageRows } from './image-rows.ts';

/** What the policy lets a sweep forget. */
export interface ForgetPolicy {
  /** false: it is counted and nothing is forgotten */
  readonly forget: boolean;
  /** how long an image is kept after a sweep first saw it neither tagged nor running */
  readonly keepDays: number;
  /** how long what happened stays, after it came to its end */
  readonly keepHistoryDays: number;
  /** `registry/repository` of bases: what other images may be built on is never forgotten */
  readonly bases: readonly string[];
}

/** What the images of one repository came to. */
export interface UnusedCounts {
  /** images and indexes that are stored */
  readonly stored: number;
  /** neither tagged nor running */
  readonly unused: number;
  /** unused for so long that policy may have them forgotten */
  readonly forgettable: number;
  readonly forgotten: number;
}

/** What looking for unused images goes by. */
export interface UnusedLook {
  /** tags of this repository by now, as its registry lists them, or as they were last read */
  readonly tagged: ReadonlySet<string>;
  /** everything that runs */
  readonly running: ReadonlySet<string>;
  readonly policy: ForgetPolicy;
  /** what is kept besides: asked for only when something would go */
  readonly inUse: () => Promise<ReadonlySet<string>>;
  /** when the sweep began to read what is tagged and what runs */
  readonly began: Date;
}

const atOnce = 16;
const together = 500;
const dayMs = 24 * 60 * 60_000;

/**
 * Looks for stored images of a repository that are neither tagged nor running, remembers since when, and forgets what policy lets go. An image of an index is
 * used as long as the index, or another image of it, is. Writes nothing for what is as it was.
 */
export async function unusedImages(table: Table, place: Place, look: UnusedLook): Promise<UnusedCounts> {
  const counts = { stored: 0, unused: 0, forgettable: 0, forgotten: 0 };
  const tagsOf = tagsOnce(table);
  const one = async (row: Item): Promise<void> => {
    const became = await lookAt(table, place, { ...look, tagsOf }, row);
    if (became === 'used') return;
    counts.unused += 1;
    if (became === 'unused') return;
    counts.forgettable += 1;
    if (became === 'forgotten') counts.forgotten += 1;
  };
  const { pk } = keys.repositoryImage(place.registry, place.repository, '');
  let rows: Item[] = [];
  for await (const row of table.query({ pk, prefix: 'I#', consistent: true })) {
    counts.stored += 1;
    rows.push(row);
    if (rows.length < together) continue;
    await sideBySide(rows, atOnce, one);
    rows = [];
  }
  await sideBySide(rows, atOnce, one);
  return counts;
}

async function lookAt(
  table: Table,
  place: Place,
  look: UnusedLook & { readonly tagsOf: TagsOf },
  row: Item,
): Promise<'used' | 'unused' | 'forgettable' | 'forgotten'> {
  const digest = row.digest as Digest;
  const isUsed = (each: string): boolean => look.tagged.has(each) || look.running.has(each);
  if (isUsed(digest)) return becomesUsed(table, row);
  const rows = await readImageRows(table, digest);
  const family = await familyOf(table, rows);
  if (rows.runs || [...family].some(isUsed) || (await isTaggedElsewhere(look.tagsOf, place, rows, family)))
    return becomesUsed(table, row);
  const { unusedSince, readAt } = row;
  if (typeof unusedSince !== 'string') {
    if (typeof readAt === 'string')
      await table.put(
        { ...row, unusedSince: look.began.toISOString() },
        { equals: { attribute: 'readAt', value: readAt } },
      );
    return 'unused';
  }
  if (!isDue(unusedSince, look)) return 'unused';
  const stopped = await stoppedAt(table, family);
  if (stopped !== undefined && !isDue(stopped, look)) return 'unused';
  const lies = [place, ...rows.places].map(placeText);
  if (lies.some((each) => look.policy.bases.includes(each))) return 'unused';
  const inUse = await look.inUse();
  if ([...family].some((each) => inUse.has(each))) return 'unused';
  if (!look.policy.forget) return 'forgettable';
  return (await forgetImage(table, rows, family, place)) ? 'forgotten' : 'unused';
}

/** When one of the family was last seen to run no more, ISO. Jobs run between two sweeps. */
async function stoppedAt(table: Table, family: ReadonlySet<Digest>): Promise<string | undefined> {
  const rows = await table.batchGet(
    [...family].map((digest) => keys.imageStopped(digest)),
    { consistent: true },
  );
  return rows
    .map(({ at }) => String(at))
    .sort()
    .at(-1);
}

/** Whether an image that is unused since then may be forgotten. Pure. */
export const isDue = (unusedSince: string, { policy, began }: Pick<UnusedLook, 'policy' | 'began'>): boolean =>
  began.getTime() - Date.parse(unusedSince) >= policy.keepDays * dayMs;

async function becomesUsed(table: Table, row: Item): Promise<'used'> {
  const { unusedSince, ...used } = row;
  if (unusedSince !== undefined)
    await table.put(used as Item, { equals: { attribute: 'readAt', value: String(row.readAt) } });
  return 'used';
}

type TagsOf = (place: Place) => Promise<ReadonlySet<string>>;

/** The digests that stored tags of a repository mean, read once for all images that lie there too. */
function tagsOnce(table: Table): TagsOf {
  const known = new Map<string, Promise<ReadonlySet<string>>>();
  return (place) => {
    const found = known.get(placeText(place)) ?? taggedIn(table, place);
    known.set(placeText(place), found);
    return found;
  };
}

/** The digests that stored tags of a repository mean. */
export async function taggedIn(table: Table, { registry, repository }: Place): Promise<ReadonlySet<string>> {
  const tagged = new Set<string>();
  const { pk } = keys.repositoryTag(registry, repository, '');
  for await (const { digest } of table.query({ pk, prefix: 'T#', consistent: true })) tagged.add(String(digest));
  return tagged;
}

/** Whether a tag of another repository in which it lies names it, or one of its family. */
async function isTaggedElsewhere(
  tagsOf: TagsOf,
  here: Place,
  { places }: ImageRows,
  family: ReadonlySet<Digest>,
): Promise<boolean> {
  for (const place of places) {
    if (placeText(place) === placeText(here)) continue;
    const tagged = await tagsOf(place);
    if ([...family].some((digest) => tagged.has(digest))) return true;
  }
  return false;
}
