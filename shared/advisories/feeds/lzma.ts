// The LZMA decoder of LZMA2 chunks. Source: the LZMA specification (7-zip, lzma-specification.txt), its state machine and its probability model.

const half = 1024;
const states = 12;
const positions = 16;
const lengthProbs = 2 + positions * 8 * 2 + 256;

/** Bytes that were decoded, as far back as a match may reach. */
export class LzmaWindow {
  readonly #bytes: Uint8Array;
  #at = 0;
  #filled = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  put(byte: number): void {
    this.#bytes[this.#at] = byte;
    this.#at = this.#at + 1 === this.#bytes.length ? 0 : this.#at + 1;
    if (this.#filled < this.#bytes.length) this.#filled += 1;
  }

  /** The byte `distance` before the next one (1 is the last); undefined: there is none. */
  back(distance: number): number | undefined {
    if (distance > this.#filled) return undefined;
    const at = this.#at - distance;
    return this.#bytes[at < 0 ? at + this.#bytes.length : at];
  }

  reset(): void {
    this.#at = 0;
    this.#filled = 0;
  }
}

/** A chunk that no encoder writes. */
export class LzmaDamaged extends Error {}

const fresh = (length: number): Uint16Array => new Uint16Array(length).fill(half);

/** Decodes LZMA chunks one after the other; state and probabilities go on from chunk to chunk until they are reset. */
export class LzmaDecoder {
  readonly #window: LzmaWindow;
  #lc = 0;
  #lpMask = 0;
  #pbMask = 0;
  #literals = fresh(0);
  #match = fresh(states * positions);
  #rep = fresh(states * 3);
  #repLong = fresh(states * positions);
  #repBits = fresh(states);
  #slots = fresh(4 * 64);
  #special = fresh(128);
  #align = fresh(16);
  #lengths = fresh(lengthProbs);
  #repLengths = fresh(lengthProbs);
  #state = 0;
  #reps: [number, number, number, number] = [0, 0, 0, 0];
  #done = 0;
  #input: Uint8Array = new Uint8Array(0);
  #next = 0;
  #range = 0;
  #code = 0;

  constructor(window: LzmaWindow) {
    this.#window = window;
  }

  /** New properties (lc, lp, pb in one byte) and everything that depends on them. Throws LzmaDamaged. */
  configure(properties: number): void {
    const lc = properties % 9;
    const rest = Math.floor(properties / 9);
    const lp = rest % 5;
    const pb = Math.floor(rest / 5);
    if (pb > 4 || lc + lp > 4) throw new LzmaDamaged('properties that LZMA2 does not allow');
    this.#lc = lc;
    this.#lpMask = (1 << lp) - 1;
    this.#pbMask = (1 << pb) - 1;
    this.#literals = fresh(0x300 << (lc + lp));
    this.reset();
  }

  reset(): void {
    for (const probs of [this.#literals, this.#match, this.#rep, this.#repLong, this.#repBits, this.#slots])
      probs.fill(half);
    for (const probs of [this.#special, this.#align, this.#lengths, this.#repLengths]) probs.fill(half);
    this.#state = 0;
    this.#reps = [0, 0, 0, 0];
  }

  /** Bytes that stand in the stream as they are move the position that probabilities depend on. */
  skipped(count: number): void {
    this.#done += count;
  }

  restart(): void {
    this.#done = 0;
  }

  /** Decodes one chunk into `output`, which it fills exactly. Throws LzmaDamaged. */
  decode(input: Uint8Array, output: Uint8Array): void {
    this.#input = input;
    this.#next = 5;
    this.#range = 0xffffffff;
    this.#code = new DataView(input.buffer, input.byteOffset, input.byteLength).getUint32(1);
    if (input[0] !== 0) throw new LzmaDamaged('a chunk that does not begin as one');
    for (let at = 0; at < output.length; ) {
      const posState = this.#done & this.#pbMask;
      if (this.#bit(this.#match, this.#state * positions + posState) === 0) {
        output[at] = this.#literal();
        at += 1;
        this.#done += 1;
        continue;
      }
      const length = this.#matchLength(posState);
      const distance = this.#reps[0] + 1;
      if (at + length > output.length) throw new LzmaDamaged('a match that leaves its chunk');
      for (let end = at + length; at < end; at += 1) {
        const byte = this.#window.back(distance);
        if (byte === undefined) throw new LzmaDamaged('a match before the beginning');
        this.#window.put(byte);
        output[at] = byte;
      }
      this.#done += length;
    }
    if (this.#next > input.length) throw new LzmaDamaged('a chunk that is shorter than it says');
  }

  #literal(): number {
    const before = this.#window.back(1) ?? 0;
    const context = ((this.#done & this.#lpMask) << this.#lc) + (before >> (8 - this.#lc));
    const base = 0x300 * context;
    let symbol = 1;
    if (this.#state >= 7) {
      let matched = this.#window.back(this.#reps[0] + 1) ?? 0;
      while (symbol < 0x100) {
        const bit = (matched >> 7) & 1;
        matched = (matched << 1) & 0xff;
        const got = this.#bit(this.#literals, base + ((1 + bit) << 8) + symbol);
        symbol = (symbol << 1) | got;
        if (got !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(this.#literals, base + symbol);
    const byte = symbol & 0xff;
    this.#window.put(byte);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
    return byte;
  }

  /** The length of a match; its distance is then the first of the last four. */
  #matchLength(posState: number): number {
    const state = this.#state;
    const literalBefore = state < 7;
    if (this.#bit(this.#rep, state) === 0) {
      const length = this.#length(this.#lengths, posState);
      this.#state = literalBefore ? 7 : 10;
      const [a, b, c] = this.#reps;
      this.#reps = [this.#distance(Math.min(length - 2, 3)), a, b, c];
      return length;
    }
    if (this.#bit(this.#rep, states + state) === 0) {
      if (this.#bit(this.#repLong, state * positions + posState) === 0) {
        this.#state = literalBefore ? 9 : 11;
        return 1;
      }
    } else {
      const [a, b, c, d] = this.#reps;
      if (this.#bit(this.#rep, 2 * states + state) === 0) this.#reps = [b, a, c, d];
      else if (this.#bit(this.#repBits, state) === 0) this.#reps = [c, a, b, d];
      else this.#reps = [d, a, b, c];
    }
    const length = this.#length(this.#repLengths, posState);
    this.#state = literalBefore ? 8 : 11;
    return length;
  }

  #length(probs: Uint16Array, posState: number): number {
    if (this.#bit(probs, 0) === 0) return 2 + this.#tree(probs, 2 + posState * 8, 3);
    if (this.#bit(probs, 1) === 0) return 10 + this.#tree(probs, 2 + positions * 8 + posState * 8, 3);
    return 18 + this.#tree(probs, 2 + positions * 16, 8);
  }

  #distance(lengthState: number): number {
    const slot = this.#tree(this.#slots, lengthState * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + this.#reverse(this.#special, base - slot, bits);
    let direct = 0;
    for (let n = bits - 4; n > 0; n -= 1) direct = direct * 2 + this.#directBit();
    return base + direct * 16 + this.#reverse(this.#align, 0, 4);
  }

  #tree(probs: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    for (let n = 0; n < bits; n += 1) symbol = (symbol << 1) | this.#bit(probs, base + symbol);
    return symbol - (1 << bits);
  }

  #reverse(probs: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let n = 0; n < bits; n += 1) {
      const bit = this.#bit(probs, base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << n;
    }
    return value;
  }

  #bit(probs: Uint16Array, at: number): 0 | 1 {
    if (this.#range < 0x1000000) this.#normalize();
    const prob = probs[at] ?? 0;
    const bound = (this.#range >>> 11) * prob;
    if (this.#code < bound) {
      this.#range = bound;
      probs[at] = prob + ((2048 - prob) >> 5);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    probs[at] = prob - (prob >> 5);
    return 1;
  }

  #directBit(): 0 | 1 {
    if (this.#range < 0x1000000) this.#normalize();
    this.#range >>>= 1;
    if (this.#code < this.#range) return 0;
    this.#code -= this.#range;
    return 1;
  }

  #normalize(): void {
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | (this.#input[this.#next] ?? 0)) >>> 0;
    this.#next += 1;
  }
}
