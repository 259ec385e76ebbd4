/** Something that is no JSON; the caller says which document. */
export class UnsoundJson extends Error {}

/** items that are parsed at once */
const batchSize = 64;

/** The items of a list in a document, read a few at a time when they are asked for: parsing a large document at once takes five times its size. */
export class LazyList implements Iterable<unknown> {
  readonly #bytes: Buffer;
  readonly #spans: readonly number[];

  constructor(bytes: Buffer, spans: readonly number[]) {
    this.#bytes = bytes;
    this.#spans = spans;
  }

  get length(): number {
    return this.#spans.length / 2;
  }

  *[Symbol.iterator](): Generator<unknown> {
    const spans = this.#spans;
    for (let at = 0; at < spans.length; at += 2 * batchSize) {
      const from = spans[at] ?? 0;
      const to = spans[Math.min(at + 2 * batchSize, spans.length) - 1] ?? 0;
      // what lies between items is commas and white space
      yield* parsed(`[${this.#bytes.toString('utf8', from, to)}]`) as unknown[];
    }
  }
}

/**
 * A JSON object of which the `lists` are read item by item when they are asked for, `passedOver` not at all, and all other fields at once. Of two fields with one name the last
 * counts, as for `JSON.parse`. Throws UnsoundJson, for what is wrong inside an item when that is read.
 */
export function readJsonObject(
  bytes: Buffer,
  { lists, passedOver }: { readonly lists: ReadonlySet<string>; readonly passedOver: ReadonlySet<string> },
): Readonly<Record<string, unknown>> {
  const scanner = new Scanner(bytes);
  const fields: [string, unknown][] = [];
  scanner.expect(brace);
  scanner.separated(closingBrace, () => {
    const name = String(parsed(textOf(bytes, scanner.span())));
    scanner.expect(colon);
    if (lists.has(name) && scanner.next() === bracket) fields.push([name, listAt(scanner, bytes)]);
    else {
      const span = scanner.span();
      if (!passedOver.has(name)) fields.push([name, parsed(textOf(bytes, span))]);
    }
  });
  if (scanner.next() !== end) throw new UnsoundJson('something follows its end');
  return Object.fromEntries(fields);
}

function listAt(scanner: Scanner, bytes: Buffer): LazyList {
  const spans: number[] = [];
  scanner.expect(bracket);
  scanner.separated(closingBracket, () => {
    spans.push(...scanner.span());
  });
  return new LazyList(bytes, spans);
}

const textOf = (bytes: Buffer, [from, to]: readonly [number, number]): string => bytes.toString('utf8', from, to);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnsoundJson('a part of it is none', { cause });
  }
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [bracket, closingBracket, brace, closingBrace] = [0x5b, 0x5d, 0x7b, 0x7d];
const end = -1;

/** Goes over JSON and tells where its values begin and end; what is inside of them is whose business they are. */
class Scanner {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The byte that comes next, behind white space; -1 at the end. */
  next(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      this.#at += 1;
      byte = bytes[this.#at];
    }
    return byte ?? end;
  }

  expect(byte: number): void {
    if (this.next() !== byte) throw new UnsoundJson(`byte ${this.#at} is not what must stand there`);
    this.#at += 1;
  }

  /** Items with commas between them, up to the closing sign. */
  separated(closing: number, item: () => void): void {
    if (this.next() === closing) {
      this.#at += 1;
      return;
    }
    for (;;) {
      item();
      if (this.next() === closing) {
        this.#at += 1;
        return;
      }
      this.expect(comma);
    }
  }

  /** Where the next value begins and ends. */
  span(): [from: number, to: number] {
    const first = this.next();
    const from = this.#at;
    if (first === quote) this.#string();
    else if (first === bracket || first === brace) this.#nested();
    else this.#word();
    if (this.#at === from) throw new UnsoundJson(`a value is missing at byte ${from}`);
    return [from, this.#at];
  }

  #string(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    for (; at < bytes.length && bytes[at] !== quote; at += 1) if (bytes[at] === backslash) at += 1;
    if (at >= bytes.length) throw new UnsoundJson('it ends in the middle of a text');
    this.#at = at + 1;
  }

  /** An object or a list, whose kinds of brackets are not told apart: whoever reads it sees that. */
  #nested(): void {
    const bytes = this.#bytes;
    let depth = 0;
    do {
      const byte = bytes[this.#at];
      if (byte === undefined) throw new UnsoundJson('it ends in the middle of a value');
      if (byte === quote) {
        this.#string();
        continue;
      }
      if (byte === brace || byte === bracket) depth += 1;
      else if (byte === closingBrace || byte === closingBracket) depth -= 1;
      this.#at += 1;
    } while (depth > 0);
  }

  #word(): void {
    const bytes = this.#bytes;
    for (let byte = bytes[this.#at]; byte !== undefined && isOfWord(byte); byte = bytes[this.#at]) this.#at += 1;
  }
}

/** letters, digits, signs of numbers */
const isOfWord = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x2d ||
  byte === 0x2b ||
  byte === 0x2e ||
  byte === 0x45;
