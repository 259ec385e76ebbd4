import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { algorithmOf, type Digest } from '#shared/oci';
import type { BlobStore } from './blob-store.ts';
import { RegistryError } from './errors.ts';
import { namesIn, writeAt } from './files.ts';

type Algorithm = 'sha256' | 'sha512';

/** An upload that is under way. Its bytes are in a file of our own naming and count for nothing until it is finished. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  /** bytes that are on disk and in the hash */
  readonly size: number;
}

interface Session extends Upload {
  readonly file: string;
  readonly algorithm: Algorithm;
  size: number;
  hash: Hash;
  /** milliseconds since 1970 */
  touched: number;
  busy: boolean;
  ended: boolean;
}

/** An upload that nobody touched for so long is given up (milliseconds). */
const IDLE = 60 * 60 * 1000;
/** Each open upload costs a hash state and a file. */
const MOST_OPEN = 1000;
const READ_BLOCK = 1024 * 1024;

/**
 * The uploads under way. They live in this process: after a restart clients begin again, and {@link Uploads.clean} removes what was left.
 */
export class Uploads {
  readonly #folder: string;
  readonly #blobs: BlobStore;
  readonly #now: () => Date;
  readonly #sessions = new Map<string, Session>();

  constructor(folder: string, blobs: BlobStore, now: () => Date) {
    this.#folder = folder;
    this.#blobs = blobs;
    this.#now = now;
  }

  /** Removes what an earlier process left half done. For the start, when nothing else runs. */
  async clean(): Promise<void> {
    for (const name of await namesIn(this.#folder)) await rm(join(this.#folder, name), { force: true });
  }

  /**
   * Begins an upload; `algorithm` is the one that its digest will probably have.
   * @throws RegistryError TOOMANYREQUESTS when too many are open
   */
  async begin(repository: string, algorithm: Algorithm): Promise<Upload> {
    await this.#giveUpIdle();
    if (this.#sessions.size >= MOST_OPEN) {
      throw new RegistryError(
        429,
        'TOOMANYREQUESTS',
        repository,
        `${MOST_OPEN} uploads are open`,
        'Finish or cancel some, or wait an hour.',
      );
    }
    const id = randomUUID();
    const file = join(this.#folder, id);
    const session: Session = {
      id,
      repository,
      file,
      algorithm,
      size: 0,
      hash: createHash(algorithm),
      touched: this.#now().getTime(),
      busy: false,
      ended: false,
    };
    this.#sessions.set(id, session);
    try {
      await (await open(file, 'wx', 0o600)).close();
    } catch (error) {
      this.#sessions.delete(id);
      throw error;
    }
    return session;
  }

  /** @throws RegistryError BLOB_UPLOAD_UNKNOWN when there is no such upload in this repository */
  find(repository: string, id: string): Upload {
    return this.#session(repository, id);
  }

  /**
   * Appends a request's body. A body that is cut off leaves what came of it, counted by {@link Upload.size}, so that the client can go on there; one
   * with more or fewer bytes than `expected` leaves nothing of it.
   * @throws RegistryError SIZE_INVALID; whatever the stream or the disk throws
   */
  async append(upload: Upload, body: Readable, expected: number | undefined): Promise<void> {
    const session = this.#session(upload.repository, upload.id);
    await this.#alone(session, () => this.#append(session, body, expected));
  }

  /**
   * Appends a last body, checks all bytes against `digest` and shows the blob in the upload's repository. Whatever does not match is dropped, and
   * the upload with it.
   * @throws RegistryError DIGEST_INVALID, SIZE_INVALID
   */
  async finish(upload: Upload, digest: Digest, body: Readable, expected: number | undefined): Promise<void> {
    const session = this.#session(upload.repository, upload.id);
    await this.#alone(session, async () => {
      await this.#append(session, body, expected);
      const got = await this.#digestFor(session, digest);
      if (session.ended) throw unknownUpload(session.id);
      if (got !== digest) {
        await this.#end(session);
        throw new RegistryError(
          400,
          'DIGEST_INVALID',
          digest,
          `the ${session.size} bytes that came hash to ${got}`,
          'They are dropped; upload the blob again.',
          { details: [{ digest }] },
        );
      }
      await this.#settle(session);
      await this.#blobs.adopt(session.repository, digest, session.file, session.size);
      await this.#end(session);
    });
  }

  /** Drops an upload, also while a request still writes to it. */
  async cancel(upload: Upload): Promise<void> {
    await this.#end(this.#session(upload.repository, upload.id));
  }

  #session(repository: string, id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined || session.repository !== repository) throw unknownUpload(id);
    return session;
  }

  async #alone(session: Session, work: () => Promise<void>): Promise<void> {
    if (session.busy) {
      throw new RegistryError(
        416,
        'BLOB_UPLOAD_INVALID',
        session.id,
        'another request is writing to this upload',
        'Ask for its status and go on where it says.',
      );
    }
    session.busy = true;
    try {
      await work();
    } catch (error) {
      // cancelled under our hands: that its file is missing is no fault
      if (session.ended && !(error instanceof RegistryError)) throw unknownUpload(session.id);
      throw error;
    } finally {
      session.busy = false;
      session.touched = this.#now().getTime();
    }
  }

  async #append(session: Session, body: Readable, expected: number | undefined): Promise<void> {
    const before = { size: session.size, hash: expected === undefined ? undefined : session.hash.copy() };
    const handle = await open(session.file, 'r+');
    try {
      // the stream must outlive the loop: whoever refuses a body still has to answer on its connection
      for await (const chunk of body.iterator({ destroyOnReturn: false })) {
        if (session.ended) throw unknownUpload(session.id);
        if (!(chunk instanceof Uint8Array)) continue;
        if (expected !== undefined && session.size - before.size + chunk.length > expected) {
          session.size += chunk.length;
          break;
        }
        await writeAt(handle, chunk, session.size);
        session.hash.update(chunk);
        session.size += chunk.length;
        session.touched = this.#now().getTime();
      }
    } finally {
      await handle.close();
    }
    const got = session.size - before.size;
    if (before.hash === undefined || got === expected) return;
    session.hash = before.hash;
    session.size = before.size;
    throw new RegistryError(
      400,
      'SIZE_INVALID',
      session.id,
      `the request promised ${expected} bytes and has ${got < (expected ?? 0) ? 'fewer' : 'more'}`,
      'Send as many bytes as Content-Range says.',
    );
  }

  async #digestFor(session: Session, digest: Digest): Promise<Digest> {
    const algorithm = algorithmOf(digest);
    if (algorithm === session.algorithm) return `${algorithm}:${session.hash.copy().digest('hex')}`;
    const hash = createHash(algorithm);
    if (session.size > 0) {
      for await (const chunk of createReadStream(session.file, { end: session.size - 1, highWaterMark: READ_BLOCK })) {
        hash.update(chunk);
      }
    }
    return `${algorithm}:${hash.digest('hex')}`;
  }

  // bytes beyond the size are of bodies that were refused
  async #settle(session: Session): Promise<void> {
    const handle = await open(session.file, 'r+');
    try {
      await handle.truncate(session.size);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  async #end(session: Session): Promise<void> {
    session.ended = true;
    this.#sessions.delete(session.id);
    await rm(session.file, { force: true });
  }

  async #giveUpIdle(): Promise<void> {
    const before = this.#now().getTime() - IDLE;
    for (const session of this.#sessions.values()) {
      if (!session.busy && session.touched < before) await this.#end(session);
    }
  }
}

const unknownUpload = (id: string): RegistryError =>
  new RegistryError(
    404,
    'BLOB_UPLOAD_UNKNOWN',
    id,
    'there is no such upload in this repository',
    'It was finished, cancelled or given up; begin a new one.',
  );
