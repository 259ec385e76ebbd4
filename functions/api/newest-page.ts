import { placeText } from './cursor.ts';
import { eachInTurns } from './in-turns.ts';
import { type Page, takePage } from './page.ts';
import { inTwoLooks } from './two-looks.ts';

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

/** A page of a list whose entries move to its beginning when they are written again; promised is what `inTwoLooks` promises. Throws BadRequest as it does. */
export function newestPage<T, Entry>(
  { list, now, count, from, entryOf }: NewestFirst<T, Entry>,
  after: string | undefined,
): Promise<{ readonly entries: readonly Entry[]; readonly next?: string }> {
  const read = (place: string | undefined, since: string | undefined): Promise<Page<Entry>> => {
    const listed = since === undefined ? from(place) : writtenSince(from(place), since);
    const made = eachInTurns(listed, async (each) => ({ place: each.place, entry: await entryOf(each.item) }));
    return takePage(there(made), { count });
  };
  return inTwoLooks({ list, now, placeOf: placeText, read }, after);
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
