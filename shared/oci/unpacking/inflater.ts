import {
  constants,
  createGunzip,
  createInflateRaw,
  createZstdDecompress,
  type Gunzip,
  type InflateRaw,
  type ZstdDecompress,
} from 'node:zlib';
import type { ChunkWriter } from './chunk-writer.ts';
import { GzipMembers, NoGzip } from './gzip-members.ts';

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
  reset(): void;
  onerror: (message: string, errno: number, code: string) => void;
  close(): void;
}

type Engine = Gunzip | InflateRaw | ZstdDecompress;
const nothing = new Uint8Array(0);

/** The quickest inflater that this Node has. */
export function inflaterFor(compression: 'gzip' | 'zstd'): Inflater {
  const inside = insideOf(compression === 'gzip' ? createInflateRaw() : createZstdDecompress());
  if (inside === undefined) return documentedInflater(compression);
  return compression === 'gzip'
    ? new MembersInflater(new SyncEngine(inside, constants.Z_FINISH))
    : new FramesInflater(new SyncEngine(inside, constants.ZSTD_e_end));
}

/** The one that needs nothing but what Node documents. */
export function documentedInflater(compression: 'gzip' | 'zstd'): Inflater {
  return new StreamInflater(compression === 'gzip' ? createGunzip() : createZstdDecompress());
}

interface Inside {
  readonly handle: Handle;
  /** what the last call left: bytes of output, bytes of input */
  readonly state: Uint32Array;
}

function insideOf(engine: Engine): Inside | undefined {
  const { _handle: handle, _writeState: state } = engine as { _handle?: Partial<Handle> | null; _writeState?: unknown };
  const isKnown = [handle?.writeSync, handle?.reset, handle?.close].every((each) => typeof each === 'function');
  return isKnown && state instanceof Uint32Array && state.length === 2
    ? { handle: handle as Handle, state }
    : undefined;
}

/**
 * zlib or zstd on this thread, from the caller's memory into the caller's memory. Measured: node:zlib's streams need a quarter more CPU for a layer, for the
 * trip to another thread with each piece and the new buffer for each chunk.
 */
class SyncEngine {
  readonly #inside: Inside;
  readonly #finish: number;
  #failure: InflateError | undefined;

  constructor(inside: Inside, finish: number) {
    this.#inside = inside;
    this.#finish = finish;
    inside.handle.onerror = (message, _errno, code) => {
      this.#failure = new InflateError(message, code);
    };
  }

  /** Unpacks from `start` on; returns where it stopped: at the piece's end, or where something begins that is not its own. */
  run(piece: Uint8Array, start: number, output: ChunkWriter): number {
    return this.#run(constants.Z_NO_FLUSH, piece, start, output);
  }

  /** Says that nothing more comes. */
  finish(output: ChunkWriter): void {
    this.#run(this.#finish, nothing, 0, output);
  }

  /** Begins anew. */
  reset(): void {
    this.#inside.handle.reset();
  }

  close(): void {
    this.#inside.handle.close();
  }

  #run(flush: number, piece: Uint8Array, start: number, output: ChunkWriter): number {
    const { handle, state } = this.#inside;
    for (let at = start; ; ) {
      const before = piece.length - at;
      const { room } = output;
      handle.writeSync(flush, piece, at, before, output.memory, output.filled, room);
      if (this.#failure !== undefined) throw this.#failure;
      const [roomLeft = 0, left = 0] = state;
      at += before - left;
      output.wrote(room - roomLeft);
      // a full output may hide more, and a stream that has ended leaves what follows it
      const goesOn = roomLeft === 0 || (left > 0 && left < before);
      if (!goesOn) return at;
    }
  }
}

/** Unpacks zstd, frame after frame. */
class FramesInflater implements Inflater {
  readonly #engine: SyncEngine;

  constructor(engine: SyncEngine) {
    this.#engine = engine;
  }

  async push(piece: Uint8Array, output: ChunkWriter): Promise<void> {
    this.#engine.run(piece, 0, output);
  }

  async end(output: ChunkWriter): Promise<void> {
    this.#engine.finish(output);
  }

  close(): void {
    this.#engine.close();
  }
}

/** Unpacks gzip, member after member. */
class MembersInflater implements Inflater {
  readonly #engine: SyncEngine;
  readonly #members = new GzipMembers();
  /** what had been written when the member's data began */
  #before = 0;

  constructor(engine: SyncEngine) {
    this.#engine = engine;
  }

  async push(piece: Uint8Array, output: ChunkWriter): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      if (!this.#members.inData) {
        at = this.#around(piece, at, output.total - this.#before);
        if (this.#members.inData) this.#before = output.total;
        continue;
      }
      at = this.#engine.run(piece, at, output);
      if (at === piece.length) return;
      this.#members.dataEnded();
      this.#engine.reset();
    }
  }

  async end(output: ChunkWriter): Promise<void> {
    if (this.#members.inData) this.#engine.finish(output);
    if (!this.#members.mayEnd) throw new InflateError('the last member is cut', 'Z_BUF_ERROR');
  }

  close(): void {
    this.#engine.close();
  }

  #around(piece: Uint8Array, at: number, made: number): number {
    try {
      return this.#members.take(piece, at, made);
    } catch (error) {
      throw error instanceof NoGzip ? new InflateError(error.message, 'Z_DATA_ERROR') : error;
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
