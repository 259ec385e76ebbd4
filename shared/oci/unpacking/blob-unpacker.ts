import { hashFor } from '../digest.ts';
import { packingOf } from '../packing.ts';
import type { Descriptor } from '../types.ts';
import { ZstdFrames } from '../zstd-frames.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import { InflateError, type Inflater, inflaterFor } from './inflater.ts';
import type { Verdict } from './verdict.ts';

/** enough to tell how a layer is packed */
const headBytes = 6;

/**
 * Unpacks one blob that is pushed into it piece by piece, and checks it against its digest and size on the way. Packed bytes are taken to
 * their end whatever happens, since only there it is known whether they are the promised ones: that they are not goes before all else.
 */
export class BlobUnpacker {
  readonly #descriptor: Descriptor;
  readonly #output: ChunkWriter;
  readonly #hash;
  #early: Uint8Array | undefined;
  #engine: Engine | undefined;
  #problem: Verdict | undefined;
  #stopped = false;
  /** packed bytes taken so far */
  packed = 0;

  constructor(descriptor: Descriptor, output: ChunkWriter) {
    this.#descriptor = descriptor;
    this.#output = output;
    this.#hash = hashFor(descriptor.digest);
  }

  /** From here on nothing is unpacked any more; bytes are only checked. */
  stop(): void {
    this.#stopped = true;
  }

  /** Whether more bytes came than there may be: then no more need to be read. */
  get isTooLong(): boolean {
    return this.packed > this.#descriptor.size;
  }

  /** Takes the next packed bytes; their memory is the caller's again when the promise is kept. */
  async push(piece: Uint8Array): Promise<void> {
    this.packed += piece.length;
    if (this.isTooLong) return;
    this.#hash.update(piece);
    let bytes = piece;
    if (this.#engine === undefined) {
      bytes = this.#early === undefined ? piece : Buffer.concat([this.#early, piece]);
      this.#early = bytes.length < headBytes ? Uint8Array.from(bytes) : undefined;
      if (this.#early !== undefined) return;
    }
    await this.#attempt((engine) => engine.push(bytes), bytes);
  }

  /** Says that no more bytes come, hands on what is left, and gives the verdict. */
  async end(): Promise<Verdict> {
    const early = this.#early ?? new Uint8Array(0);
    await this.#attempt(async (engine) => {
      if (early.length > 0) await engine.push(early);
      await engine.end();
      this.#output.flush();
    }, early);
    this.close();
    const { digest, size } = this.#descriptor;
    if (this.packed !== size) return { is: 'other-size', bytes: this.packed };
    const found = `${digest.split(':')[0]}:${this.#hash.digest('hex')}`;
    if (found !== digest) return { is: 'other-digest', digest: found };
    return this.#problem ?? { is: 'sound' };
  }

  /** Frees the engine's memory. */
  close(): void {
    this.#stopped = true;
    this.#engine?.close();
    this.#engine = undefined;
  }

  async #attempt(act: (engine: Engine) => Promise<void>, head: Uint8Array): Promise<void> {
    if (this.#stopped || this.#problem !== undefined || this.isTooLong) return;
    try {
      this.#engine ??= engineFor(head, this.#output);
      await act(this.#engine);
    } catch (error) {
      if (error instanceof UnsupportedPacking) this.#problem = { is: 'unsupported', compression: error.compression };
      else if (!(error instanceof InflateError)) throw error;
      else this.#problem = { is: 'broken', code: error.code };
    }
  }
}

interface Engine {
  push(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
  close(): void;
}

class UnsupportedPacking extends Error {
  readonly compression: string;

  constructor(compression: string) {
    super(compression);
    this.compression = compression;
  }
}

function engineFor(head: Uint8Array, output: ChunkWriter): Engine {
  const packing = packingOf(head);
  switch (packing) {
    case 'none':
      return { push: async (bytes) => output.copy(bytes), end: async () => {}, close: () => {} };
    case 'gzip': {
      const inflater = inflaterFor('gzip');
      return {
        push: (bytes) => inflater.push(bytes, output),
        end: () => inflater.end(output),
        close: () => inflater.close(),
      };
    }
    case 'zstd':
      return frameByFrame(inflaterFor('zstd'), output);
    default:
      throw new UnsupportedPacking(packing.refused);
  }
}

/** zstd stops at a frame's end unless its last byte is the last of what it is given; skippable frames it is not shown. */
function frameByFrame(inflater: Inflater, output: ChunkWriter): Engine {
  const frames = new ZstdFrames();
  let isEmpty = true;
  const push = async (part: Uint8Array): Promise<void> => {
    isEmpty = false;
    await inflater.push(part, output);
  };
  return {
    async push(bytes) {
      for (const part of frames.split(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))) await push(part);
    },
    async end() {
      if (frames.cut) throw new InflateError('a skippable frame is cut', 'Z_BUF_ERROR');
      if (frames.rest().length > 0) await push(frames.rest());
      // skippable frames alone are a sound nothing
      if (!isEmpty) await inflater.end(output);
    },
    close: () => inflater.close(),
  };
}
