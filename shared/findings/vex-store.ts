import { keys, packJson, type Table, unpackJson } from '#shared/store';
import type { VexDocument, VexStatement } from '#shared/vex';

/** A VEX document that somebody brought, without what it says. */
export interface KeptVex {
  readonly id: string;
  readonly form: VexDocument['form'];
  readonly author: string;
  readonly at: string;
  readonly statements: number;
  readonly skipped: readonly string[];
  readonly by: string;
  readonly importedAt: string;
  /** set when somebody took it back; what it said is gone, that it was here is not */
  readonly removed?: { readonly by: string; readonly at: string };
}

/** A row holds 400 KB; the rest of it is small. */
const mostPacked = 350_000;
/** what the table takes as a sort key, bytes */
const longestKey = 1_024;

/** Whether a document can be kept under its id, which is part of a key. */
export const isVexId = (id: string): boolean => Buffer.byteLength(keys.vex(id).sk) <= longestKey;

/**
 * Keeps a document; one with the same id is replaced, and one that says nothing takes back what it said before. undefined: it says more than a row holds, and
 * nothing was changed.
 */
export async function keepVex(
  table: Table,
  document: VexDocument,
  { by, now }: { readonly by: string; readonly now: Date },
): Promise<KeptVex | undefined> {
  const packed = packJson(document.statements);
  if (packed.length > mostPacked) return undefined;
  const { id, form, author, at, statements, skipped } = document;
  const kept = { id, form, author, at, statements: statements.length, skipped, by, importedAt: now.toISOString() };
  await table.put({ ...keys.vex(id), vex: kept, packed });
  return kept;
}

/** A document by its id, one that was taken back too. */
export async function findVex(table: Table, id: string): Promise<KeptVex | undefined> {
  if (!isVexId(id)) return undefined;
  return (await table.get(keys.vex(id), { consistent: true }))?.vex as KeptVex | undefined;
}

/**
 * Takes a document back: it says nothing any more, and who did that and when stays in its row until one of its id is imported again. undefined: there is none, or it was taken back
 * before.
 */
export async function removeVex(
  table: Table,
  id: string,
  { by, now }: { readonly by: string; readonly now: Date },
): Promise<KeptVex | undefined> {
  const known = await findVex(table, id);
  if (known === undefined || known.removed !== undefined) return undefined;
  const removed: KeptVex = { ...known, removed: { by, at: now.toISOString() } };
  await table.put({ ...keys.vex(id), vex: removed, removedAt: removed.removed?.at });
  return removed;
}

/** The documents that are kept and those that were taken back, in the order of their keys: at most `limit`, and with `after` those behind that id. */
export async function* vexFrom(
  table: Table,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): AsyncIterable<KeptVex> {
  const range = { pk: keys.vex('').pk, limit, ...(after === undefined ? {} : { after: keys.vex(after).sk }) };
  for await (const item of table.query(range)) yield item.vex as KeptVex;
}

/** Everything that the kept documents say. */
export async function readVexStatements(table: Table): Promise<readonly VexStatement[]> {
  const all: VexStatement[] = [];
  for await (const { packed } of table.query({ pk: keys.vex('').pk, consistent: true }))
    if (packed instanceof Uint8Array) all.push(...(unpackJson(Buffer.from(packed)) as VexStatement[]));
  return all;
}
