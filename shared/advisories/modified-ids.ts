import { BrokenArchive, FeedRefused } from './errors.ts';

/** What a source's list of changes says: each id with the time of its last change, in a form that compares as text. */
export type ModifiedIds = ReadonlyMap<string, string>;

/** What is to be done to come from one state of a source to the next. */
export interface Delta {
  /** ids whose records are to be read again */
  readonly changed: readonly string[];
  /** ids that are known and no longer there; their going is announced nowhere */
  readonly deleted: readonly string[];
  /** where the next delta begins: the newest time of the list that is not in the future */
  readonly watermark: string;
}

// Beyond these it is cheaper, or safer, to take everything again.
const most = { changed: 200, changedShare: 0.02, deleted: 20, deletedShare: 0.05 } as const;

/**
 * Reads `modified_id.csv` (`<time>,<id>` lines, newest first). Source: OSV's bulk export, google.github.io/osv.dev/data.
 *
 * @throws BrokenArchive when a line is no such line (the last one cut, a page of a proxy) or there are none
 */
export function parseModifiedIds(text: string, about: string): ModifiedIds {
  const ids = new Map<string, string>();
  if (!text.endsWith('\n')) throw new BrokenArchive(about, 'its last line is cut, or it is empty');
  for (const line of text.split('\n')) {
    if (line === '' || line === '\r') continue;
    const [, time = '', fraction = '', id = ''] =
      /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|\+00:00),([\w.:@+-]{1,200})\r?$/.exec(line) ?? [];
    if (id === '') throw new BrokenArchive(about, 'a line of it cannot be read');
    const at = timeKey(time, fraction);
    if (at > (ids.get(id) ?? '')) ids.set(id, at);
  }
  if (ids.size === 0) throw new BrokenArchive(about, 'it names no record');
  return ids;
}

/** A time in UTC as it compares as text: fractions of different length would compare wrongly. */
export const timeKey = (time: string, fraction: string): string => `${time}.${fraction.padEnd(9, '0')}`;

/** The watermark of a list: the newest time that is not in the future. One record dated years ahead must not hide all that comes before that. */
export function watermarkOf(ids: ModifiedIds, now: Date): string {
  const limit = timeKey(now.toISOString().slice(0, 19), '999999999');
  let newest = '';
  for (const at of ids.values()) if (at <= limit && at > newest) newest = at;
  return newest;
}

/**
 * What changed since a watermark: everything at or after it, since several changes may share a time, and everything that is dated in the future. undefined:
 * too much changed or is gone; take everything again.
 *
 * @param known ids that the shards hold rows of
 * @throws FeedRefused when the list is older than the watermark
 */
export function deltaSince(
  about: string,
  ids: ModifiedIds,
  since: string,
  known: ReadonlySet<string>,
  now: Date,
): Delta | undefined {
  const watermark = watermarkOf(ids, now);
  if (watermark < since)
    throw new FeedRefused(about, 'older', `its newest change is of ${watermark}, known is ${since}`);
  const changed = [...ids].filter(([, at]) => at >= since).map(([id]) => id);
  const deleted = [...known].filter((id) => !ids.has(id));
  if (changed.length > Math.max(most.changed, ids.size * most.changedShare)) return undefined;
  if (deleted.length > Math.max(most.deleted, known.size * most.deletedShare)) return undefined;
  return { changed: changed.sort(), deleted: deleted.sort(), watermark };
}
