import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TruncatedLayer } from '../errors.ts';
import type { Descriptor, FoundBlob } from '../types.ts';
import { BlobUnpacker } from '../unpacking/blob-unpacker.ts';
import { ChunkWriter } from '../unpacking/chunk-writer.ts';
import { KeptMemory } from '../unpacking/kept-memory.ts';
import { errorOf, isOther, type Verdict } from '../unpacking/verdict.ts';
import { piecesOfFile } from './file-pieces.ts';
import { StreamClosed, type Taking, unpackInThread } from './unpacking-threads.ts';

/** Who gets the bytes of a layer. */
export interface UnpackOptions {
  /** the blob that is promised */
  readonly descriptor: Descriptor;
  /** where its bytes come from, for messages */
  readonly source: string;
  /** takes the unpacked bytes in order; what it throws ends the unpacking and is thrown */
  readonly take: (chunk: Buffer) => void;
  /** whether views into a chunk's memory are still in use; asked after `take`, and again later as long as it is true */
  readonly keeps?: ((memory: ArrayBufferLike) => boolean) | undefined;
  /** told of packed bytes as they come */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** how many layers that are unpacked at the same time were begun before this one, and have the cores; none if nobody says */
  readonly besides?: number | undefined;
  /** packed bytes from which on another thread unpacks; for tests */
  readonly threadFrom?: number | undefined;
}

/** a thread costs some 30 ms once, unpacking so many bytes here would keep everything else waiting for as long */
const threadFrom = 4 << 20;
/**
 * Threads for files: one for each core that this thread leaves, since more take the cores from each other. Measured on two, five zstd layers: a second thread takes 4 % more
 * CPU than unpacking the smaller layers here, and 30 MB more memory.
 */
const mostThreads = Math.max(1, availableParallelism() - 1);
const chunkBytes = 1 << 18;

/**
 * Unpacks a layer and hands its bytes on, chunk by chunk: gzip (any number of members), zstd (any number of frames) or a plain tar, told by magic. Large
 * ones are unpacked and hashed in a thread of their own, from a file as long as there is a core for it. Packed bytes are read to their end whatever
 * happens, since only there it is known whether they are the promised ones, and that they are not goes before all other errors.
 *
 * Throws DigestMismatch, SizeMismatch, TruncatedLayer, CorruptLayer, UnsupportedCompression, the stream's error, `take`'s, and the signal's reason.
 */
export async function unpackLayer(blob: FoundBlob, options: UnpackOptions): Promise<void> {
  const { descriptor, source, signal } = options;
  let failure: { readonly error: unknown } | undefined;
  const taking: Taking = {
    take(chunk) {
      try {
        options.take(chunk);
        return true;
      } catch (error) {
        failure = { error };
        return false;
      }
    },
    keeps: (memory) => failure === undefined && options.keeps?.(memory) === true,
    onBytes: options.onBytes ?? (() => {}),
  };
  const unpack = isForThread(blob, options) ? unpackInThread : unpackHere;
  try {
    const verdict = await unpack(blob, descriptor, taking, signal);
    const error = errorOf(verdict, descriptor, source);
    // bytes that are not the promised ones go before what was made of them; a failure to take them before that they are broken
    if (error !== undefined && (isOther(verdict) || failure === undefined)) throw error;
    if (failure !== undefined) throw failure.error;
  } catch (error) {
    if (!(error instanceof StreamClosed)) throw error;
    throw new TruncatedLayer(descriptor.digest, 'its bytes stopped coming', 'Try again.');
  } finally {
    if (!('file' in blob)) blob.destroy();
  }
}

/** A stream's bytes pass through this thread anyway, which then has enough to do: unpacking a second layer from a registry here takes 5 % longer. */
function isForThread(blob: FoundBlob, { descriptor, besides = 0, ...options }: UnpackOptions): boolean {
  const isLarge = descriptor.size >= (options.threadFrom ?? threadFrom);
  return isLarge && (besides < mostThreads || !('file' in blob));
}

async function unpackHere(
  blob: FoundBlob,
  descriptor: Descriptor,
  { take, keeps, onBytes }: Taking,
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  const kept = new KeptMemory(keeps);
  const free: ArrayBuffer[] = [];
  const memory = (): Uint8Array<ArrayBuffer> => new Uint8Array(free.pop() ?? new ArrayBuffer(chunkBytes));
  const writer = new ChunkWriter(memory(), ({ buffer }, bytes) => {
    if (!take(Buffer.from(buffer, 0, bytes))) unpacker.stop();
    free.push(...kept.take(buffer));
    return memory();
  });
  const unpacker = new BlobUnpacker(descriptor, writer);
  const stream = 'file' in blob ? undefined : blob;
  const abort = (): void => void stream?.destroy(asError(signal?.reason));
  signal?.addEventListener('abort', abort);
  try {
    signal?.throwIfAborted();
    // one byte more than promised shows that the file is too long
    const pieces = 'file' in blob ? inTurns(piecesOfFile(blob, descriptor.size + 1), signal) : blob;
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      onBytes(piece.length);
      await unpacker.push(piece);
      stream?.release?.(piece);
      if (unpacker.isTooLong) break;
    }
    return await unpacker.end();
  } catch (error) {
    throw isClosedEarly(error) ? new StreamClosed() : error;
  } finally {
    unpacker.close();
    signal?.removeEventListener('abort', abort);
  }
}

/** Lets everything else have its turn after each piece. Throws the signal's reason. */
async function* inTurns(pieces: Iterable<Buffer>, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    signal?.throwIfAborted();
    yield piece;
    await nextTurn();
  }
}

const isClosedEarly = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('reading was stopped', { cause: reason });
}
