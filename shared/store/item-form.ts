import { StoreError } from './errors.ts';
import type { Item, Key } from './types.ts';

/** DynamoDB's limits (developer guide, "Constraints"): item, partition key, sort key, in bytes. */
export const limits = { item: 400 * 1024, pk: 2048, sk: 1024 } as const;

/** The attribute that carries the write token; never seen by readers, refused from writers. */
export const tokenAttribute = 'w';
/** What the token costs: its name and 22 characters; counted for every item, so that memory and DynamoDB agree. */
export const tokenBytes = 1 + 22;

const utf8 = (text: string): number => Buffer.byteLength(text);

/** A key for messages. */
export const keyText = (key: Key): string => `item ${JSON.stringify(key.pk)} / ${JSON.stringify(key.sk)}`;

/** Throws StoreError('bad-key') for a key that DynamoDB refuses: empty, too long, or not well-formed text. */
export function checkKey(key: Key): void {
  for (const name of ['pk', 'sk'] as const) checkKeyText(key[name], limits[name], name, key);
}

function checkKeyText(value: unknown, limit: number, name: string, key: Key): void {
  if (typeof value !== 'string' || value === '')
    throw new StoreError('bad-key', keyText(key), `${name} must be text that is not empty`);
  if (utf8(value) > limit)
    throw new StoreError('bad-key', keyText(key).slice(0, 300), `${name} is over ${limit} bytes; hash the long part`);
  if (!value.isWellFormed()) throw new StoreError('bad-key', keyText(key), `${name} holds half a surrogate pair`);
}

/**
 * The item as the table will give it back: a deep copy without undefined members, buffers as Uint8Array. Both adapters write this,
 * so that a test on memory sees what DynamoDB would do. Throws StoreError 'bad-key', 'bad-item', 'too-large'.
 */
export function normalItem(item: Item): Item {
  checkKey(item);
  if (item[tokenAttribute] !== undefined)
    throw new StoreError('bad-item', keyText(item), 'the attribute w is the write token; use another name');
  for (const name of ['ix', 'ixs']) {
    if (item[name] !== undefined) checkKeyText(item[name], name === 'ix' ? limits.pk : limits.sk, name, item);
  }
  const copy = normalMap(item as unknown as Record<string, unknown>, item, '');
  const size = itemSize(copy) + tokenBytes;
  if (size > limits.item)
    throw new StoreError(
      'too-large',
      keyText(item),
      `it is ${size} bytes, the table holds ${limits.item}; move the large part into a blob`,
    );
  return copy as Item;
}

function normalMap(map: Record<string, unknown>, key: Key, path: string): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(map)) {
    if (map[name] === undefined) continue;
    // a member called __proto__ from a hostile document must stay a member
    Object.defineProperty(copy, name, {
      value: normalValue(map[name], key, `${path}.${name}`),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

function normalValue(value: unknown, key: Key, path: string): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    const size = Math.abs(value);
    if (value === 0) return 0;
    if (size >= 1e-130 && size <= Number.MAX_SAFE_INTEGER) return value;
    throw new StoreError(
      'bad-item',
      keyText(key),
      `${path} is ${value}; only numbers from 1e-130 up to 2^53 are stored`,
    );
  }
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value))
    return value
      .filter((member) => member !== undefined)
      .map((member, at) => normalValue(member, key, `${path}[${at}]`));
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null)
      return normalMap(value as Record<string, unknown>, key, path);
  }
  throw new StoreError('bad-item', keyText(key), `${path} is no string, number, boolean, bytes, list or plain object`);
}

/** The size of an item in bytes as DynamoDB counts it (developer guide, "Item sizes and formats"); numbers at their upper bound. */
export function itemSize(item: Record<string, unknown>): number {
  let size = 0;
  for (const name of Object.keys(item)) size += utf8(name) + valueSize(item[name]);
  return size;
}

function valueSize(value: unknown): number {
  if (typeof value === 'string') return utf8(value);
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 2;
  if (value instanceof Uint8Array) return value.byteLength;
  if (Array.isArray(value)) return 3 + value.reduce<number>((sum, member) => sum + 1 + valueSize(member), 0);
  if (typeof value === 'object' && value !== null)
    return 3 + Object.keys(value).length + itemSize(value as Record<string, unknown>);
  return 1;
}
