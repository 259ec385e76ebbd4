import { createHash } from 'node:crypto';
import path from 'node:path';
import type { TarEntry, TarHandler, TarSink } from './tar-types.ts';
import type { Digest } from './types.ts';

/**
 * A file of an archive: where its bytes lie in the unpacked archive, and, for `docker save` files, what they hash to.
 */
export interface ArchivedFile {
  readonly offset: number;
  readonly size: number;
  /** of everything outside blobs/, whose names are no digests */
  digest?: Digest;
  /** the first bytes, to know a compression by */
  first?: Buffer;
  /** the whole, for the few small documents that say what is in the archive */
  whole?: Buffer;
}

const DOCUMENTS: ReadonlySet<string> = new Set(['oci-layout', 'index.json', 'manifest.json']);
const DOCUMENT_LIMIT = 8 << 20;
const MOST_HOPS = 16;

/**
 * Where the files of an image archive lie, gathered in one pass over it. Nothing is unpacked; names that leave the
 * archive (absolute, `..`) are ignored, links are followed inside it only, and of two entries with one name the last
 * counts, as it would on a disk.
 */
export class ArchiveIndex implements TarHandler {
  readonly #files = new Map<string, ArchivedFile>();
  readonly #links = new Map<string, string>();

  entry(entry: TarEntry): TarSink | undefined {
    const name = innerName(entry.path);
    if (name === undefined) return undefined;
    if (entry.kind === 'symlink' || entry.kind === 'hardlink') {
      const from = entry.kind === 'symlink' ? path.posix.dirname(name) : '.';
      const target = innerName(path.posix.join(from, entry.linkTarget));
      if (target !== undefined && !entry.linkTarget.startsWith('/')) this.#links.set(name, target);
      return undefined;
    }
    if (entry.kind !== 'file' || entry.sparse !== undefined) return undefined;
    const file: ArchivedFile = { offset: entry.dataOffset, size: entry.size };
    this.#files.set(name, file);
    this.#links.delete(name);
    if (DOCUMENTS.has(name) && entry.size <= DOCUMENT_LIMIT) return keepWhole(file);
    return name.startsWith('blobs/') ? undefined : hashed(file);
  }

  /** The file of a name, through links. */
  find(name: string): ArchivedFile | undefined {
    let at = innerName(name);
    for (let hops = 0; at !== undefined && hops < MOST_HOPS; hops++) {
      const file = this.#files.get(at);
      if (file !== undefined) return file;
      at = this.#links.get(at);
    }
    return undefined;
  }

  /** The file of a blob in OCI layout. */
  blob(digest: Digest): ArchivedFile | undefined {
    return this.find(`blobs/${digest.replace(':', '/')}`);
  }
}

/** A name as a path inside the archive; undefined when it leads out of it. */
function innerName(name: string): string | undefined {
  if (name.startsWith('/') || name.includes('\0')) return undefined;
  const plain = path.posix.normalize(name);
  return plain === '..' || plain.startsWith('../') ? undefined : plain;
}

function keepWhole(file: ArchivedFile): TarSink {
  const chunks: Buffer[] = [];
  return {
    data: (chunk) => chunks.push(Buffer.from(chunk)),
    end: () => {
      file.whole = Buffer.concat(chunks);
    },
  };
}

function hashed(file: ArchivedFile): TarSink {
  const hash = createHash('sha256');
  let first = Buffer.alloc(0);
  return {
    data: (chunk) => {
      if (first.length < 6) first = Buffer.concat([first, chunk.subarray(0, 6)]);
      hash.update(chunk);
    },
    end: () => {
      file.first = first;
      file.digest = `sha256:${hash.digest('hex')}`;
    },
  };
}
