import { BadTar, TarLimit } from './errors.ts';
import { isMapInside } from './pax.ts';
import { gnuPieces, SparseContent, type SparseForm } from './sparse-content.ts';
import { extension, TarExtensions } from './tar-extensions.ts';
import { BLOCK, blockSum, isHeaderOnly, kindOf, number, parseHeader, type RawHeader, wordsOf } from './tar-header.ts';
import type { TarEntry, TarHandler, TarLimits, TarSink } from './tar-types.ts';

const GNU_SPARSE = 0x53; // 'S'
const mostMapNumbers = 1 << 17;

type State = 'header' | 'meta' | 'sparse-map' | 'content' | 'one-zero-block' | 'ended';

/**
 * Reads a tar archive that is pushed into it, chunk by chunk, in one pass and bounded memory.
 *
 *   const reader = new TarReader({ entry: (entry) => (wanted(entry) ? sink(entry) : undefined) }, limits);
 *   for await (const chunk of unpacked) reader.write(chunk);
 *   reader.end();
 *
 * Everything is synchronous: `write` returns when the chunk is used up, so back pressure is the caller's loop, and
 * there is no stream, promise or buffer per entry. Chunks may be cut anywhere.
 *
 * It reads what container runtimes read (Go's archive/tar), and where formats leave a choice it chooses as they do,
 * because an archive that means one thing to the scanner and another to the runtime is how things are hidden: two zero
 * blocks end the archive and what follows is ignored (`trailingBytes`), global pax headers change nothing, links and
 * directories have no content whatever their size field says, GNU long names win over pax ones, sparse files have zeros in
 * their holes.
 *
 * Throws (from `write` and `end`) `BadTar` for what is no tar (checksum, negative or absurd size, broken numbers and
 * pax records, cut short) and `TarLimit` when a limit is crossed; after an error the reader must not be used again.
 */
export class TarReader {
  /** entries handed to the handler so far */
  entries = 0;
  /** bytes after the end-of-archive mark */
  trailingBytes = 0;
  /** true when something other than zeros follows the end-of-archive mark */
  trailingData = false;

  readonly #handler: TarHandler;
  readonly #maxEntries: number;
  readonly #maxHeaderBytes: number;
  readonly #maxPathBytes: number;

  #state: State = 'header';
  /** bytes of the archive before the chunk in hand */
  #base = 0;
  #headers = 0;
  readonly #blockWords = new Int32Array(BLOCK / 4);
  readonly #block = Buffer.from(this.#blockWords.buffer);
  #blockFill = 0;
  /** of the chunk in hand */
  #words: Int32Array | undefined;

  #remaining = 0;
  #padding = 0;
  #sink: TarSink | undefined;

  #meta: Buffer = Buffer.alloc(0);
  #metaFill = 0;
  #metaType = 0;
  readonly #extensions = new TarExtensions();
  /** bytes of holes that may still be filled */
  #holes: number;
  /** an entry in GNU tar's old form of sparse files, whose map goes on in the next block */
  #sparse: { readonly header: RawHeader; readonly size: number; readonly map: number[] } | undefined;

  constructor(handler: TarHandler, limits: TarLimits = {}) {
    this.#handler = handler;
    this.#maxEntries = limits.maxEntries ?? 10_000_000;
    this.#maxHeaderBytes = limits.maxHeaderBytes ?? 1 << 20;
    this.#maxPathBytes = limits.maxPathBytes ?? 1 << 16;
    this.#holes = limits.maxHoleBytes ?? 1 << 29;
  }

  /** Takes the next bytes of the uncompressed archive. */
  write(chunk: Buffer): void {
    let at = 0;
    const { length } = chunk;
    this.#words = wordsOf(chunk);
    while (at < length) {
      switch (this.#state) {
        case 'content':
          at = this.#content(chunk, at);
          break;
        case 'meta':
          at = this.#collect(chunk, at);
          break;
        case 'ended':
          this.#trail(chunk, at);
          at = length;
          break;
        default:
          at = this.#blocks(chunk, at);
      }
    }
    this.#base += length;
    this.#words = undefined;
  }

  /** How many of the next bytes nobody will look at; a caller that can seek may leave them out and say so by `skip`. */
  get skippable(): number {
    return this.#state === 'content' && this.#sink === undefined ? this.#remaining + this.#padding : 0;
  }

  /** Goes past `bytes` bytes without being given them. Throws RangeError for more than `skippable`. */
  skip(bytes: number): void {
    if (bytes < 0 || bytes > this.skippable) throw new RangeError(`${bytes} bytes are not skippable`);
    const content = Math.min(bytes, this.#remaining);
    this.#remaining -= content;
    this.#padding -= bytes - content;
    this.#base += bytes;
    if (this.#state === 'content' && this.#remaining === 0 && this.#padding === 0) this.#state = 'header';
  }

  /** Says that no more bytes come; throws `BadTar` if the archive was cut inside an entry. */
  end(): void {
    const cut =
      this.#blockFill > 0 ||
      this.#state === 'meta' ||
      this.#state === 'sparse-map' ||
      // the padding after the very last content may be missing: its bytes say nothing, and Go reads such archives too
      (this.#state === 'content' && this.#remaining > 0) ||
      this.#extensions.waiting;
    if (cut) throw new BadTar(this.#base, 'the archive ends in the middle of an entry');
  }

  #blocks(chunk: Buffer, at: number): number {
    if (this.#blockFill === 0 && chunk.length - at >= BLOCK && this.#words !== undefined && at % 4 === 0) {
      this.#take(chunk, this.#words, at, this.#base + at);
      return at + BLOCK;
    }
    const take = Math.min(BLOCK - this.#blockFill, chunk.length - at);
    chunk.copy(this.#block, this.#blockFill, at, at + take);
    this.#blockFill += take;
    if (this.#blockFill === BLOCK) {
      this.#blockFill = 0;
      this.#take(this.#block, this.#blockWords, 0, this.#base + at + take - BLOCK);
    }
    return at + take;
  }

  /** A whole block that is no content; `offset` is where it stands in the archive. */
  #take(block: Buffer, words: Int32Array, at: number, offset: number): void {
    if (this.#state === 'sparse-map') {
      this.#sparsePieces(gnuPieces(block, at, 21, offset), offset);
      if (block[at + 504] === 0) this.#finishSparse(offset + BLOCK);
      return;
    }
    const sum = blockSum(words, at);
    if (sum === 0) {
      this.#state = this.#state === 'one-zero-block' ? 'ended' : 'one-zero-block';
      return;
    }
    if (this.#state === 'one-zero-block') throw new BadTar(offset, 'a lone zero block stands before another header');
    if (++this.#headers > this.#maxEntries) throw new TarLimit(offset, 'entries', this.#maxEntries);
    const header = parseHeader(block, at, sum, offset);
    if (header.size < 0) throw new BadTar(offset, 'an entry has a negative size');
    switch (header.type) {
      case extension.PAX:
      case extension.GLOBAL_PAX:
      case extension.LONG_NAME:
      case extension.LONG_LINK:
        this.#startMeta(header, offset);
        return;
      case GNU_SPARSE:
        this.#startSparse(header, block, at, offset);
        return;
      default:
        this.#entry(header, offset + BLOCK);
    }
  }

  #startMeta(header: RawHeader, offset: number): void {
    if (header.size > this.#maxHeaderBytes)
      throw new TarLimit(offset, 'bytes of a pax or long name', this.#maxHeaderBytes);
    this.#metaType = header.type;
    this.#metaFill = 0;
    this.#remaining = header.size;
    this.#padding = -header.size & (BLOCK - 1);
    if (this.#meta.length < header.size) this.#meta = Buffer.allocUnsafe(Math.max(header.size, 4096));
    this.#state = 'meta';
    if (header.size === 0) this.#finishMeta(offset);
  }

  #collect(chunk: Buffer, at: number): number {
    const take = Math.min(this.#remaining, chunk.length - at);
    if (take > 0) {
      chunk.copy(this.#meta, this.#metaFill, at, at + take);
      this.#metaFill += take;
      this.#remaining -= take;
    }
    const pad = Math.min(this.#padding, chunk.length - at - take);
    if (this.#remaining === 0) this.#padding -= pad;
    if (this.#remaining === 0 && this.#padding === 0) this.#finishMeta(this.#base + at);
    return at + take + pad;
  }

  #finishMeta(offset: number): void {
    this.#state = 'header';
    this.#extensions.take(this.#metaType, this.#meta.subarray(0, this.#metaFill), offset);
  }

  #startSparse(header: RawHeader, block: Buffer, at: number, offset: number): void {
    if (!header.gnu) throw new BadTar(offset, 'a GNU sparse entry stands in an archive that is not GNU tar');
    const size = number(block, at + 483, 12, 'sparse size', offset);
    if (size < 0) throw new BadTar(offset, 'a sparse entry has a negative size');
    this.#sparse = { header, size, map: gnuPieces(block, at + 386, 4, offset) };
    if (block[at + 482] === 0) this.#finishSparse(offset + BLOCK);
    else this.#state = 'sparse-map';
  }

  #sparsePieces(pieces: readonly number[], offset: number): void {
    const map = this.#sparse?.map ?? [];
    map.push(...pieces);
    if (map.length > mostMapNumbers) throw new TarLimit(offset, 'numbers of a sparse map', mostMapNumbers);
  }

  #finishSparse(dataOffset: number): void {
    const sparse = this.#sparse;
    this.#sparse = undefined;
    this.#state = 'header';
    if (sparse !== undefined) this.#entry(sparse.header, dataOffset, sparse);
  }

  #entry(raw: RawHeader, dataOffset: number, gnu?: SparseForm): void {
    const header = this.#extensions.applyTo(raw);
    const { linkTarget, size, mode, uid, gid, mtime, xattrs } = header;
    const stored = isHeaderOnly(header.type) ? 0 : size;
    const kind = kindOf(header.type, header.path);
    const pax = kind === 'file' ? header.sparse : undefined;
    const sparse = pax === undefined ? gnu : { size: pax.size ?? size, map: isMapInside(pax) ? undefined : pax.map };
    const path = pax?.name ?? header.path;
    if (path.length > this.#maxPathBytes || linkTarget.length > this.#maxPathBytes) {
      throw new TarLimit(dataOffset, 'bytes of a name', this.#maxPathBytes);
    }
    this.entries++;
    const entry: { -readonly [K in keyof TarEntry]: TarEntry[K] } = {
      path,
      kind,
      size: kind === 'file' ? (sparse?.size ?? stored) : 0,
      mode,
      uid,
      gid,
      mtime,
      linkTarget: kind === 'symlink' || kind === 'hardlink' ? linkTarget : '',
      dataOffset,
    };
    if (xattrs !== undefined) entry.xattrs = xattrs;
    if (sparse !== undefined) entry.sparse = sparse.size - stored > this.#holes ? 'left-out' : 'filled';
    const sink = this.#handler.entry(entry);
    this.#sink = kind !== 'file' ? undefined : sparse === undefined ? sink : this.#filled(sink, entry, sparse, stored);
    if (stored === 0) {
      this.#state = 'header';
      const empty = this.#sink;
      this.#sink = undefined;
      empty?.end();
      return;
    }
    this.#remaining = stored;
    this.#padding = (BLOCK - (stored % BLOCK)) % BLOCK;
    this.#state = 'content';
  }

  #filled(
    sink: TarSink | undefined,
    { sparse: kind, dataOffset: offset }: TarEntry,
    form: SparseForm,
    stored: number,
  ): TarSink | undefined {
    if (sink === undefined || kind !== 'filled') return undefined;
    this.#holes -= Math.max(0, form.size - stored);
    return new SparseContent(sink, form, stored, offset);
  }

  #content(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#remaining > 0) {
      const take = Math.min(this.#remaining, chunk.length - at);
      this.#remaining -= take;
      const sink = this.#sink;
      if (sink !== undefined) sink.data(take === chunk.length ? chunk : chunk.subarray(at, at + take));
      at += take;
      if (this.#remaining > 0) return at;
      this.#sink = undefined;
      sink?.end();
    }
    const pad = Math.min(this.#padding, chunk.length - at);
    this.#padding -= pad;
    if (this.#padding === 0) this.#state = 'header';
    return at + pad;
  }

  #trail(chunk: Buffer, at: number): void {
    this.trailingBytes += chunk.length - at;
    if (this.trailingData) return;
    for (let i = at; i < chunk.length; i++) {
      if (chunk[i] !== 0) {
        this.trailingData = true;
        return;
      }
    }
  }
}
