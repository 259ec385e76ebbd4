/** What PHP's serialize() writes of plain data; arrays become maps, for their keys are anything. */
export type PhpValue = string | number | boolean | null | ReadonlyMap<string, PhpValue>;

const deepest = 64;
const mostValues = 200_000;

/**
 * Reads what PHP's `serialize` wrote: scalars and arrays. Objects and references are refused: nobody needs them here. Lengths are checked
 * against the bytes that are there, depth and count are bounded. Throws SyntaxError.
 */
export function unserialize(bytes: Buffer): PhpValue {
  const reader = new Reader(bytes);
  return reader.value(0);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #values = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  value(depth: number): PhpValue {
    this.#values += 1;
    if (depth > deepest || this.#values > mostValues) throw new SyntaxError('nested too deep, or too many values');
    const kind = String.fromCharCode(this.#bytes[this.#at] ?? 0);
    this.#at += 1;
    switch (kind) {
      case 'N':
        this.#expect(';');
        return null;
      case 'b':
        this.#expect(':');
        return this.#until(';') === '1';
      case 'i':
      case 'd':
        this.#expect(':');
        return Number(this.#until(';'));
      case 's':
        return this.#string();
      case 'a':
        return this.#array(depth);
      default:
        throw new SyntaxError(`a value of a kind that is not read, at byte ${this.#at - 1}`);
    }
  }

  #string(): string {
    const length = this.#length();
    this.#expect('"');
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new SyntaxError('a text that is longer than the file');
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    this.#expect('"');
    this.#expect(';');
    return text;
  }

  #array(depth: number): ReadonlyMap<string, PhpValue> {
    const count = this.#length();
    this.#expect('{');
    const entries = new Map<string, PhpValue>();
    for (let index = 0; index < count; index += 1) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string' && typeof key !== 'number') throw new SyntaxError('a key that is none');
      entries.set(String(key), this.value(depth + 1));
    }
    this.#expect('}');
    return entries;
  }

  #length(): number {
    this.#expect(':');
    const text = this.#until(':');
    if (!/^\d{1,9}$/.test(text)) throw new SyntaxError('a length that is none');
    return Number(text);
  }

  /** The short text up to a mark, which is passed. */
  #until(mark: string): string {
    const end = this.#bytes.subarray(this.#at, this.#at + 64).indexOf(mark);
    if (end < 0) throw new SyntaxError(`no ${mark} where one belongs, at byte ${this.#at}`);
    const text = this.#bytes.toString('latin1', this.#at, this.#at + end);
    this.#at += end + 1;
    return text;
  }

  #expect(mark: string): void {
    if (this.#bytes[this.#at] !== mark.charCodeAt(0))
      throw new SyntaxError(`no ${mark} where one belongs, at byte ${this.#at}`);
    this.#at += 1;
  }
}
