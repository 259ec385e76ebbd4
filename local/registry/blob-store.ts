import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '#shared/oci';
import { exists, isMissing, namesIn, removeFile, renameInto, writeSmall } from './files.ts';
import type { Locks } from './locks.ts';
import { digestOfFile, repositoryOfFolder } from './names.ts';
import type { Places } from './places.ts';

/** A blob that is open for reading; whoever asked for it closes the handle. */
export interface OpenBlob {
  readonly handle: FileHandle;
  /** bytes */
  readonly size: number;
}

/**
 * Blobs, kept once for all repositories but seen only from those in which they were pushed or mounted. A blob is written first and linked
 * last; what a crash leaves without a link is removed at the next start.
 */
export class BlobStore {
  readonly #places: Places;
  readonly #locks: Locks;

  constructor(places: Places, locks: Locks) {
    this.#places = places;
    this.#locks = locks;
  }

  /** Size in bytes of a blob as seen from a repository; undefined when it is not to be seen there. */
  async sizeOf(repository: string, digest: Digest): Promise<number | undefined> {
    try {
      const [found] = await Promise.all([
        stat(this.#places.blob(digest)),
        stat(this.#places.layer(repository, digest)),
      ]);
      return found.size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Opens a blob as seen from a repository; undefined when it is not to be seen there. */
  async open(repository: string, digest: Digest): Promise<OpenBlob | undefined> {
    if (!(await exists(this.#places.layer(repository, digest)))) return undefined;
    let handle: FileHandle;
    try {
      handle = await open(this.#places.blob(digest), 'r');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      return { handle, size: (await handle.stat()).size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Takes a file whose bytes were checked against `digest` and shows it in a repository. The file is moved, or removed if we have its like. */
  async adopt(repository: string, digest: Digest, file: string, size: number): Promise<void> {
    await this.#locks.hold(digest, async () => {
      const target = this.#places.blob(digest);
      const there = await stat(target).catch(() => undefined);
      // readers may hold the old file, which not every system lets us replace; one of another size is damaged and goes
      if (there?.size === size) await rm(file, { force: true });
      else await renameInto(file, target);
      await this.#link(repository, digest);
    });
  }

  /** Shows a blob of `from`, or of any repository when absent, in another repository; says whether there was one. */
  async mount(repository: string, digest: Digest, from: string | undefined): Promise<boolean> {
    return this.#locks.hold(digest, async () => {
      const seen =
        from === undefined ? await this.#linkedAnywhere(digest) : (await this.sizeOf(from, digest)) !== undefined;
      if (!seen) return false;
      await this.#link(repository, digest);
      return true;
    });
  }

  /** Hides a blob from a repository, and removes it when none shows it any more; says whether it was to be seen. */
  async remove(repository: string, digest: Digest): Promise<boolean> {
    return this.#locks.hold(digest, async () => {
      const seen = await removeFile(this.#places.layer(repository, digest));
      if (seen && !(await this.#linkedAnywhere(digest))) await removeFile(this.#places.blob(digest));
      return seen;
    });
  }

  /** Removes the blobs that no repository shows: what a crash between two steps left. For the start, when nothing else runs. */
  async sweep(): Promise<void> {
    const linked = new Set<string>();
    for (const repository of await this.#repositories()) {
      for (const file of await namesIn(this.#places.layers(repository))) {
        const digest = digestOfFile(file);
        if (digest !== undefined) linked.add(this.#places.blob(digest));
      }
    }
    for (const algorithm of await namesIn(this.#places.blobs)) {
      for (const shelf of await namesIn(join(this.#places.blobs, algorithm))) {
        for (const hex of await namesIn(join(this.#places.blobs, algorithm, shelf))) {
          const file = join(this.#places.blobs, algorithm, shelf, hex);
          if (!linked.has(file)) await rm(file, { force: true });
        }
      }
    }
  }

  async #link(repository: string, digest: Digest): Promise<void> {
    const link = this.#places.layer(repository, digest);
    if (!(await exists(link))) await writeSmall(this.#places.uploads, link, '');
  }

  async #linkedAnywhere(digest: Digest): Promise<boolean> {
    if (!(await exists(this.#places.blob(digest)))) return false;
    for (const repository of await this.#repositories()) {
      if (await exists(this.#places.layer(repository, digest))) return true;
    }
    return false;
  }

  async #repositories(): Promise<string[]> {
    const names = await namesIn(this.#places.repositories);
    return names.map(repositoryOfFolder).filter((name) => name !== undefined);
  }
}
