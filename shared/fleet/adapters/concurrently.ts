/** Runs `work` on items as they come, at most `limit` at a time; results in the order in which they are done. The first failure ends it. */
export async function* concurrently<T, R>(
  items: AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncIterable<R> {
  const running = new Map<number, Promise<{ readonly key: number; readonly result: R }>>();
  let next = 0;
  const settle = async (): Promise<R> => {
    const { key, result } = await Promise.race(running.values());
    running.delete(key);
    return result;
  };
  try {
    for await (const item of items) {
      const key = next++;
      running.set(
        key,
        work(item).then((result) => ({ key, result })),
      );
      if (running.size >= limit) yield await settle();
    }
    while (running.size > 0) yield await settle();
  } finally {
    // whoever left early must not be told of what was still under way
    for (const promise of running.values()) promise.catch(() => undefined);
  }
}

/** Groups what comes into arrays of at most `size`. */
export async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length >= size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
