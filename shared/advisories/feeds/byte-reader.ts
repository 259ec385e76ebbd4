import { BrokenArchive } from '../errors.ts';

/** Reads a stream in pieces of the sizes that its format says. */
export interface ByteReader {
  /** so many bytes; throws BrokenArchive when there are fewer */
  exactly(length: number): Promise<Buffer>;
  /** so many bytes, or fewer at the end */
  atMost(length: number): Promise<Buffer>;
  /** bytes that were read so far */
  consumed(): number;
}

/** A reader over pieces of any size. */
export function byteReader(pieces: AsyncIterable<Buffer>, about: string): ByteReader {
  const source = pieces[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let consumed = 0;
  const atMost = async (length: number): Promise<Buffer> => {
    if (held.length < length) {
      const parts = [held];
      let size = held.length;
      while (size < length) {
        const next = await source.next();
        if (next.done === true) break;
        parts.push(next.value);
        size += next.value.length;
      }
      held = Buffer.concat(parts);
    }
    const found = held.subarray(0, length);
    held = held.subarray(found.length);
    consumed += found.length;
    return found;
  };
  return {
    atMost,
    async exactly(length) {
      const found = await atMost(length);
      if (found.length < length) throw new BrokenArchive(about, 'it is cut');
      return found;
    },
    consumed: () => consumed,
  };
}
