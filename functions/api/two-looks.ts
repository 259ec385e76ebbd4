import { cursorOf, notGiven, partsOf } from './cursor.ts';
import type { Page } from './page.ts';

interface List<Entry> {
  /** names its cursors */
  readonly list: string;
  readonly now: Date;
  /** a place of the list, as it came from outside. Throws BadRequest for what is none */
  readonly placeOf: (text: string) => string;
  /** a page of what is behind the place, of all there is without one; with `since`, an ISO time, of what was written from then on only */
  readonly read: (place: string | undefined, since: string | undefined) => Promise<Page<Entry>>;
}

/** clocks disagree by seconds, and the index may be as late */
const slackMs = 60_000;

/**
 * A page of a list whose entries move when they are written. Promised: one that is there from before the first page is asked for until the last has come is in
 * at least one of them. One that is written between two pages may pass over to a page that was given already, so behind the last page comes a second look: all
 * that was written since the first was asked for (and up to a minute before it) once more. So one may come twice, and the later one is the newer. What moves
 * again while a second look of several pages is taken may be missed in this listing, not in the next. Throws BadRequest for a cursor that no answer gave.
 */
export async function inTwoLooks<Entry>(
  { list, now, placeOf, read }: List<Entry>,
  after: string | undefined,
): Promise<{ readonly entries: readonly Entry[]; readonly next?: string }> {
  const { began, look, place } = after === undefined ? first(now) : standOf(list, after, placeOf);
  const since = look === 'first' ? undefined : new Date(began.getTime() - slackMs).toISOString();
  const { entries, last } = await read(place, since);
  if (last !== undefined) return { entries, next: cursorOf(list, began.toISOString(), look, last) };
  // what is whole in one page cannot have moved between two
  if (look === 'second' || after === undefined) return { entries };
  return { entries, next: cursorOf(list, began.toISOString(), 'second', '') };
}

interface Stand {
  readonly began: Date;
  readonly look: 'first' | 'second';
  /** behind which place it goes on */
  readonly place: string | undefined;
}

const first = (now: Date): Stand => ({ began: now, look: 'first', place: undefined });

function standOf(list: string, cursor: string, placeOf: (text: string) => string): Stand {
  const [time = '', look, place = ''] = partsOf(list, cursor, 3);
  const began = new Date(time);
  if (!Number.isFinite(began.getTime()) || (look !== 'first' && look !== 'second')) throw notGiven();
  return { began, look, place: look === 'second' && place === '' ? undefined : placeOf(place) };
}
