/** A synchronous answer of Lambda holds 6 MB; a page stays far below, whatever its last entry is. */
const mostBytes = 3_000_000;
const mostEntries = 5_000;

/** A part of a list, and the place of its last entry when there is more behind it. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly last?: string;
}

/** Takes the first of a list as one answer holds them, by their number and by their bytes as JSON; one entry is always taken. Reads one more, and stops. Never cuts between two of one place. */
export async function takePage<T>(
  list: AsyncIterable<{ readonly place: string; readonly entry: T }>,
  { bytes = mostBytes, count = mostEntries }: { readonly bytes?: number; readonly count?: number } = {},
): Promise<Page<T>> {
  const entries: T[] = [];
  let left = bytes;
  let last: string | undefined;
  for await (const { place, entry } of list) {
    left -= Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (last !== undefined && place !== last && (left < 0 || entries.length >= count)) return { entries, last };
    entries.push(entry);
    last = place;
  }
  return { entries };
}
