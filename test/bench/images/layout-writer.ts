import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { type TarInput, tarWriter } from '../../../shared/oci/index.ts';

interface WrittenLayer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly diffId: string;
}

/** What was written, for people. */
export interface WrittenLayout {
  readonly layers: number;
  /** compressed bytes of all layers */
  readonly packed: number;
  readonly unpacked: number;
  readonly entries: number;
}

/** How layers are packed: gzip, with its level (6 as most tools do, 1 where only the content matters), or zstd. */
export interface Packing {
  readonly compression: 'gzip' | 'zstd';
  readonly level: number;
}

const usual: Packing = { compression: 'gzip', level: 6 };

/** Writes an OCI layout of one image into a folder, layer by layer, without ever holding a layer in memory. */
export class LayoutWriter {
  readonly #blobs: string;
  readonly #folder: string;
  readonly #packing: Packing;
  readonly #layers: WrittenLayer[] = [];
  #entries = 0;
  #unpacked = 0;

  constructor(folder: string, packing: Packing = usual) {
    this.#folder = folder;
    this.#packing = packing;
    this.#blobs = path.join(folder, 'blobs/sha256');
    mkdirSync(this.#blobs, { recursive: true });
  }

  /** Adds a layer of these entries; stops early when its packed bytes pass `most`. Returns its packed size. */
  async layer(files: Iterator<TarInput>, most = Number.POSITIVE_INFINITY): Promise<number> {
    const { compression, level } = this.#packing;
    const packed = createHash('sha256');
    const plain = createHash('sha256');
    let size = 0;
    const self = this;
    function* some(): Generator<TarInput> {
      while (size < most) {
        const next = files.next();
        if (next.done === true) return;
        self.#entries += 1;
        yield next.value;
      }
    }
    function* counted(pieces: Iterable<Buffer>): Generator<Buffer> {
      for (const piece of joined(pieces)) {
        plain.update(piece);
        self.#unpacked += piece.length;
        yield piece;
      }
    }
    const temporary = path.join(this.#blobs, 'part');
    await pipeline(
      Readable.from(counted(tarWriter(some()))),
      compression === 'gzip'
        ? createGzip({ level, chunkSize: 1 << 18 })
        : createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          size += chunk.length;
          packed.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(temporary),
    );
    const hex = packed.digest('hex');
    renameSync(temporary, path.join(this.#blobs, hex));
    this.#layers.push({
      mediaType: `application/vnd.oci.image.layer.v1.tar+${compression}`,
      digest: `sha256:${hex}`,
      size,
      diffId: `sha256:${plain.digest('hex')}`,
    });
    return size;
  }

  /** Writes config, manifest and index; the layout is whole from then on. */
  finish(): WrittenLayout {
    const config = this.#put({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: this.#layers.map(({ diffId }) => diffId) },
      config: {},
    });
    const manifest = this.#put({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers: this.#layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    });
    writeFileSync(path.join(this.#folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(
      path.join(this.#folder, 'index.json'),
      JSON.stringify({
        schemaVersion: 2,
        manifests: [
          {
            mediaType: 'application/vnd.oci.image.manifest.v1+json',
            ...manifest,
            annotations: { 'org.opencontainers.image.ref.name': 'bench' },
          },
        ],
      }),
    );
    return {
      layers: this.#layers.length,
      packed: this.#layers.reduce((sum, { size }) => sum + size, 0),
      unpacked: this.#unpacked,
      entries: this.#entries,
    };
  }

  #put(value: unknown): { digest: string; size: number } {
    const bytes = Buffer.from(JSON.stringify(value));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(path.join(this.#blobs, hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  }
}

/** Headers and small files together: each piece is a trip through the stream. */
function* joined(pieces: Iterable<Buffer>): Generator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    held.push(piece);
    bytes += piece.length;
    if (bytes < 1 << 18) continue;
    yield Buffer.concat(held, bytes);
    held = [];
    bytes = 0;
  }
  yield Buffer.concat(held, bytes);
}
