/** What is wrong with bytes that are no gzip. */
export class NoGzip extends Error {
  override readonly name = 'NoGzip';
}

type Part =
  | 'between'
  | 'fixed'
  | 'extra-length'
  | 'extra'
  | 'name'
  | 'comment'
  | 'sum'
  | 'data'
  | 'trailer'
  | 'padding';

/** bits of the header's flags (RFC 1952, section 2.3.1) */
const flag = { sum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;
/** how each header begins: the magic, and deflate as the method */
const begin = [0x1f, 0x8b, 8];
const fixedBytes = 10;
const flagsAt = 3;
/** checksum and length of what the data unpack to */
const trailerBytes = 8;

/**
 * Reads what stands around the deflate data of gzip members (RFC 1952): a header before, checksum and length behind. The length is compared; the checksum is not: the
 * blob's digest holds every packed byte, and summing up what they unpack to costs a sixth of inflating.
 *
 * After a member another one may follow; a zero byte instead begins padding, which is passed over (as gunzip and Node do).
 */
export class GzipMembers {
  #part: Part = 'between';
  /** bytes of the current part that came, or that are missing */
  #count = 0;
  #flags = 0;
  #length = 0;
  #members = 0;

  /** Whether the next bytes are deflate data. */
  get inData(): boolean {
    return this.#part === 'data';
  }

  /** Whether the stream may end here. */
  get mayEnd(): boolean {
    return this.#part === 'padding' || (this.#part === 'between' && this.#members > 0);
  }

  /** Says that the deflate data of the member are over. */
  dataEnded(): void {
    this.#part = 'trailer';
    this.#count = 0;
    this.#length = 0;
  }

  /**
   * Takes bytes from `start` on, up to the next deflate data, and returns where it stopped. `made` is how many bytes the member's data have unpacked to.
   * Throws NoGzip.
   */
  take(bytes: Uint8Array, start: number, made: number): number {
    if (this.#part === 'padding') return bytes.length;
    let at = start;
    for (; at < bytes.length && !this.inData; at += 1) this.#byte(bytes[at] ?? 0, made);
    return at;
  }

  #byte(value: number, made: number): void {
    switch (this.#part) {
      case 'between':
        this.#count = 0;
        if (this.#members > 0 && value === 0) this.#part = 'padding';
        else this.#fixed(value);
        return;
      case 'fixed':
        this.#fixed(value);
        return;
      case 'extra-length':
        this.#length |= value << (8 * this.#count);
        this.#count += 1;
        if (this.#count < 2) return;
        this.#part = 'extra';
        this.#count = this.#length;
        if (this.#count === 0) this.#after('extra');
        return;
      case 'extra':
      case 'sum':
        this.#count -= 1;
        if (this.#count === 0) this.#after(this.#part);
        return;
      case 'name':
      case 'comment':
        if (value === 0) this.#after(this.#part);
        return;
      case 'trailer':
        this.#trailer(value, made);
        return;
    }
  }

  #fixed(value: number): void {
    this.#part = 'fixed';
    const expected = begin[this.#count];
    if (expected !== undefined && value !== expected) throw new NoGzip('a member begins with something else');
    if (this.#count === flagsAt) {
      if ((value & flag.reserved) !== 0) throw new NoGzip('a header has flags that nobody knows');
      this.#flags = value;
    }
    this.#count += 1;
    if (this.#count === fixedBytes) this.#after('fixed');
  }

  /** The part of the header that follows one, or the data. */
  #after(part: 'fixed' | 'extra' | 'name' | 'comment' | 'sum'): void {
    const order = ['fixed', 'extra', 'name', 'comment', 'sum'] as const;
    const next = order
      .slice(order.indexOf(part) + 1)
      .find((each) => each !== 'fixed' && (this.#flags & flag[each]) !== 0);
    this.#length = 0;
    this.#count = next === 'sum' ? 2 : 0;
    this.#part = next === 'extra' ? 'extra-length' : (next ?? 'data');
  }

  #trailer(value: number, made: number): void {
    if (this.#count >= trailerBytes / 2) this.#length += value * 2 ** (8 * (this.#count - trailerBytes / 2));
    this.#count += 1;
    if (this.#count < trailerBytes) return;
    if (this.#length !== made % 2 ** 32) throw new NoGzip('a member unpacks to another length than it says');
    this.#members += 1;
    this.#part = 'between';
  }
}
