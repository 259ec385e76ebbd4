import { type Blobs, type Item, itemSize, type Key, type Table } from '#shared/store';

/** What was asked of a table and its blobs, in the units that AWS bills (DynamoDB developer guide, "Read and write request units"). */
export interface Counts {
  /** calls, as DynamoDB's own API cuts them: 25 writes, 100 keys or 1 MB each */
  calls: number;
  reads: number;
  writes: number;
  readUnits: number;
  writeUnits: number;
  blobGets: number;
  blobPuts: number;
  /** items of image partitions, read or written */
  imageRows: number;
}

/** Everything at zero. */
export const noCounts = (): Counts => ({
  calls: 0,
  reads: 0,
  writes: 0,
  readUnits: 0,
  writeUnits: 0,
  blobGets: 0,
  blobPuts: 0,
  imageRows: 0,
});

const page = 1 << 20;
const reading = (bytes: number, consistent: boolean): number =>
  Math.ceil(Math.max(bytes, 1) / 4096) * (consistent ? 1 : 0.5);
const writing = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / 1024);

/** Batches that the adapter of DynamoDB sends at once (shared/store/adapters/dynamo-table.ts). */
const parallelBatches = 4;

/** Wraps a table: counts, and answers after `latency()` milliseconds for each call that waits for the one before, if any, as a network would. `wrote` hears of every item put. */
export function countedTable(
  inner: Table,
  counts: Counts,
  latency: () => number,
  wrote: (item: Item) => void = () => undefined,
): Table {
  const call = async (calls = 1): Promise<void> => {
    counts.calls += calls;
    const milliseconds = latency() * Math.ceil(calls / parallelBatches);
    if (milliseconds > 0) await new Promise((done) => setTimeout(done, milliseconds));
  };
  const read = (items: readonly Item[]): void => {
    counts.reads += items.length;
    counts.imageRows += items.filter(isImage).length;
  };
  const write = (items: readonly Item[], deletes: readonly Key[]): void => {
    counts.writes += items.length + deletes.length;
    counts.imageRows += [...items, ...deletes].filter(isImage).length;
    for (const item of items) counts.writeUnits += writing(itemSize(item));
    counts.writeUnits += deletes.length;
  };
  async function* paged(items: AsyncIterable<Item>, consistent: boolean): AsyncIterable<Item> {
    await call();
    let bytes = 0;
    for await (const item of items) {
      read([item]);
      bytes += itemSize(item);
      if (bytes > page) {
        counts.readUnits += reading(bytes, consistent);
        bytes = 0;
        await call();
      }
      yield item;
    }
    counts.readUnits += reading(bytes, consistent);
  }
  return {
    async get(key, options) {
      await call();
      const item = await inner.get(key, options);
      if (item !== undefined) read([item]);
      counts.readUnits += reading(item === undefined ? 0 : itemSize(item), options?.consistent === true);
      return item;
    },
    async batchGet(keys, options) {
      if (keys.length > 0) await call(Math.ceil(keys.length / 100));
      const items = await inner.batchGet(keys, options);
      read(items);
      for (const item of items) counts.readUnits += reading(itemSize(item), options?.consistent === true);
      counts.readUnits += (keys.length - items.length) * (options?.consistent === true ? 1 : 0.5);
      return items;
    },
    query: (range) => paged(inner.query(range), range.consistent === true),
    scan: (options) => paged(inner.scan(options), false),
    async put(item, condition) {
      await call();
      write([item], []);
      const result = await inner.put(item, condition);
      wrote(item);
      return result;
    },
    async delete(key, condition) {
      await call();
      write([], [key]);
      return inner.delete(key, condition);
    },
    async batchWrite(puts, deletes = []) {
      if (puts.length + deletes.length > 0) await call(Math.ceil((puts.length + deletes.length) / 25));
      write(puts, deletes);
      return inner.batchWrite(puts, deletes);
    },
    list: (index, options) => inner.list(index, options),
  };
}

/** The head of an image: what a re-match must not touch but for what runs. */
const isImage = (key: Key): boolean => key.pk.startsWith('I#') && key.sk === 'A';

/** Wraps a blob store likewise. */
export function countedBlobs(inner: Blobs, counts: Counts, latency: () => number): Blobs {
  const wait = async (): Promise<void> => {
    const milliseconds = latency();
    if (milliseconds > 0) await new Promise((done) => setTimeout(done, 4 * milliseconds));
  };
  return {
    async get(key) {
      counts.blobGets += 1;
      await wait();
      return inner.get(key);
    },
    async put(key, bytes) {
      counts.blobPuts += 1;
      await wait();
      return inner.put(key, bytes);
    },
    async has(key) {
      counts.blobGets += 1;
      await wait();
      return inner.has(key);
    },
    delete: (key) => inner.delete(key),
    async *list(options) {
      let at = 0;
      for await (const writing of inner.list(options)) {
        // a list is billed as a put is, a thousand keys at a time
        if (at % 1_000 === 0) counts.blobPuts += 1;
        at += 1;
        yield writing;
      }
    },
    remove: (writing) => inner.remove(writing),
  };
}
