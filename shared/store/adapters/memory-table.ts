import { compareBytes } from '../byte-order.ts';
import { holds } from '../conditions.ts';
import { checkKey, normalItem } from '../item-form.ts';
import { keyId } from '../keys.ts';
import type { Condition, Item, Key, Range, Table, WriteResult } from '../types.ts';

const pageSize = 64;

/** Rows of one partition in the order of their sort keys. */
class Partition {
  readonly order: string[] = [];
  readonly rows = new Map<string, Item>();

  /** Index of the first sort key that is not before `key`. */
  at(key: string): number {
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes(this.order[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  set(key: string, item: Item): void {
    if (!this.rows.has(key)) this.order.splice(this.at(key), 0, key);
    this.rows.set(key, item);
  }

  remove(key: string): void {
    if (this.rows.delete(key)) this.order.splice(this.at(key), 1);
  }

  /** Up to a page of keys with the prefix that come after `after` in the direction of reading. */
  page(after: string | undefined, prefix: string, reverse: boolean): string[] {
    const found: string[] = [];
    if (reverse) {
      const end = endOfPrefix(prefix);
      let at =
        Math.min(
          end === undefined ? this.order.length : this.at(end),
          after === undefined ? this.order.length : this.at(after),
        ) - 1;
      for (; at >= 0 && found.length < pageSize; at -= 1) {
        const key = this.order[at] ?? '';
        if (!key.startsWith(prefix)) break;
        found.push(key);
      }
      return found;
    }
    let at = this.at(prefix);
    if (after !== undefined) {
      const next = this.at(after);
      at = Math.max(at, this.order[next] === after ? next + 1 : next);
    }
    for (; at < this.order.length && found.length < pageSize; at += 1) {
      const key = this.order[at] ?? '';
      if (!key.startsWith(prefix)) break;
      found.push(key);
    }
    return found;
  }
}

/** The smallest text that comes after everything with this prefix; undefined when nothing bounds it. */
function endOfPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()?.codePointAt(0) ?? 0;
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    if (next <= 0x10ffff) return points.join('') + String.fromCodePoint(next);
  }
  return undefined;
}

/** The separator sorts before every character of a key, so that equal `ixs` are ordered by the item's own key. */
const indexKey = (item: Item): string => `${String(item.ixs)}\u0000${item.pk}\u0000${item.sk}`;
const copyOf = (item: Item): Item => structuredClone(item);

/**
 * A table in memory with the manners of DynamoDB: items are copied in and out, sort keys are ordered by bytes, sizes and keys are
 * checked, pages are read as they are consumed (a query sees writes that happen behind its position). For tests and `--no-keep` runs.
 */
export function memoryTable(): Table {
  const partitions = new Map<string, Partition>();
  const indexed = new Map<string, Partition>();

  const partition = (of: Map<string, Partition>, name: string): Partition => {
    const found = of.get(name) ?? new Partition();
    of.set(name, found);
    return found;
  };
  const stored = (key: Key): Item | undefined => partitions.get(key.pk)?.rows.get(key.sk);

  const unindex = (item: Item | undefined): void => {
    if (item !== undefined && typeof item.ix === 'string') indexed.get(item.ix)?.remove(indexKey(item));
  };
  const write = (item: Item): void => {
    unindex(stored(item));
    partition(partitions, item.pk).set(item.sk, item);
    if (typeof item.ix === 'string' && typeof item.ixs === 'string')
      partition(indexed, item.ix).set(indexKey(item), item);
  };
  const erase = (key: Key): void => {
    unindex(stored(key));
    const rows = partitions.get(key.pk);
    rows?.remove(key.sk);
    if (rows?.order.length === 0) partitions.delete(key.pk);
  };

  async function* read(
    of: () => Partition | undefined,
    first: string | undefined,
    prefix: string,
    reverse: boolean,
    limit: number,
  ): AsyncIterable<Item> {
    let after = first;
    let left = limit;
    while (left > 0) {
      const rows = of();
      const page = rows?.page(after, prefix, reverse) ?? [];
      const items = page.slice(0, left).flatMap((key) => {
        const item = rows?.rows.get(key);
        return item === undefined ? [] : [copyOf(item)];
      });
      after = page.at(-1) ?? after;
      left -= items.length;
      // one turn of the loop per page, as a network would give: whoever races is really interleaved
      await Promise.resolve();
      yield* items;
      if (page.length < pageSize) return;
    }
  }

  return {
    async get(key) {
      checkKey(key);
      const item = stored(key);
      return item === undefined ? undefined : copyOf(item);
    },
    async batchGet(keys) {
      const found = new Map<string, Item>();
      for (const key of keys) {
        checkKey(key);
        const item = stored(key);
        if (item !== undefined) found.set(keyId(key), item);
      }
      return [...found.values()].map(copyOf);
    },
    query(range: Range) {
      return read(
        () => partitions.get(range.pk),
        range.after,
        range.prefix ?? '',
        range.reverse ?? false,
        range.limit ?? Number.POSITIVE_INFINITY,
      );
    },
    async put(item: Item, condition?: Condition): Promise<WriteResult> {
      const copy = normalItem(item);
      if (!holds(condition, stored(item))) return 'refused';
      write(copy);
      return 'written';
    },
    async delete(key: Key, condition?: Condition): Promise<WriteResult> {
      checkKey(key);
      if (!holds(condition, stored(key))) return 'refused';
      erase(key);
      return 'written';
    },
    async batchWrite(puts, deletes = []) {
      const copies = puts.map(normalItem);
      for (const key of deletes) checkKey(key);
      for (const key of deletes) erase(key);
      for (const copy of copies) write(copy);
    },
    async *scan({ after } = {}) {
      const names = [...partitions.keys()].filter((pk) => after === undefined || compareBytes(pk, after.pk) >= 0);
      for (const pk of names.sort(compareBytes))
        yield* read(
          () => partitions.get(pk),
          pk === after?.pk ? after.sk : undefined,
          '',
          false,
          Number.POSITIVE_INFINITY,
        );
    },
    list(index, options = {}) {
      const reverse = options.reverse ?? false;
      // forward: behind every item of that ixs; backward: in front of them
      const after = options.after === undefined ? undefined : `${options.after}${reverse ? '' : '\u0000\u{10ffff}'}`;
      return read(() => indexed.get(index), after, '', reverse, options.limit ?? Number.POSITIVE_INFINITY);
    },
  };
}
