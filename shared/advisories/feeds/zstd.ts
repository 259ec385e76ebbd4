import { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { ZstdFrames } from '#shared/oci';
import { BrokenArchive } from '../errors.ts';

/**
 * Unpacks a zstd stream of any number of frames in pieces.
 *
 * @param most unpacked bytes
 * @throws BrokenArchive when it is cut, damaged, no zstd, or unpacks to more
 */
export async function* unzstd(pieces: AsyncIterable<Buffer>, about: string, most: number): AsyncGenerator<Buffer> {
  const source = Readable.from(byFrame(pieces, about));
  const engine = createZstdDecompress({ chunkSize: 256 << 10 });
  source.on('error', (error) => engine.destroy(error));
  let total = 0;
  try {
    for await (const piece of source.pipe(engine) as AsyncIterable<Buffer>) {
      total += piece.length;
      if (total > most) throw new BrokenArchive(about, `it unpacks to more than ${most} bytes`);
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && /^Z(?:STD)?_/.test(String(cause.code)))
      throw new BrokenArchive(about, 'its zstd cannot be read to the end', { cause });
    throw cause;
  } finally {
    engine.destroy();
    source.destroy();
  }
}

// Node's decompressor drops what follows a frame that ends inside a piece.
async function* byFrame(pieces: AsyncIterable<Buffer>, about: string): AsyncGenerator<Buffer> {
  const frames = new ZstdFrames();
  for await (const piece of pieces) yield* frames.split(piece);
  if (frames.rest().length > 0) yield frames.rest();
  if (frames.cut) throw new BrokenArchive(about, 'its zstd is cut');
}
