/** bytes of executables (ELF, x86-64 and Arm, C++ and Go), seldom ones first; those not named are common */
const seldomFirst =
  'Y>~z^?&#j+JqQ\'{Z"7<V[WK!6}:*-5G]O%3w;4F|X,\\RNkU2y)=v`B\tCTxb\nS9M8/P(@ghm1._fdEI0pDlAucsiLanrote$ H';
const rank = new Uint8Array(256).fill(255);
for (let at = 0; at < seldomFirst.length; at += 1) rank[seldomFirst.charCodeAt(at)] = at;

/** texts of at most as many bytes Buffer.indexOf finds by their first byte alone, with memchr; longer ones it walks for in steps of its own, many times slower */
const walked = 7;
/** places that are compared for nothing in one file: one that is made of them costs no more */
const mostMisses = 1 << 16;

/** A text that is searched for in one file: by the part of it that begins with the byte that is the least common in executables. */
export class ByteText {
  readonly #bytes: Buffer;
  readonly #part: Buffer;
  /** where in the text the part begins */
  readonly #offset: number;
  #misses = 0;

  /** `text`: latin1, not empty */
  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'latin1');
    this.#offset = seldomIn(this.#bytes);
    this.#part = this.#bytes.subarray(this.#offset, this.#offset + walked);
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Where it begins first in `view`, at `from` or later; -1: nowhere. */
  indexIn(view: Buffer, from: number): number {
    for (let next = from; this.#misses < mostMisses; this.#misses += 1) {
      const found = view.indexOf(this.#part, next + this.#offset);
      if (found < 0) return -1;
      const at = found - this.#offset;
      if (this.#isAt(view, at)) return at;
      next = at + 1;
    }
    return view.indexOf(this.#bytes, from);
  }

  #isAt(view: Buffer, start: number): boolean {
    const bytes = this.#bytes;
    for (let at = 0; at < bytes.length; at += 1) if (view[start + at] !== bytes[at]) return false;
    return true;
  }
}

/** Where the least common byte stands of those that a whole part can begin with; 0 for texts that are one part. */
function seldomIn(bytes: Buffer): number {
  let best = 0;
  for (let at = 1; at <= bytes.length - walked; at += 1) {
    if ((rank[bytes[at] ?? 0] ?? 0) < (rank[bytes[best] ?? 0] ?? 0)) best = at;
  }
  return best;
}
