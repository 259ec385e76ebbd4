/** The first of a list, at most `limit`. */
export async function collect<T>(items: AsyncIterable<T>, limit = 2_000): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (all.length >= limit) break;
  }
  return all;
}
