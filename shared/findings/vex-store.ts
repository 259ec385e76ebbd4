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
}

/** A row holds 400 KB; the rest of it is small. */
const mostPacked = 350_000;

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

/** The documents that are kept, by id. */
export async function* listVex(table: Table): AsyncIterable<KeptVex> {
  for await (const item of table.query({ pk: keys.vex('').pk })) yield item.vex as KeptVex;
}

/** Everything that the kept documents say. */
export async function readVexStatements(table: Table): Promise<readonly VexStatement[]> {
  const all: VexStatement[] = [];
  for await (const { packed } of table.query({ pk: keys.vex('').pk, consistent: true }))
    if (packed instanceof Uint8Array) all.push(...(unpackJson(Buffer.from(packed)) as VexStatement[]));
  return all;
}
