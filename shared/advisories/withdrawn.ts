import * as z from 'zod';
import type { Blobs } from '#shared/store';
import { keepJson, readKeptJson } from './kept-json.ts';

const schema = z.object({
  id: z.string(),
  aliases: z.array(z.string()),
  source: z.string(),
  at: z.string(),
  how: z.enum(['withdrawn', 'gone']),
  shards: z.array(z.string()),
});

/** What stays of a record that was judged by and is no more: a finding that vanished can be explained. */
export interface WithdrawnRecord {
  readonly id: string;
  /** what else it went by, upstream ids too */
  readonly aliases: readonly string[];
  readonly source: string;
  /** when its publisher withdrew it, else when it was found to be gone, ISO */
  readonly at: string;
  readonly how: 'withdrawn' | 'gone';
  readonly shards: readonly string[];
}

/** What a manifest says of them. */
export interface WithdrawnEntry {
  readonly hash: string;
  readonly entries: number;
}

/** How many are remembered, the newest: a year or so of what sources take back. */
const most = 5_000;
const aliasesKept = 20;
const limit = 16 << 20;

/** A record as a trace keeps it. `at`: when its publisher withdrew it, or when it was found to be gone. */
export function traceOf(
  record: { readonly id: string; readonly aliases: readonly string[]; readonly upstream: readonly string[] },
  trace: Pick<WithdrawnRecord, 'source' | 'at' | 'how' | 'shards'>,
): WithdrawnRecord {
  const aliases = [...new Set([...record.aliases, ...record.upstream])].sort().slice(0, aliasesKept);
  return { id: record.id, aliases, ...trace };
}

/** The traces after some records went and others came back: newest first, each record once, as many as are remembered. Pure. */
export function withTraces(
  before: readonly WithdrawnRecord[],
  gone: readonly WithdrawnRecord[],
  back: ReadonlySet<string>,
): readonly WithdrawnRecord[] {
  const byId = new Map(before.filter(({ id }) => !back.has(id)).map((one) => [one.id, one]));
  for (const one of gone) byId.set(one.id, one);
  return [...byId.values()]
    .sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? 1 : -1))
    .slice(0, most);
}

/** The traces of an id, which may be a record's own or another that it goes by. */
export function tracesOf(traces: readonly WithdrawnRecord[], id: string): readonly WithdrawnRecord[] {
  const asked = id.toLowerCase();
  return traces.filter((one) => [one.id, ...one.aliases].some((each) => each.toLowerCase() === asked));
}

const kept = { folder: 'withdrawn', schema: z.array(schema), limit, what: 'withdrawn records' };

/** Keeps traces under their hash. */
export async function writeWithdrawn(blobs: Blobs, traces: readonly WithdrawnRecord[]): Promise<WithdrawnEntry> {
  return { hash: await keepJson(blobs, kept.folder, traces), entries: traces.length };
}

/** Reads them back. Throws BrokenShard. */
export const readWithdrawn = (blobs: Blobs, hash: string): Promise<readonly WithdrawnRecord[]> =>
  readKeptJson(blobs, kept, hash);
