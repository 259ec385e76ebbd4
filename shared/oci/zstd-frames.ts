const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a5;
const LONGEST_HEADER = 18;

type State = 'header' | 'skip' | 'block-header' | 'block' | 'checksum' | 'lost';

/**
 * Cuts a zstd byte stream at the ends of its frames (RFC 8878, sections 3.1.1 and 3.1.2) and drops skippable frames.
 *
 * Node's decompressor believes that all is done when a frame ends inside the chunk it was given, and then drops the
 * rest in silence; given each frame's last byte at the end of a chunk it goes on. Layers of many frames are common
 * (zstd:chunked makes one for each file, pzstd one for each block), and half a layer read as a whole one would be a
 * lie.
 */
export class ZstdFrames {
  #state: State = 'header';
  #scratch = Buffer.alloc(0);
  #left = 0;
  #blockHeader = 0;
  #lastBlock = false;
  #hasChecksum = false;

  /**
   * The pieces of `chunk` to decompress, each ending at a frame's end or at the chunk's. Never fails: broken data
   * passes as it is.
   */
  split(chunk: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    let input = chunk;
    let start = 0;
    let at = 0;
    while (at < input.length) {
      switch (this.#state) {
        case 'header': {
          if (this.#scratch.length > 0) {
            // rare: a frame's header is cut by the chunk; join the two
            input = Buffer.concat([this.#scratch, input.subarray(at)]);
            this.#scratch = Buffer.alloc(0);
            at = 0;
            start = 0;
          }
          const length = this.#header(input, at);
          if (length === undefined) {
            this.#scratch = Buffer.from(input.subarray(at));
            return pieces;
          }
          at += length;
          if (this.#skipping()) start = at;
          break;
        }
        case 'skip': {
          const take = Math.min(this.#left, input.length - at);
          this.#left -= take;
          at += take;
          start = at;
          if (this.#left === 0) this.#state = 'header';
          break;
        }
        case 'block-header':
          this.#blockHeader |= (input[at] as number) << (8 * (3 - this.#left));
          at++;
          if (--this.#left === 0) this.#startBlock();
          break;
        case 'lost':
          at = input.length;
          break;
        default: {
          const take = Math.min(this.#left, input.length - at);
          this.#left -= take;
          at += take;
          if (this.#left === 0) this.#advance();
          if (this.#between()) {
            pieces.push(input.subarray(start, at));
            start = at;
          }
        }
      }
    }
    if (start < input.length) pieces.push(input.subarray(start));
    return pieces;
  }

  /** Whether a skippable frame has begun and not ended; of this the decompressor cannot know. */
  get cut(): boolean {
    return this.#skipping() && this.#left > 0;
  }

  /** What is left when the input ends: the beginning of a header that never came whole. */
  rest(): Buffer {
    return this.#scratch;
  }

  #between(): boolean {
    return this.#state === 'header';
  }

  #skipping(): boolean {
    return this.#state === 'skip';
  }

  /** Reads a frame's header at `at`; returns its length, or undefined if there are too few bytes to know. */
  #header(input: Buffer, at: number): number | undefined {
    const available = input.length - at;
    if (available < 5) return undefined;
    const magic = input.readUInt32LE(at);
    if (magic >>> 4 === SKIPPABLE) {
      if (available < 8) return undefined;
      this.#left = input.readUInt32LE(at + 4);
      this.#state = 'skip';
      return 8;
    }
    if (magic !== MAGIC) {
      this.#state = 'lost';
      return 0;
    }
    const flags = input[at + 4] as number;
    const single = (flags & 0x20) !== 0;
    const dictionary = [0, 1, 2, 4][flags & 3] as number;
    const contentSize = [single ? 1 : 0, 2, 4, 8][flags >> 6] as number;
    const length = 5 + (single ? 0 : 1) + dictionary + contentSize;
    if (available < Math.min(length, LONGEST_HEADER)) return undefined;
    this.#hasChecksum = (flags & 4) !== 0;
    this.#expectBlock();
    return length;
  }

  #expectBlock(): void {
    this.#state = 'block-header';
    this.#left = 3;
    this.#blockHeader = 0;
  }

  #startBlock(): void {
    this.#lastBlock = (this.#blockHeader & 1) !== 0;
    const type = (this.#blockHeader >> 1) & 3;
    // a run-length block stores one byte whatever its size; type 3 is reserved, and the decompressor will say so
    this.#left = type === 1 ? 1 : this.#blockHeader >>> 3;
    this.#state = type === 3 ? 'lost' : 'block';
  }

  #advance(): void {
    if (this.#state === 'block' && !this.#lastBlock) this.#expectBlock();
    else if (this.#state === 'block' && this.#hasChecksum) {
      this.#state = 'checksum';
      this.#left = 4;
    } else this.#state = 'header';
  }
}
