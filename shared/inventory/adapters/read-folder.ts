import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type Digest, parseImageConfig, type TarEntry, type TarSink } from '#shared/oci';
import { LayerLimit } from '../errors.ts';
import { extractorsVersionOf } from '../extractors-version.ts';
import type { HashedExecutables } from '../hashed-executables.ts';
import type { LayerFacts } from '../layer-facts.ts';
import { LayerRecorder } from '../layer-recorder.ts';
import { defaultLimits, type ReadLimits } from '../limits.ts';
import { mergeLayers } from '../merge-layers.ts';
import { shown } from '../plausible.ts';
import type { CoverageReason, Inventory } from '../types.ts';

/** What reading a folder can be told. */
export interface ReadFolderOptions {
  readonly limits?: Partial<ReadLimits>;
  /** default: all */
  readonly hashed?: HashedExecutables;
  readonly signal?: AbortSignal;
  /** called for each folder and now and then within a large one, with how much was seen so far */
  readonly onProgress?: (entries: number) => void;
}

const chunkBytes = 1 << 20;

/** so much is read between two looks at the signal; files are read without waiting, and its time could not come */
const breath = { bytes: 64 << 20, entries: 10_000 };

/**
 * Reads a root filesystem that lies unpacked in a folder as if it were the one layer of an image. Links are kept and never followed, so nothing outside is read; devices,
 * sockets and other filesystems that are mounted in it are passed over. What may not be read is a reason of coverage. Its digest is that of all names, modes and of the
 * content that was read. Throws when the folder itself cannot be read, and the signal's reason.
 */
export async function readFolder(folder: string, options: ReadFolderOptions = {}): Promise<Inventory> {
  const limits = { ...defaultLimits, ...options.limits };
  const walk = new Walk(folder, limits, options);
  const facts = await walk.facts();
  const layer = { mediaType: '', digest: facts.blob, size: facts.unpackedSize };
  const merged = mergeLayers({
    image: {
      digest: facts.blob,
      size: 0,
      manifest: { mediaType: '', config: layer, layers: [layer], annotations: {} },
      config: parseImageConfig(Buffer.from('{}')),
      platform: { os: 'linux', architecture: '' },
    },
    facts: [facts],
  });
  return { ...merged, origin: { kind: 'folder', path: folder } };
}

class Walk {
  readonly #root: Buffer;
  readonly #recorder: LayerRecorder;
  readonly #limits: ReadLimits;
  readonly #options: ReadFolderOptions;
  readonly #hash: Hash = createHash('sha256');
  #chunk = Buffer.allocUnsafeSlow(chunkBytes);
  readonly #troubles = new Map<string, { readonly first: string; count: number }>();
  #device = 0;
  #entries = 0;
  #bytes = 0;
  /** what was read when the signal was last looked at */
  #looked = { bytes: 0, entries: 0 };

  constructor(folder: string, limits: ReadLimits, options: ReadFolderOptions) {
    this.#root = Buffer.from(path.resolve(folder));
    this.#recorder = new LayerRecorder(folder, limits, options.hashed);
    this.#limits = limits;
    this.#options = options;
  }

  async facts(): Promise<LayerFacts> {
    this.#device = lstatSync(Buffer.concat([this.#root, Buffer.from('/.')])).dev;
    try {
      await this.#folders();
    } catch (error) {
      if (!(error instanceof LayerLimit)) throw error;
      this.#recorder.cut(error);
    }
    const blob: Digest = `sha256:${this.#hash.digest('hex')}`;
    const extractors = extractorsVersionOf(this.#limits, this.#options.hashed);
    const facts = this.#recorder.facts({ blob, size: this.#bytes, unpackedSize: this.#bytes, extractors });
    const reasons = [...facts.reasons, ...this.#reasons()];
    return { ...facts, reasons, state: reasons.length === 0 ? 'whole' : 'partial' };
  }

  async #folders(): Promise<void> {
    const waiting: Buffer[] = [Buffer.alloc(0)];
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      this.#options.signal?.throwIfAborted();
      this.#options.onProgress?.(this.#entries);
      const inner: Buffer[] = [];
      for (const name of await this.#names(folder)) {
        const found = await this.#entry(below(folder, name));
        if (found !== undefined) inner.push(found);
      }
      // a stack is emptied from its end
      for (const each of inner.reverse()) waiting.push(each);
    }
  }

  async #names(folder: Buffer): Promise<Buffer[]> {
    try {
      const names = await readdir(this.#real(folder), { encoding: 'buffer' });
      return names.sort(Buffer.compare);
    } catch (error) {
      if (folder.length === 0) throw error;
      this.#trouble('cannot be opened', folder, error);
      return [];
    }
  }

  /** Records one entry; a folder is given back, to be looked into. */
  async #entry(name: Buffer): Promise<Buffer | undefined> {
    const real = this.#real(name);
    let stats: Stats;
    try {
      stats = lstatSync(real);
    } catch (error) {
      // gone since its folder was read
      this.#trouble('cannot be looked at', name, error);
      return undefined;
    }
    const kind = kindOf(stats);
    if (kind === undefined) return undefined;
    this.#entries += 1;
    if (this.#entries - this.#looked.entries >= breath.entries) await this.#breathe();
    const linkTarget = kind === 'symlink' ? this.#target(name) : '';
    const entry = entryOf(name, kind, stats, linkTarget);
    this.#hash.update(`${JSON.stringify([kind, entry.path, entry.mode, entry.size, linkTarget])}\n`);
    const sink = this.#recorder.entry(entry);
    if (kind === 'file' && sink !== undefined) await this.#read(name, entry, sink);
    if (kind !== 'directory') return undefined;
    if (stats.dev === this.#device) return name;
    this.#trouble('is another filesystem, which is not read', name);
    return undefined;
  }

  #target(name: Buffer): string {
    try {
      return textOf(readlinkSync(this.#real(name), { encoding: 'buffer' }));
    } catch (error) {
      this.#trouble('cannot be followed', name, error);
      return '';
    }
  }

  async #read(name: Buffer, entry: TarEntry, sink: TarSink): Promise<void> {
    let handle: number;
    try {
      // what was a file a moment ago may be a link or a pipe now
      handle = openSync(this.#real(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      this.#trouble('cannot be read', name, error);
      return;
    }
    try {
      if (!fstatSync(handle).isFile() || !(await this.#pour(handle, entry.size, sink)))
        this.#trouble('changes while it is read', name);
    } catch (error) {
      if (error instanceof LayerLimit) throw error;
      this.#options.signal?.throwIfAborted();
      this.#trouble('cannot be read', name, error);
    } finally {
      closeSync(handle);
    }
  }

  /** Hands on exactly the bytes that were announced, or as many as are looked at; false when there are fewer. */
  async #pour(handle: number, size: number, sink: TarSink): Promise<boolean> {
    for (let left = Math.min(size, sink.enough ?? size); left > 0; ) {
      const count = readSync(handle, this.#chunk, 0, Math.min(left, chunkBytes), null);
      if (count === 0) return false;
      const bytes = this.#chunk.subarray(0, count);
      this.#bytes += count;
      if (this.#bytes > this.#limits.maxUnpackedBytes)
        throw new LayerLimit(
          textOf(this.#root),
          'maxUnpackedBytes',
          `more than ${this.#limits.maxUnpackedBytes} bytes to read`,
        );
      this.#hash.update(bytes);
      sink.data(bytes);
      if (this.#recorder.keeps(this.#chunk.buffer)) this.#chunk = Buffer.allocUnsafeSlow(chunkBytes);
      left -= count;
      if (this.#bytes - this.#looked.bytes >= breath.bytes) await this.#breathe();
    }
    sink.end();
    return true;
  }

  /** Lets others have their turn, who may want this to end. */
  async #breathe(): Promise<void> {
    this.#looked = { bytes: this.#bytes, entries: this.#entries };
    await turn();
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.(this.#entries);
  }

  #real(name: Buffer): Buffer {
    return name.length === 0 ? this.#root : Buffer.concat([this.#root, Buffer.from('/'), name]);
  }

  #trouble(text: string, name: Buffer, error?: unknown): void {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    const known = this.#troubles.get(text + code);
    if (known === undefined) this.#troubles.set(text + code, { first: textOf(name), count: 1 });
    else known.count += 1;
  }

  #reasons(): CoverageReason[] {
    return [...this.#troubles].map(([text, { first, count }]) => ({
      code: 'unreadable-evidence',
      text: `${shown(first)}${count === 1 ? '' : ` and ${count - 1} more`}: ${text}`,
      path: first,
    }));
  }
}

const below = (folder: Buffer, name: Buffer): Buffer =>
  folder.length === 0 ? name : Buffer.concat([folder, Buffer.from('/'), name]);

/** As in tar: bytes that are no UTF-8 are read as Latin-1, so that different names stay different. */
const textOf = (name: Buffer): string => (isUtf8(name) ? name.toString('utf8') : name.toString('latin1'));

function kindOf(stats: Stats): 'file' | 'directory' | 'symlink' | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : undefined;
}

function entryOf(name: Buffer, kind: TarEntry['kind'], stats: Stats, linkTarget: string): TarEntry {
  return {
    path: textOf(name),
    kind,
    size: kind === 'file' ? stats.size : 0,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    mtime: Math.floor(stats.mtimeMs / 1000),
    linkTarget,
    dataOffset: 0,
  };
}
