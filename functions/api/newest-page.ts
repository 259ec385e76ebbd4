import { cursorOf, notGiven, partsOf, placeText } from './cursor.ts';
import { eachInTurns } from './in-turns.ts';
import { takePage } from './page.ts';

/** What a list has at a place of its order, `<ISO time>#<id>`: when it was last written. */
export interface Placed<T> {
  readonly place: string;
  readonly item: T;
}

interface NewestFirst<T, Entry> {
  /** names its cursors */
  readonly list: string;
  readonly now: Date;
  /** entries of a page at most */
  readonly count: number;
  /** all there is, the newest first; with a place, what is behind it */
  readonly from: (place: string | undefined) => AsyncIterable<Placed<T>>;
  /** an entry as it is answered, made for a few at once; undefined: it is gone */
  readonly entryOf: (item: T) => Promise<Entry | undefined>;
}

/** clocks disagree by seconds, and the index may be as late */
const slackMs = 60_000;

/**
 * A page of a list whose entries move to its beginning when they are written again. Promised: one that is there from before the first page is asked for until
 * the last has come is in at least one of them. One that is written between two pages passes over to the beginning, which was given already, so behind the
 * last page comes a second look: all that was written since the first was asked for (and up to a minute before it) once more. So one may come twice, and the
 * later one is the newer. What moves again while a second look of several pages is taken may be missed in this listing, not in the next. Throws BadRequest
 * for a cursor that no answer gave.
 */
export async function newestPage<T, Entry>(
  { list, now, count, from, entryOf }: NewestFirst<T, Entry>,
  after: string | undefined,
): Promise<{ readonly entries: readonly Entry[]; readonly next?: string }> {
  const { began, look, place } = after === undefined ? first(now) : standOf(list, after);
  const since = new Date(began.getTime() - slackMs).toISOString();
  const listed = look === 'first' ? from(place) : writtenSince(from(place), since);
  const made = eachInTurns(listed, async (each) => ({ place: each.place, entry: await entryOf(each.item) }));
  const { entries, last } = await takePage(there(made), { count });
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

function standOf(list: string, cursor: string): Stand {
  const [time = '', look, place = ''] = partsOf(list, cursor, 3);
  const began = new Date(time);
  if (!Number.isFinite(began.getTime()) || (look !== 'first' && look !== 'second')) throw notGiven();
  return { began, look, place: look === 'second' && place === '' ? undefined : placeText(place) };
}

async function* there<Entry>(
  made: AsyncIterable<{ readonly place: string; readonly entry: Entry | undefined }>,
): AsyncIterable<{ readonly place: string; readonly entry: Entry }> {
  for await (const { place, entry } of made) if (entry !== undefined) yield { place, entry };
}

async function* writtenSince<T>(all: AsyncIterable<Placed<T>>, time: string): AsyncIterable<Placed<T>> {
  for await (const each of all) {
    if (each.place < time) return;
    yield each;
  }
}
