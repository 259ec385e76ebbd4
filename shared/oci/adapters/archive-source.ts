import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type ArchivedFile, ArchiveIndex } from '../archive-index.ts';
import { dockerArchiveImage } from '../docker-archive.ts';
import { BadArchive, BadTar, CorruptLayer, NotFound, TooLarge, TruncatedLayer } from '../errors.ts';
import { unpackedLayer } from '../layer-stream.ts';
import { layoutRoot } from '../layout-index.ts';
import { INDEX_LIMIT } from '../manifest.ts';
import { compressionOf } from '../packing.ts';
import { TarReader } from '../tar-reader.ts';
import type { Descriptor, Digest, ImageSource } from '../types.ts';
import { verified, verifyBytes } from '../verified.ts';

const CHUNK = 1 << 18;

interface OpenArchive {
  readonly handle: FileHandle;
  readonly packed: boolean;
  readonly root: Descriptor;
  /** bytes of manifests that are no files of the archive */
  readonly made: ReadonlyMap<Digest, Buffer>;
  readonly find: (digest: Digest) => ArchivedFile | undefined;
}

/**
 * Opens an image archive: an OCI layout in a tar, or what `docker save` writes, plain or compressed. The archive is
 * walked once to learn where its files lie and read by range after that; nothing is unpacked to disk. Of a compressed
 * archive the part before a blob is inflated again for each blob: slower, but bounded. `wanted` chooses among several
 * images, and messages speak of `description`. `root()` throws BadArchive and its kin.
 */
export function openArchive(file: string, wanted?: string, description = `archive ${file}`): ImageSource {
  let opened: Promise<OpenArchive> | undefined;
  const archive = () => {
    opened ??= openOnce(file, wanted, description);
    return opened;
  };
  const stream = async (digest: Digest): Promise<Readable> => {
    const { find, handle, packed, made } = await archive();
    const bytes = made.get(digest);
    if (bytes !== undefined) return Readable.from([bytes], { objectMode: false });
    const found = find(digest);
    if (found === undefined) throw new NotFound(description, `${digest} is not in it`, 'Save the image again.');
    return Readable.from(packed ? inflatedRange(handle, found, description) : range(handle, found.offset, found.size), {
      objectMode: false,
    });
  };
  const manifest = async (descriptor: Descriptor): Promise<Buffer> => {
    const { made, find } = await archive();
    const size = made.get(descriptor.digest)?.length ?? find(descriptor.digest)?.size ?? 0;
    if (size > INDEX_LIMIT) throw new TooLarge(description, `manifest ${descriptor.digest}`, INDEX_LIMIT);
    const chunks: Buffer[] = [];
    for await (const chunk of await stream(descriptor.digest)) chunks.push(chunk as Buffer);
    return verifyBytes(Buffer.concat(chunks), descriptor, description);
  };
  return {
    description,
    async root() {
      const { root } = await archive();
      return { descriptor: root, bytes: await manifest(root) };
    },
    manifest,
    async blob(descriptor, options) {
      options?.signal?.throwIfAborted();
      return verified(await stream(descriptor.digest), descriptor, description);
    },
    async found({ digest }) {
      const { find, packed, made } = await archive();
      const place = made.has(digest) || packed ? undefined : find(digest);
      return place === undefined ? stream(digest) : { file, offset: place.offset, bytes: place.size };
    },
    async close() {
      // a failed opening has closed its file itself
      const { handle } = (await opened?.catch(() => undefined)) ?? {};
      await handle?.close();
    },
  };
}

async function openOnce(file: string, wanted: string | undefined, about: string): Promise<OpenArchive> {
  // a pipe that nobody writes to would never open
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile())
      throw new BadArchive(about, 'it is no regular file', 'Name a file, or pipe it into "-".');
    const head = Buffer.alloc(8);
    const { bytesRead } = await handle.read(head, 0, 8, 0);
    const packed = compressionOf(head.subarray(0, bytesRead), about) !== 'none';
    const index = await readIndex(handle, packed, about);
    return { handle, packed, ...resolve(index, wanted, about) };
  } catch (error) {
    await handle.close();
    if (error instanceof BadTar || error instanceof TruncatedLayer || error instanceof CorruptLayer) {
      throw new BadArchive(about, `it is no sound tar archive (${error.message})`, 'Save the image again.', {
        cause: error,
      });
    }
    throw error;
  }
}

function resolve(
  index: ArchiveIndex,
  wanted: string | undefined,
  about: string,
): Pick<OpenArchive, 'root' | 'made' | 'find'> {
  const layout = index.find('index.json')?.whole;
  if (layout !== undefined && index.find('oci-layout') !== undefined) {
    const { descriptor, bytes } = layoutRoot(layout, wanted, about);
    const made = new Map(bytes === undefined ? [] : [[descriptor.digest, bytes] as const]);
    return { root: descriptor, made, find: (digest) => index.blob(digest) };
  }
  const list = index.find('manifest.json')?.whole;
  if (list !== undefined) {
    const { descriptor, manifest, files } = dockerArchiveImage(list, index, wanted, about);
    return { root: descriptor, made: new Map([[descriptor.digest, manifest]]), find: (digest) => files.get(digest) };
  }
  throw new BadArchive(
    about,
    'it holds neither an OCI layout (index.json, oci-layout) nor a "docker save" manifest.json',
    'Name an archive made by "docker save" or "skopeo copy … oci-archive:<file>".',
  );
}

async function readIndex(handle: FileHandle, packed: boolean, about: string): Promise<ArchiveIndex> {
  const index = new ArchiveIndex();
  const reader = new TarReader(index, { maxEntries: 1_000_000 });
  if (packed) {
    const { stream } = await unpackedLayer(
      Readable.from(range(handle, 0, Number.POSITIVE_INFINITY), { objectMode: false }),
      about,
    );
    for await (const chunk of stream) reader.write(chunk as Buffer);
  } else {
    const { size } = await handle.stat();
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, at);
      if (bytesRead === 0) break;
      reader.write(chunk.subarray(0, bytesRead));
      at += bytesRead;
      // blobs are seeked over, not read
      const skip = Math.min(reader.skippable, size - at);
      if (skip > 0) reader.skip(skip);
      at += skip;
    }
  }
  reader.end();
  return index;
}

/** Bytes of the file from `offset`; fewer than `size` at its end. */
async function* range(handle: FileHandle, offset: number, size: number): AsyncGenerator<Buffer, void, undefined> {
  let left = size;
  let at = offset;
  while (left > 0) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, left));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    left -= bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

async function* inflatedRange(
  handle: FileHandle,
  file: ArchivedFile,
  about: string,
): AsyncGenerator<Buffer, void, undefined> {
  const packed = Readable.from(range(handle, 0, Number.POSITIVE_INFINITY), { objectMode: false });
  const { stream } = await unpackedLayer(packed, about);
  let before = file.offset;
  let left = file.size;
  if (left === 0) return;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const from = Math.min(before, chunk.length);
    before -= from;
    const part = chunk.subarray(from, from + left);
    left -= part.length;
    if (part.length > 0) yield part;
    // leaving the loop destroys the stream: what follows is not inflated
    if (left === 0) return;
  }
}
