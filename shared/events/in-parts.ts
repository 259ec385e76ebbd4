/**
 * Cuts a list of changed names so that each part fits into one event: at most `maxBytes` of JSON (200 kB unless told otherwise; far below the 1 MB of an
 * entry, so that one function call does a bounded piece of work). Order is kept; a shard with many names goes on in the next part. No part is empty.
 */
export function inParts<T extends { readonly shard: string; readonly names: readonly string[] }>(
  changes: readonly T[],
  maxBytes = 200_000,
): { shard: string; names: string[] }[][] {
  const parts: { shard: string; names: string[] }[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const { shard, names } of changes) {
    const head = Buffer.byteLength(JSON.stringify(shard)) + 24;
    let open: { shard: string; names: string[] } | undefined;
    for (const name of names) {
      const bytes = Buffer.byteLength(JSON.stringify(name)) + 1;
      if (open === undefined || size + bytes > maxBytes) {
        if (size + head + bytes > maxBytes) {
          parts.push([]);
          size = 0;
        }
        open = { shard, names: [] };
        parts.at(-1)?.push(open);
        size += head;
      }
      open.names.push(name);
      size += bytes;
    }
  }
  return parts;
}
