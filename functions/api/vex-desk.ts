import { findVex, isVexId, keepVex, removeVex } from '#shared/findings';
import type { Table } from '#shared/store';
import { notAfter, readVex, type VexDocument, VexError } from '#shared/vex';
import type { ApiRequest } from './ports.ts';
import { BadRequest, dryRunOf, textOf } from './request-checks.ts';

/** What taking and giving back VEX needs. */
interface VexDeskPorts {
  readonly table: Table;
  readonly now: () => Date;
  /** what the documents decide is decided again */
  readonly policyChanged: () => Promise<void>;
}

/** Keeps a VEX document that somebody brought, and looks at everything that runs again by it. */
export async function takeVex(ports: VexDeskPorts, request: ApiRequest): Promise<unknown> {
  const dryRun = dryRunOf(request);
  const document = vexOf(textOf(request.body));
  const { statements, skipped, id } = document;
  if (!isVexId(id))
    throw new BadRequest(`the id of the document (${id.slice(0, 60)}…) is too long: at most 1,024 bytes`);
  if (dryRun) return { dryRun, id, statements: statements.length, skipped };
  const now = ports.now();
  const heard = { ...document, statements: notAfter(statements, now.toISOString()) };
  const kept = await keepVex(ports.table, heard, { by: request.principal ?? '', now });
  if (kept === undefined) throw new BadRequest('the document says more than one row holds (350 KB packed); split it');
  await ports.policyChanged();
  return kept;
}

/** Takes a document back; `dryRun` says which. undefined: there is none of this id. */
export async function takeVexBack(ports: VexDeskPorts, id: string, request: ApiRequest): Promise<unknown | undefined> {
  if (dryRunOf(request)) {
    const found = await findVex(ports.table, id);
    return found === undefined || found.removed !== undefined ? undefined : { dryRun: true, ...found };
  }
  const removed = await removeVex(ports.table, id, { by: request.principal ?? '', now: ports.now() });
  if (removed !== undefined) await ports.policyChanged();
  return removed;
}

function vexOf(text: string): VexDocument {
  try {
    return readVex(Buffer.from(text), 'the document');
  } catch (error) {
    if (error instanceof VexError) throw new BadRequest(error.message);
    throw error;
  }
}
