import { Readable } from 'node:stream';
import { type Descriptor, TarLimit, TarReader, unpackedLayer } from '#shared/oci';
import { LayerLimit } from './errors.ts';
import { extractorsVersionOf } from './extractors-version.ts';
import type { LayerFacts } from './layer-facts.ts';
import { LayerRecorder } from './layer-recorder.ts';
import { defaultLimits, type ReadLimits } from './limits.ts';

/** What reading one layer can be told. */
export interface ReadLayerOptions {
  readonly signal?: AbortSignal;
  /** compressed bytes that came since the last call */
  readonly onBytes?: (bytes: number) => void;
}

/** a ratio says nothing of small layers: a megabyte of zeros is no bomb */
const ratioFrom = 256 * 2 ** 20;

/**
 * Reads one layer in one pass: `blob` gives its packed bytes and fails at its end unless they are what `descriptor` promises, so nothing is
 * believed before. A layer that crosses a limit is read to the end of its packed bytes all the same, and its facts are partial.
 *
 * Throws what the blob's stream fails with (DigestMismatch, SizeMismatch ...), what a broken layer makes (TruncatedLayer, CorruptLayer,
 * UnsupportedCompression, BadTar: no runtime could unpack it), and the signal's reason.
 */
export async function readLayer(
  blob: Readable,
  descriptor: Descriptor,
  limits: Partial<ReadLimits> = {},
  options: ReadLayerOptions = {},
): Promise<LayerFacts> {
  const bounds = { ...defaultLimits, ...limits };
  const recorder = new LayerRecorder(descriptor.digest, bounds);
  const packed = new PackedBytes(blob, options);
  let unpackedSize = 0;
  try {
    const reader = new TarReader(recorder, { maxEntries: bounds.maxEntries + 1 });
    const { stream } = await unpackedLayer(packed.stream(), descriptor.digest);
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        options.signal?.throwIfAborted();
        unpackedSize += chunk.length;
        checkSize(unpackedSize, descriptor, bounds);
        reader.write(chunk);
      }
      reader.end();
    } catch (error) {
      const limit = asLimit(error, descriptor);
      if (limit === undefined) throw error;
      recorder.cut(limit);
    } finally {
      stream.destroy();
    }
    await packed.drain();
  } finally {
    blob.destroy();
  }
  return recorder.facts({
    blob: descriptor.digest,
    size: descriptor.size,
    unpackedSize,
    extractors: extractorsVersionOf(bounds),
  });
}

function checkSize(unpacked: number, { digest, size }: Descriptor, { maxUnpackedBytes, maxRatio }: ReadLimits): void {
  if (unpacked > maxUnpackedBytes) throw new LayerLimit(digest, 'maxUnpackedBytes', maxUnpackedBytes, 'unpacked bytes');
  if (unpacked > ratioFrom && unpacked > size * maxRatio) {
    throw new LayerLimit(digest, 'maxRatio', maxRatio, 'unpacked bytes for each packed one');
  }
}

function asLimit(error: unknown, { digest }: Descriptor): LayerLimit | undefined {
  if (error instanceof LayerLimit) return error;
  return error instanceof TarLimit ? new LayerLimit(digest, error.limit, 0, 'as its tar headers have it') : undefined;
}

/** zlib gets its input in pieces of at least this size: each piece is a trip to another thread */
const pieceBytes = 1 << 19;

/** Feeds the packed bytes to whoever unpacks them, and can go on to their end when nobody unpacks them any more. */
class PackedBytes {
  readonly #iterator: AsyncIterator<Buffer>;
  readonly #options: ReadLayerOptions;
  #ended = false;
  #stream: Readable | undefined;

  constructor(blob: Readable, options: ReadLayerOptions) {
    this.#iterator = blob[Symbol.asyncIterator]();
    this.#options = options;
  }

  stream(): Readable {
    this.#stream = Readable.from(this.#pieces(), { objectMode: false, highWaterMark: 2 * pieceBytes });
    return this.#stream;
  }

  /** Reads what is left: the digest of the blob is only known at its end. */
  async drain(): Promise<void> {
    this.#stream?.destroy();
    while (!this.#ended) await this.#next();
  }

  async *#pieces(): AsyncGenerator<Buffer, void, undefined> {
    let held: Buffer[] = [];
    let size = 0;
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) {
      held.push(chunk);
      size += chunk.length;
      if (size < pieceBytes) continue;
      yield held.length === 1 ? chunk : Buffer.concat(held, size);
      held = [];
      size = 0;
    }
    if (size > 0) yield Buffer.concat(held, size);
  }

  async #next(): Promise<Buffer | undefined> {
    this.#options.signal?.throwIfAborted();
    const { done, value } = await this.#iterator.next();
    if (done === true) {
      this.#ended = true;
      return undefined;
    }
    this.#options.onBytes?.(value.length);
    return value;
  }
}
