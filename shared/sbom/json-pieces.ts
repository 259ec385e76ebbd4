/** A list whose items are made while it is written, each time anew: a document of half a million packages is never whole in memory. */
export class Listed {
  readonly items: () => Iterable<unknown>;

  constructor(items: () => Iterable<unknown>) {
    this.items = items;
  }
}

/** An object whose fields are made while it is written, each time anew; a field may depend on the lists before it. Undefined ones are left out. */
export class Fields {
  readonly entries: () => Iterable<readonly [name: string, value: unknown]>;

  constructor(entries: () => Iterable<readonly [name: string, value: unknown]>) {
    this.entries = entries;
  }
}

/** items that are made into text at once */
const batchSize = 256;

/** What `JSON.stringify` makes of a value with `Listed` and `Fields` in it, in pieces. */
export function* compactPieces(value: unknown): Generator<string> {
  if (value instanceof Fields) {
    let before = '{';
    for (const [name, field] of value.entries()) {
      if (field === undefined) continue;
      yield `${before}${JSON.stringify(name)}:`;
      yield* compactPieces(field);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  } else if (value instanceof Listed) {
    let before = '[';
    for (const batch of batchesOf(value)) {
      yield before;
      if (Array.isArray(batch)) yield JSON.stringify(batch).slice(1, -1);
      else yield* compactPieces(batch);
      before = ',';
    }
    yield before === '[' ? '[]' : ']';
  } else yield JSON.stringify(value);
}

/** What `JSON.stringify` makes of it with two blanks for every level, in pieces; `depth` levels deep. */
export function* prettyPieces(value: unknown, depth = 0): Generator<string> {
  const line = (levels: number): string => `\n${'  '.repeat(levels)}`;
  if (value instanceof Fields) {
    let before = '{';
    for (const [name, field] of value.entries()) {
      if (field === undefined) continue;
      yield `${before}${line(depth + 1)}${JSON.stringify(name)}: `;
      yield* prettyPieces(field, depth + 1);
      before = ',';
    }
    yield before === '{' ? '{}' : `${line(depth)}}`;
  } else if (value instanceof Listed) {
    let before = '[';
    for (const batch of batchesOf(value)) {
      yield `${before}${line(depth + 1)}`;
      if (Array.isArray(batch)) yield itemsText(batch, depth);
      else yield* prettyPieces(batch, depth + 1);
      before = ',';
    }
    yield before === '[' ? '[]' : `${line(depth)}]`;
  } else yield JSON.stringify(value, undefined, 2).replaceAll('\n', line(depth));
}

/** Items that `JSON.stringify` can write together, and alone those that cannot be. */
function* batchesOf(list: Listed): Generator<unknown[] | Fields | Listed> {
  let batch: unknown[] = [];
  for (const item of list.items()) {
    const apart = item instanceof Fields || item instanceof Listed;
    if (batch.length > 0 && (apart || batch.length === batchSize)) {
      yield batch;
      batch = [];
    }
    if (apart) yield item;
    else batch.push(item);
  }
  if (batch.length > 0) yield batch;
}

/** The items of a list so many levels deep, without what is around them: lists around them give them their blanks. */
function itemsText(items: readonly unknown[], depth: number): string {
  let nested: unknown = items;
  for (let level = 0; level < depth; level += 1) nested = [nested];
  // level n has 2n blanks, a bracket and a line break
  const around = (depth + 1) * (depth + 2);
  return JSON.stringify(nested, undefined, 2).slice(around + 2 * (depth + 1), -around);
}
