import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { CorruptLayer, compressionOf, TruncatedLayer, ZstdFrames } from '#shared/oci';

/** Who gets the bytes of a layer. */
export interface UnpackOptions {
  /** names the layer in messages */
  readonly about: string;
  /** takes the unpacked bytes in order; what it throws ends the unpacking and is thrown */
  readonly take: (chunk: Buffer) => void;
  /** whether views into a chunk's memory are still in use; asked after `take`, and again later as long as it is true */
  readonly keeps?: ((memory: ArrayBufferLike) => boolean) | undefined;
  /** told of packed bytes as they come */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

// measured: 16 KiB (the default) inflates 205 MB/s, 1 MiB 574
const chunkBytes = 1 << 20;
/** each packed piece is a trip to another thread: 64 KiB pieces cost a fifth of the whole time */
const pieceBytes = 1 << 18;
/** unpacked bytes that may wait while the next ones are being unpacked on another thread */
const mostWaiting = 4 * chunkBytes;
/** enough to tell how the layer is packed */
const headBytes = 6;

/**
 * Unpacks a layer and hands its bytes on, chunk by chunk. Packed bytes are read to their end whatever happens, since only there their
 * source knows whether they are the promised ones; its error (DigestMismatch ...) goes before all others. Throws TruncatedLayer, CorruptLayer,
 * UnsupportedCompression, the source's error, `take`'s, and the signal's reason.
 */
export function unpackLayer(packed: Readable, options: UnpackOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const unpacking = new Unpacking(packed, options, resolve, reject);
    unpacking.start();
  });
}

/** Where unpacked bytes come from: fed piece by piece. */
interface Engine {
  /** false: wait for `onRoom` */
  write(piece: Buffer): boolean;
  end(): void;
  stop(): void;
}

interface EngineEvents {
  chunk(chunk: Buffer): void;
  keeps(memory: ArrayBufferLike): boolean;
  room(): void;
  done(): void;
  failed(error: unknown): void;
}

class Unpacking {
  readonly #packed: Readable;
  readonly #options: UnpackOptions;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #engine: Engine | undefined;
  /** set when nothing more is to be unpacked: at its end, or by a failure */
  #finished = false;
  #failure: { readonly error: unknown } | undefined;
  #packedEnded = false;

  constructor(packed: Readable, options: UnpackOptions, resolve: () => void, reject: (error: unknown) => void) {
    this.#packed = packed;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { signal } = this.#options;
    const abort = (): void => {
      this.#packed.destroy(asError(signal?.reason));
    };
    const settle = (): void => {
      signal?.removeEventListener('abort', abort);
      this.#engine?.stop();
    };
    this.#packed.on('error', (error) => {
      settle();
      this.#reject(error);
    });
    this.#packed.on('close', () => {
      // a stream closes right after its end, while the last pieces are still being unpacked
      if (this.#packedEnded) return;
      settle();
      // a stream that is destroyed without an error ends nothing
      if (!this.#packedEnded)
        this.#reject(new TruncatedLayer(this.#options.about, 'its bytes stopped coming', 'Try again.'));
    });
    this.#packed.on('data', (chunk: Buffer) => this.#fed(chunk));
    this.#packed.on('end', () => this.#ended());
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
  }

  #fed(chunk: Buffer): void {
    this.#options.onBytes?.(chunk.length);
    if (this.#finished) return;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= pieceBytes) this.#pass();
  }

  #ended(): void {
    this.#packedEnded = true;
    if (this.#finished) {
      this.#settle();
      return;
    }
    this.#pass();
    this.#engine?.end();
  }

  /** Gives what is held to the engine, which the first bytes choose. */
  #pass(): void {
    const [first = Buffer.alloc(0)] = this.#held;
    const piece = this.#held.length === 1 ? first : Buffer.concat(this.#held, this.#heldBytes);
    if (this.#engine === undefined && piece.length < headBytes && !this.#packedEnded) return;
    this.#held = [];
    this.#heldBytes = 0;
    try {
      this.#engine ??= this.#choose(piece);
    } catch (error) {
      this.#finish({ error });
      return;
    }
    if (piece.length > 0 && !this.#engine.write(piece)) this.#packed.pause();
  }

  #choose(head: Buffer): Engine {
    const events: EngineEvents = {
      chunk: (chunk) => this.#take(chunk),
      keeps: (memory) => this.#options.keeps?.(memory) ?? false,
      room: () => this.#packed.resume(),
      done: () => this.#finish(),
      failed: (error) => this.#finish({ error }),
    };
    const { about } = this.#options;
    switch (compressionOf(head, about)) {
      case 'gzip':
        return new Pump(createGunzip({ chunkSize: chunkBytes }), about, events);
      case 'zstd':
        return zstd(about, events);
      default:
        return plain(events);
    }
  }

  #take(chunk: Buffer): void {
    if (this.#finished) return;
    try {
      this.#options.take(chunk);
    } catch (error) {
      this.#finish({ error });
    }
  }

  #finish(failure?: { readonly error: unknown }): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#failure = failure;
    this.#held = [];
    this.#engine?.stop();
    if (this.#packedEnded) this.#settle();
    else this.#packed.resume();
  }

  #settle(): void {
    if (this.#failure === undefined) this.#resolve();
    else this.#reject(this.#failure.error);
  }
}

/**
 * An engine of node:zlib, by events: iterating over the stream would join its chunks into ever new buffers, whose garbage cost more than
 * the hashing. A chunk is handed on only after the next one is on its way through another thread.
 */
class Pump implements Engine {
  readonly #engine: Gunzip | ZstdDecompress;
  readonly #events: EngineEvents;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** full output buffers that somebody still looks at */
  #kept: ArrayBuffer[] = [];
  #scheduled = false;
  #ended = false;
  #stopped = false;

  constructor(engine: Gunzip | ZstdDecompress, about: string, events: EngineEvents) {
    this.#events = events;
    this.#engine = engine;
    this.#engine.on('data', (chunk: Buffer) => this.#came(chunk));
    this.#engine.on('drain', () => events.room());
    this.#engine.on('end', () => {
      this.#ended = true;
      this.#schedule();
    });
    this.#engine.on('error', (error) => {
      if (!this.#stopped) events.failed(named(error, about));
    });
  }

  write(piece: Buffer): boolean {
    // after the last member there may be padding, which nobody unpacks
    if (this.#engine.destroyed || this.#engine.readableEnded) return true;
    return this.#engine.write(piece);
  }

  end(): void {
    this.#engine.end();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    this.#engine.destroy();
  }

  #came(chunk: Buffer): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= mostWaiting) this.#engine.pause();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#hand());
  }

  #hand(): void {
    this.#scheduled = false;
    const chunks = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const chunk of chunks) {
      if (!this.#stopped) this.#events.chunk(chunk);
      this.#letGo(chunk);
    }
    if (this.#stopped) return;
    if (this.#ended && this.#waiting.length === 0) this.#events.done();
    else this.#engine.resume();
  }

  /**
   * Frees an output buffer as soon as its last bytes were looked at (then zlib has begun the next one). Left to the collector, two gigabytes
   * of them make it mark the whole heap some eighty times.
   */
  #letGo({ buffer, byteOffset, length }: Buffer): void {
    const isFull = byteOffset + length === chunkBytes && buffer.byteLength === chunkBytes;
    if (buffer instanceof ArrayBuffer && isFull) this.#kept.push(buffer);
    this.#kept = this.#kept.filter((memory) => {
      if (!this.#stopped && this.#events.keeps(memory)) return true;
      memory.transfer(0);
      return false;
    });
  }
}

function plain(events: EngineEvents): Engine {
  const write = (piece: Buffer): boolean => {
    events.chunk(piece);
    return true;
  };
  return { write, end: events.done, stop: () => {} };
}

/** zstd frame by frame: the engine stops at a frame's end unless its last byte is the last of what it is given. */
function zstd(about: string, events: EngineEvents): Engine {
  const pump = new Pump(createZstdDecompress({ chunkSize: chunkBytes }), about, events);
  const frames = new ZstdFrames();
  let isEmpty = true;
  return {
    write(piece) {
      let hasRoom = true;
      for (const part of frames.split(piece)) {
        isEmpty = false;
        hasRoom = pump.write(part);
      }
      return hasRoom;
    },
    end() {
      const rest = frames.rest();
      if (frames.cut) events.failed(truncated(about));
      else if (isEmpty && rest.length === 0) events.done();
      else {
        if (rest.length > 0) pump.write(rest);
        pump.end();
      }
    },
    stop: () => pump.stop(),
  };
}

function truncated(about: string, cause?: unknown): TruncatedLayer {
  return new TruncatedLayer(about, 'its compressed data ends too early', 'Push the image again.', { cause });
}

function named(error: Error & { readonly code?: string }, about: string): Error {
  const { code = '' } = error;
  if (code === 'Z_BUF_ERROR') {
    return truncated(about, error);
  }
  if (!code.startsWith('Z_') && !code.startsWith('ZSTD_')) return error;
  return new CorruptLayer(about, `its compressed data is broken (${code})`, 'Push the image again.', { cause: error });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('reading was stopped', { cause: reason });
}
