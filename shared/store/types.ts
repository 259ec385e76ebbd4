/** A primary key of the one table. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/**
 * An item: its key and attributes (strings, numbers, booleans, null, Uint8Array, lists and maps of these). undefined members are dropped. `w` is
 * reserved for the adapter; `ix` and `ixs` (text, not empty) put it into the sparse index.
 */
export type Item = Key & { readonly [attribute: string]: unknown };

/** When a conditional write may happen. All kinds hold for the one item only; there are no transactions. */
export type Condition =
  /** no item has this key */
  | { readonly absent: true }
  /** no item, or its `attribute` (a number or string) is smaller than `than`: newer by the source's own order wins */
  | { readonly olderThan: { readonly attribute: string; readonly than: number | string } }
  /** an item is there and its `attribute` equals `value`: the step from a known state */
  | { readonly equals: { readonly attribute: string; readonly value: number | string } };

/**
 * 'written' also when an earlier attempt of this very call had succeeded without our hearing of it. 'refused' may hide a write that was done, went
 * unheard and was overwritten by another writer before it was looked into: read again and decide anew, never conclude "I did not write".
 */
export type WriteResult = 'written' | 'refused';

/** A range of sort keys inside one partition. */
export interface Range {
  readonly pk: string;
  readonly prefix?: string;
  /** only keys after this one in the direction of reading: with `reverse`, smaller ones */
  readonly after?: string;
  readonly reverse?: boolean;
  /** stop after so many items */
  readonly limit?: number;
  readonly consistent?: boolean;
}

/**
 * The database port: DynamoDB's parts that dynalite also has. Adapters: DynamoDB by the SDK, and memory for fast tests;
 * both pass test/contract/table. Reads are eventually consistent unless asked otherwise. Throttles are retried inside;
 * what remains is thrown as StoreError('unavailable'). An item over 400 KB throws StoreError('too-large').
 */
export interface Table {
  get(key: Key, options?: { readonly consistent?: boolean }): Promise<Item | undefined>;
  /** Items that are there, in no order; unprocessed keys are asked for again inside. */
  batchGet(keys: readonly Key[], options?: { readonly consistent?: boolean }): Promise<Item[]>;
  /** All items of the range in sort-key order (bytes); pages are fetched as they are consumed. */
  query(range: Range): AsyncIterable<Item>;
  put(item: Item, condition?: Condition): Promise<WriteResult>;
  delete(key: Key, condition?: Condition): Promise<WriteResult>;
  /** Unconditional writes in batches of 25, unprocessed ones again until done. Order between them is not kept; of one key the last put counts, and a put more than a delete. */
  batchWrite(puts: readonly Item[], deletes?: readonly Key[]): Promise<void>;
  /** The sparse index for lists on screens only; items carry `ix` (partition) and `ixs` (sort). `after` is an `ixs`; all items of that `ixs` are passed over. Never needed for correctness. */
  list(
    index: string,
    options?: { readonly reverse?: boolean; readonly limit?: number; readonly after?: string },
  ): AsyncIterable<Item>;
  /**
   * Every item of the table, as eventually consistent as the cheapest read: partitions in an order of the table's own, items of one by their sort keys.
   * `after` is the key of an item, there or gone, behind which it goes on. Only for what walks through all of them within a budget, such as the sweep.
   */
  scan(options?: { readonly after?: Key }): AsyncIterable<Item>;
}

/** One writing of a blob: a later one under the same key is another. */
export interface Writing {
  readonly key: string;
  /** when it was written by the clock of the store, ISO */
  readonly at: string;
  readonly version: string;
}

/**
 * The blob port: immutable bytes under a key such as `facts/sha256/ab…`. Adapters: S3, folder, memory; all pass
 * test/contract/blobs. A put is atomic: readers see all of it or nothing.
 */
export interface Blobs {
  get(key: string): Promise<Buffer | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  has(key: string): Promise<boolean>;
  delete(key: string): Promise<void>;
  /** Every writing that is still kept, by keys in an order of the store's own; `after` is a key, there or gone, behind which it goes on. */
  list(options?: { readonly after?: string }): AsyncIterable<Writing>;
  /** Takes away this writing; one that came after it stays and is what readers get. */
  remove(writing: Writing): Promise<void>;
}
