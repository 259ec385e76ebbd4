import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { TruncatedLayer } from '../errors.ts';
import type { Descriptor, FoundBlob } from '../types.ts';
import { BlobUnpacker } from '../unpacking/blob-unpacker.ts';
import { ChunkWriter } from '../unpacking/chunk-writer.ts';
import { errorOf, isOther, type Verdict } from '../unpacking/verdict.ts';
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
  /** packed bytes from which on another thread unpacks; for tests */
  readonly threadFrom?: number | undefined;
}

/** a thread costs some 30 ms once, unpacking so many bytes here would keep everything else waiting for as long */
const threadFrom = 4 << 20;
const chunkBytes = 1 << 18;

/**
 * Unpacks a layer and hands its bytes on, chunk by chunk: gzip (any number of members), zstd (any number of frames) or a plain tar, told by magic. Large
 * ones are unpacked and hashed in a thread of their own. Packed bytes are read to their end whatever happens, since only there it is known whether they
 * are the promised ones, and that they are not goes before all other errors.
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
  const isLarge = descriptor.size >= (options.threadFrom ?? threadFrom);
  try {
    const verdict = await (isLarge ? unpackInThread : unpackHere)(blob, descriptor, taking, signal);
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

async function unpackHere(
  blob: FoundBlob,
  descriptor: Descriptor,
  { take, keeps, onBytes }: Taking,
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  const writer = new ChunkWriter(new Uint8Array(chunkBytes), (memory, bytes) => {
    if (!take(Buffer.from(memory.buffer, 0, bytes))) unpacker.stop();
    return keeps(memory.buffer) ? new Uint8Array(chunkBytes) : memory;
  });
  const unpacker = new BlobUnpacker(descriptor, writer);
  const stream = streamOf(blob);
  const abort = (): void => void stream.destroy(asError(signal?.reason));
  signal?.addEventListener('abort', abort);
  try {
    signal?.throwIfAborted();
    for await (const piece of stream as AsyncIterable<Buffer>) {
      onBytes(piece.length);
      await unpacker.push(piece);
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

function streamOf(blob: FoundBlob): Readable {
  if (!('file' in blob)) return blob;
  const { file, offset, bytes } = blob;
  if (bytes === 0) return Readable.from([]);
  return createReadStream(file, { start: offset, end: offset + bytes - 1, highWaterMark: chunkBytes });
}

const isClosedEarly = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('reading was stopped', { cause: reason });
}
