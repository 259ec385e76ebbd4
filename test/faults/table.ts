import { type Item, type Key, StoreError, type Table } from '#shared/store';
import { seeded } from './seeded.ts';

/** How often what goes wrong, each from 0 (never) to 1 (always). What is left out never happens. */
export interface TableFaults {
  readonly seed: number;
  /** a read that is not consistent gives what the item was one write ago */
  readonly stale?: number;
  /** a call throws 'unavailable' and nothing was done */
  readonly throttled?: number;
  /** a write was done and throws 'unavailable' all the same */
  readonly lost?: number;
  /** a batch of writes stops in the middle and throws 'unavailable' */
  readonly partial?: number;
  /** called before each write: throw from it to crash between two writes */
  readonly beforeWrite?: (write: number, keys: readonly Key[]) => void;
}

/** A table that fails on purpose. `quiet()` stops all faults; `counts` says how many of each happened. */
export interface FaultyTable extends Table {
  readonly counts: Readonly<Record<'stale' | 'throttled' | 'lost' | 'partial' | 'writes', number>>;
  quiet(): void;
}

/**
 * Wraps any table with seeded faults: stale reads, throttles, partial batches, writes that were done but report a time-out.
 * Consistent reads and conditions stay true, as in the service; the sparse index is read late as `stale` says.
 */
export function faultyTable(inner: Table, faults: TableFaults): FaultyTable {
  const random = seeded(faults.seed);
  const counts = { stale: 0, throttled: 0, lost: 0, partial: 0, writes: 0 };
  // what each item was before its last write through here; null: it was not there
  const before = new Map<string, Item | null>();
  let loud = true;

  const id = (key: Key): string => JSON.stringify([key.pk, key.sk]);
  const happens = (fault: 'stale' | 'throttled' | 'lost' | 'partial'): boolean => {
    const yes = random() < (faults[fault] ?? 0) && loud;
    if (yes) counts[fault] += 1;
    return yes;
  };
  const fail = (about: string): StoreError => new StoreError('unavailable', about, 'a fault on purpose');
  const throttle = (about: string): void => {
    if (happens('throttled')) throw fail(`throttled: ${about}`);
  };
  const remember = async (keys: readonly Key[]): Promise<void> => {
    for (const key of keys) before.set(id(key), (await inner.get(key, { consistent: true })) ?? null);
  };
  const older = (key: Key, now: Item | undefined): Item | undefined => {
    const was = before.get(id(key));
    return was === undefined || !happens('stale') ? now : (was ?? undefined);
  };
  const write = async <T>(keys: readonly Key[], work: () => Promise<T>): Promise<T> => {
    const about = keys
      .map((key) => `${key.pk} / ${key.sk}`)
      .join(', ')
      .slice(0, 200);
    throttle(about);
    if (loud) faults.beforeWrite?.(counts.writes, keys);
    counts.writes += 1;
    await remember(keys);
    const result = await work();
    if (happens('lost')) throw fail(`done, but reported as timed out: ${about}`);
    return result;
  };
  async function* range(items: AsyncIterable<Item>, about: string, consistent: boolean): AsyncIterable<Item> {
    throttle(about);
    for await (const item of items) {
      const seen = consistent ? item : older(item, item);
      if (seen !== undefined) yield seen;
    }
  }

  return {
    counts,
    quiet() {
      loud = false;
    },
    async get(key, options) {
      throttle(`${key.pk} / ${key.sk}`);
      const now = await inner.get(key, options);
      return options?.consistent ? now : older(key, now);
    },
    async batchGet(keys, options) {
      throttle(`${keys.length} items`);
      const found = await inner.batchGet(keys, options);
      if (options?.consistent) return found;
      const byId = new Map(found.map((item) => [id(item), item]));
      const unique = new Map(keys.map((key) => [id(key), key]));
      return [...unique].flatMap(([key, at]) => older(at, byId.get(key)) ?? []);
    },
    query: (of) => range(inner.query(of), `items of ${of.pk}`, of.consistent ?? false),
    put: (item, condition) => write([item], () => inner.put(item, condition)),
    delete: (key, condition) => write([key], () => inner.delete(key, condition)),
    batchWrite: (puts, deletes = []) =>
      write([...puts, ...deletes], async () => {
        if (!happens('partial')) return inner.batchWrite(puts, deletes);
        await inner.batchWrite(
          puts.filter(() => random() < 0.5),
          deletes.filter(() => random() < 0.5),
        );
        throw fail(`half of a batch of ${puts.length + deletes.length} was written`);
      }),
    list: (index, options) => range(inner.list(index, options), `the list ${index}`, false),
    scan: (options) => range(inner.scan(options), 'all items', false),
  };
}
