import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { BadLayout, NotFound, TooLarge } from '../errors.ts';
import { type LayoutRoot, layoutRoot } from '../layout-index.ts';
import { INDEX_LIMIT } from '../manifest.ts';
import type { Descriptor, Digest, ImageSource } from '../types.ts';
import { verified, verifyBytes } from '../verified.ts';

/**
 * Opens an OCI image layout folder. `wanted` chooses among several images: a ref name or digest of its index.json.
 * Files are only found by digest, so no name in the layout decides which file is read. `root()` throws BadLayout when
 * the folder is none or nothing fits.
 */
export function openLayout(folder: string, wanted?: string): ImageSource {
  const description = `layout folder ${folder}`;
  let chosen: Promise<LayoutRoot> | undefined;
  const choose = async (): Promise<LayoutRoot> => {
    const index = await readWhole(path.join(folder, 'index.json'), INDEX_LIMIT, description).catch((error: unknown) => {
      if (!(error instanceof NotFound)) throw error;
      throw new BadLayout(
        description,
        'it has no index.json',
        'Name an OCI layout folder (made by "skopeo copy … oci:<folder>"), an archive, or an image in a registry.',
      );
    });
    return layoutRoot(index, wanted, description);
  };
  const manifest = async (descriptor: Descriptor): Promise<Buffer> => {
    if (descriptor.size > INDEX_LIMIT) throw new TooLarge(description, `manifest ${descriptor.digest}`, INDEX_LIMIT);
    return verifyBytes(
      await readWhole(blobPath(folder, descriptor.digest), INDEX_LIMIT, description),
      descriptor,
      description,
    );
  };
  return {
    description,
    async root() {
      chosen ??= choose();
      const { descriptor, bytes } = await chosen;
      return { descriptor, bytes: bytes ?? (await manifest(descriptor)) };
    },
    manifest,
    async blob(descriptor, options) {
      options?.signal?.throwIfAborted();
      const file = blobPath(folder, descriptor.digest);
      await fileSize(file, description);
      const stream = createReadStream(file, {
        highWaterMark: 1 << 18,
        ...(options?.signal ? { signal: options.signal } : {}),
      });
      return verified(stream, descriptor, description);
    },
    async found({ digest }) {
      const file = blobPath(folder, digest);
      return { file, offset: 0, bytes: await fileSize(file, description) };
    },
    async close() {},
  };
}

function blobPath(folder: string, digest: Digest): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return path.join(folder, 'blobs', algorithm, hex);
}

async function readWhole(file: string, limit: number, about: string): Promise<Buffer> {
  if ((await fileSize(file, about)) > limit) throw new TooLarge(about, path.basename(file), limit);
  const handle = await open(file);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Size of a regular file; anything else (a pipe would never end) is not there. */
async function fileSize(file: string, about: string): Promise<number> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (found?.isFile() !== true) {
    throw new NotFound(about, `it has no file ${path.basename(file)}`, 'Copy the image into the layout again.');
  }
  return found.size;
}
