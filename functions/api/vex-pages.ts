import { isVexId, type KeptVex, vexFrom } from '#shared/findings';
import type { Table } from '#shared/store';
import { cursorOf, notGiven, partsOf } from './cursor.ts';
import { takePage } from './page.ts';

/** A row has what its document says beside it, up to 350 KB. */
const mostDocuments = 100;
/** Rows of those that were taken back stay, and are small. */
const mostLooked = 1_000;

/**
 * A page of the documents that are kept, by their ids; with `all`, those that were taken back too, with who and when. Promised: one that is there from before
 * the first page is asked for until the last has come is in exactly one of them; a page may hold none and yet not be the last. Throws BadRequest for a cursor
 * that no answer gave.
 */
export async function vexPage(
  table: Table,
  { after, all }: { readonly after?: string | undefined; readonly all: boolean },
): Promise<{ readonly documents: readonly KeptVex[]; readonly next?: string }> {
  const begin = after === undefined ? undefined : idIn(after);
  let looked = 0;
  let end = '';
  async function* wanted(): AsyncIterable<{ readonly place: string; readonly entry: KeptVex }> {
    for await (const entry of vexFrom(table, { after: begin, limit: mostLooked })) {
      looked += 1;
      end = entry.id;
      if (all || entry.removed === undefined) yield { place: entry.id, entry };
    }
  }
  const { entries, last = looked === mostLooked ? end : undefined } = await takePage(wanted(), {
    count: mostDocuments,
  });
  return { documents: entries, ...(last === undefined ? {} : { next: cursorOf('vex', last) }) };
}

function idIn(cursor: string): string {
  const [id = ''] = partsOf('vex', cursor, 1);
  if (id === '' || !isVexId(id)) throw notGiven();
  return id;
}
