import { BrokenArchive } from '../../errors.ts';
import { timeKey } from '../../modified-ids.ts';

/** Paths of documents (`2024/cve-2024-6387.json`) with the time of their last change, in a form that compares as text. */
export type DocumentTimes = ReadonlyMap<string, string>;

/**
 * Reads `changes.csv` or `deletions.csv`: `"<path>","<time>"` lines, newest first; empty: none. Of a path that comes twice the latest counts. Source: CSAF 2.0
 * section 7.1.13.
 *
 * @throws BrokenArchive when a line is no such line: the last one is cut, or it is a page of a proxy
 */
export function readDocumentTimes(text: string, about: string): DocumentTimes {
  const times = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, path = '', time = ''] = /^"([\w./-]{1,200})","([\d:T.+Z-]{19,40})"\r?$/.exec(line) ?? [];
    const key = keyOfTime(time);
    if (path === '' || key === undefined) throw new BrokenArchive(about, 'a line of it cannot be read');
    if (key > (times.get(path) ?? '')) times.set(path, key);
  }
  return times;
}

/** The documents that are there: those that changed, without those that were deleted since. */
export function standingDocuments(changes: DocumentTimes, deletions: DocumentTimes): DocumentTimes {
  return new Map([...changes].filter(([path, at]) => (deletions.get(path) ?? '') < at));
}

/** A time of any offset and fraction in UTC, in the form of the lists of changes; undefined: it is none. */
export function keyOfTime(time: string): string | undefined {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return undefined;
  const iso = new Date(at).toISOString();
  return timeKey(iso.slice(0, 19), iso.slice(20, 23));
}
