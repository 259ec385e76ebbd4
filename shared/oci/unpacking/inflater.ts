import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import type { ChunkWriter } from './chunk-writer.ts';

/** Unpacks a compressed stream that is pushed into it; what comes out is written where it is told. */
export interface Inflater {
  /** Takes the next packed bytes, which are its own until the promise is kept. Rejects with `InflateError`. */
  push(piece: Uint8Array, output: ChunkWriter): Promise<void>;
  /** Says that no more bytes come. Rejects with `InflateError`, of code Z_BUF_ERROR if the stream is cut. */
  end(output: ChunkWriter): Promise<void>;
  close(): void;
}

/** zlib's or zstd's word on data that it cannot unpack. */
export class InflateError extends Error {
  override readonly name = 'InflateError';
  /** Z_DATA_ERROR, Z_BUF_ERROR (cut), ZSTD_error_… */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The part of node:zlib that its own synchronous functions stand on (Node 10 to 24, `processChunkSync`). It is not documented, so its shape
 * is looked at before it is used.
 */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputBytes: number,
    output: Uint8Array,
    outputAt: number,
    outputBytes: number,
  ): void;
  onerror: (message: string, errno: number, code: string) => void;
  close(): void;
}

type Engine = Gunzip | ZstdDecompress;
const nothing = new Uint8Array(0);

const engineOf = (compression: 'gzip' | 'zstd'): Engine =>
  compression === 'gzip' ? createGunzip() : createZstdDecompress();
const finishOf = (compression: 'gzip' | 'zstd'): number =>
  compression === 'gzip' ? constants.Z_FINISH : constants.ZSTD_e_end;

/** The quickest inflater that this Node has. */
export function inflaterFor(compression: 'gzip' | 'zstd'): Inflater {
  const engine = engineOf(compression);
  const inside = insideOf(engine);
  return inside === undefined
    ? new StreamInflater(engine)
    : new HandleInflater(inside.handle, inside.state, finishOf(compression));
}

/** The one that needs nothing but what Node documents. */
export function documentedInflater(compression: 'gzip' | 'zstd'): Inflater {
  return new StreamInflater(engineOf(compression));
}

function insideOf(engine: Engine): { readonly handle: Handle; readonly state: Uint32Array } | undefined {
  const { _handle: handle, _writeState: state } = engine as { _handle?: Partial<Handle> | null; _writeState?: unknown };
  if (typeof handle?.writeSync !== 'function' || typeof handle.close !== 'function') return undefined;
  return state instanceof Uint32Array && state.length === 2 ? { handle: handle as Handle, state } : undefined;
}

/**
 * Unpacks on this thread, from the caller's memory into the caller's memory. Measured: node:zlib's streams need a quarter more CPU for a
 * layer, for the trip to another thread with each piece and the new buffer for each chunk.
 */
class HandleInflater implements Inflater {
  readonly #handle: Handle;
  /** what the last call left: bytes of output, bytes of input */
  readonly #state: Uint32Array;
  readonly #finish: number;
  #failure: InflateError | undefined;

  constructor(handle: Handle, state: Uint32Array, finish: number) {
    this.#handle = handle;
    this.#state = state;
    this.#finish = finish;
    handle.onerror = (message, _errno, code) => {
      this.#failure = new InflateError(message, code);
    };
  }

  async push(piece: Uint8Array, output: ChunkWriter): Promise<void> {
    this.#run(constants.Z_NO_FLUSH, piece, output);
  }

  async end(output: ChunkWriter): Promise<void> {
    this.#run(this.#finish, nothing, output);
  }

  close(): void {
    this.#handle.close();
  }

  #run(flush: number, piece: Uint8Array, output: ChunkWriter): void {
    let at = 0;
    for (;;) {
      const before = piece.length - at;
      const { room } = output;
      this.#handle.writeSync(flush, piece, at, before, output.memory, output.filled, room);
      if (this.#failure !== undefined) throw this.#failure;
      const [roomLeft = 0, left = 0] = this.#state;
      at += before - left;
      output.wrote(room - roomLeft);
      // a full output may hide more; a frame that has ended leaves the next one; padding after the last is left by all
      const goesOn = roomLeft === 0 || (left > 0 && left < before);
      if (!goesOn) return;
    }
  }
}

/** Unpacks with a stream of node:zlib. */
class StreamInflater implements Inflater {
  readonly #engine: Engine;
  #output: ChunkWriter | undefined;
  #failure: Error | undefined;
  #settle: (() => void) | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.on('data', (chunk: Buffer) => this.#output?.copy(chunk));
    engine.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure = error.code === undefined ? error : new InflateError(error.message, error.code);
      this.#settle?.();
    });
  }

  push(piece: Uint8Array, output: ChunkWriter): Promise<void> {
    return this.#until(output, (settle) => this.#engine.write(piece, () => settle()));
  }

  end(output: ChunkWriter): Promise<void> {
    return this.#until(output, (settle) => {
      if (this.#engine.readableEnded) settle();
      this.#engine.on('end', settle);
      this.#engine.end();
    });
  }

  close(): void {
    this.#engine.destroy();
  }

  async #until(output: ChunkWriter, act: (settle: () => void) => void): Promise<void> {
    this.#output = output;
    if (this.#failure === undefined && !this.#engine.destroyed) {
      await new Promise<void>((resolve) => {
        this.#settle = resolve;
        act(resolve);
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}
