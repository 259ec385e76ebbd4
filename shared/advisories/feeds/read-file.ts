import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BrokenArchive } from '../errors.ts';
import type { OriginFile } from './feed.ts';

/** The bytes of a file, unpacked if it is gzip; more than `limit` unpacked bytes, or a cut end, throw BrokenArchive. */
export async function* unpacked(file: OriginFile, limit: number): AsyncGenerator<Buffer> {
  let total = 0;
  try {
    for await (const piece of await inflated(file)) {
      total += piece.length;
      if (total > limit) throw new BrokenArchive(file.about, `it unpacks to more than ${limit} bytes`);
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_'))
      throw new BrokenArchive(file.about, 'its gzip cannot be read to the end', { cause });
    throw cause;
  }
}

async function inflated(file: OriginFile): Promise<AsyncIterable<Buffer>> {
  const pieces = file.open()[Symbol.asyncIterator]();
  const first = await pieces.next();
  const head = first.done === true ? Buffer.alloc(0) : first.value;
  async function* whole(): AsyncGenerator<Buffer> {
    yield head;
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
  if (head[0] !== 0x1f || head[1] !== 0x8b) return whole();
  const source = Readable.from(whole());
  const gunzip = createGunzip({ chunkSize: 256 << 10 });
  source.on('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}

/** A whole file as text, unpacked if it is gzip. Throws BrokenArchive beyond `limit` bytes. */
export async function textOf(file: OriginFile, limit: number): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of unpacked(file, limit)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/** A whole JSON file. Throws BrokenArchive when it is none: half of a file is no JSON. */
export async function jsonOf(file: OriginFile, limit: number): Promise<unknown> {
  const text = await textOf(file, limit);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BrokenArchive(file.about, 'it is not JSON, or cut', { cause });
  }
}

/** True for a JSON object. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member that should be a list. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
