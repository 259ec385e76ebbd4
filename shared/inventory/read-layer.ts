import { BadTar, type Descriptor, type FoundBlob, TarLimit, TarReader, unpackLayer } from '#shared/oci';
import { LayerLimit } from './errors.ts';
import { extractorsVersionOf } from './extractors-version.ts';
import type { HashedExecutables } from './hashed-executables.ts';
import type { LayerFacts } from './layer-facts.ts';
import { LayerRecorder } from './layer-recorder.ts';
import { defaultLimits, type ReadLimits } from './limits.ts';
import type { LinkedNames } from './linked-names.ts';

/** What reading one layer can be told. */
export interface ReadLayerOptions {
  readonly signal?: AbortSignal;
  /** where the bytes come from, for messages; the layer's digest if nobody says */
  readonly source?: string;
  /** default: all */
  readonly hashed?: HashedExecutables;
  /** how many layers that are read at the same time were begun before this one; none if nobody says */
  readonly besides?: number;
  /** what a first reading found that only a second one can read (`linkedNames`) */
  readonly linked?: LinkedNames;
  /** compressed bytes that came since the last call */
  readonly onBytes?: (bytes: number) => void;
}

/** a ratio says nothing of small layers: a megabyte of zeros is no bomb */
const ratioFrom = 256 * 2 ** 20;

/**
 * Reads one layer in one pass. Its packed bytes are checked against `descriptor` while they are unpacked, and nothing is believed before their end. A layer that crosses
 * a limit is read to the end of its packed bytes all the same, and its facts are partial.
 *
 * Throws what the blob's stream fails with (DigestMismatch, SizeMismatch ...), what a broken layer makes (TruncatedLayer, CorruptLayer,
 * UnsupportedCompression, BadTar: no runtime could unpack it; gzip's own checksum is not looked at), and the signal's reason.
 */
export async function readLayer(
  blob: FoundBlob,
  descriptor: Descriptor,
  limits: Partial<ReadLimits> = {},
  options: ReadLayerOptions = {},
): Promise<LayerFacts> {
  const bounds = { ...defaultLimits, ...limits };
  const recorder = new LayerRecorder(descriptor.digest, bounds, options.hashed, options.linked);
  const reader = new TarReader(recorder, { maxEntries: bounds.maxEntries + 1 });
  let unpackedSize = 0;
  try {
    await unpackLayer(blob, {
      descriptor,
      source: options.source ?? descriptor.digest,
      onBytes: options.onBytes,
      signal: options.signal,
      besides: options.besides,
      take: (chunk) => {
        unpackedSize += chunk.length;
        checkSize(unpackedSize, descriptor, bounds);
        reader.write(chunk);
      },
      keeps: (memory) => recorder.keeps(memory),
    });
    reader.end();
  } catch (error) {
    const limit = asLimit(error, descriptor);
    if (limit === undefined) throw error instanceof BadTar ? error.inside(descriptor.digest) : error;
    recorder.cut(limit);
  }
  return recorder.facts({
    blob: descriptor.digest,
    size: descriptor.size,
    unpackedSize,
    extractors: extractorsVersionOf(bounds, options.hashed),
  });
}

function checkSize(unpacked: number, { digest, size }: Descriptor, { maxUnpackedBytes, maxRatio }: ReadLimits): void {
  if (unpacked > maxUnpackedBytes)
    throw new LayerLimit(digest, 'maxUnpackedBytes', `more than ${maxUnpackedBytes} unpacked bytes`);
  if (unpacked > ratioFrom && unpacked > size * maxRatio) {
    throw new LayerLimit(digest, 'maxRatio', `more than ${maxRatio} unpacked bytes for each packed one`);
  }
}

function asLimit(error: unknown, { digest }: Descriptor): LayerLimit | undefined {
  if (error instanceof LayerLimit) return error;
  return error instanceof TarLimit ? new LayerLimit(digest, error.limit, 'a tar header beyond all measure') : undefined;
}
