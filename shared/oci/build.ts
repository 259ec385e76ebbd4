import { gzipSync, zstdCompressSync } from 'node:zlib';
import { digestOf } from './digest.ts';
import {
  DOCKER_CONFIG,
  DOCKER_INDEX,
  DOCKER_LAYER,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER,
  OCI_MANIFEST,
} from './media-types.ts';
import { memorySource } from './memory-source.ts';
import { type TarInput, tarBytes } from './tar-writer.ts';
import type { Descriptor, Digest, ImageConfig, ImageSource, Platform } from './types.ts';

/** A layer that was built: what names it, what it unpacks to, and its bytes. */
export interface BuiltLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly bytes: Buffer;
  readonly createdBy: string;
}

/** An image or index that was built: its root, every blob by digest (root included), and a source that serves them. */
export interface BuiltImage {
  readonly descriptor: Descriptor;
  readonly blobs: ReadonlyMap<Digest, Buffer>;
  readonly source: ImageSource;
}

/** How a layer is built. */
export interface LayerOptions {
  /** default gzip */
  readonly compression?: 'gzip' | 'zstd' | 'none';
  /** the command that the image's history names for this layer */
  readonly createdBy?: string;
}

/** Builds a layer of the given entries, in memory; the same entries make the same digest on the same zlib. */
export function buildLayer(entries: Iterable<TarInput>, options: LayerOptions = {}): BuiltLayer {
  return packLayer(tarBytes(entries), options);
}

/** Makes a layer of bytes that are a tar already (or are meant not to be one). */
export function packLayer(tar: Buffer, options: LayerOptions = {}): BuiltLayer {
  const { compression = 'gzip', createdBy = 'drydock build' } = options;
  const bytes = compress(tar, compression);
  const suffix = compression === 'none' ? '' : `+${compression}`;
  return {
    descriptor: { mediaType: `${OCI_LAYER}${suffix}`, digest: digestOf(bytes), size: bytes.length },
    diffId: digestOf(tar),
    bytes,
    createdBy,
  };
}

/** What an image is built of. Every field of `config` may be given, false claims included. */
export interface ImageInput {
  readonly layers: readonly BuiltLayer[];
  readonly config?: Partial<ImageConfig>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** default oci; docker makes a v2 schema 2 manifest */
  readonly form?: 'oci' | 'docker';
}

/** Builds an image in memory: config, manifest, and a source that serves them with the layers. */
export function buildImage(input: ImageInput): BuiltImage {
  const docker = input.form === 'docker';
  const config: Partial<ImageConfig> = input.config ?? {};
  const platform: Platform = {
    os: config.os ?? 'linux',
    architecture: config.architecture ?? 'amd64',
    ...(config.variant === undefined ? {} : { variant: config.variant }),
  };
  const configBytes = Buffer.from(JSON.stringify(configDocument(config, platform, input.layers)));
  const configDescriptor: Descriptor = {
    mediaType: docker ? DOCKER_CONFIG : OCI_CONFIG,
    digest: digestOf(configBytes),
    size: configBytes.length,
  };
  const mediaType = docker ? DOCKER_MANIFEST : OCI_MANIFEST;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: configDescriptor,
      layers: input.layers.map(({ descriptor }) => (docker ? { ...descriptor, mediaType: DOCKER_LAYER } : descriptor)),
      ...(input.annotations === undefined ? {} : { annotations: input.annotations }),
    }),
  );
  const blobs = new Map<Digest, Buffer>(input.layers.map((layer) => [layer.descriptor.digest, layer.bytes]));
  blobs.set(configDescriptor.digest, configBytes);
  return built({ mediaType, digest: digestOf(manifest), size: manifest.length, platform }, manifest, blobs);
}

/** A child of an index: a built image, with what the index says of it when that differs. */
export interface IndexChild {
  readonly image: BuiltImage;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Builds an index (or, for docker, a manifest list) over images or other indexes. */
export function buildIndex(
  children: readonly IndexChild[],
  options: { readonly annotations?: Readonly<Record<string, string>>; readonly form?: 'oci' | 'docker' } = {},
): BuiltImage {
  const mediaType = options.form === 'docker' ? DOCKER_INDEX : OCI_INDEX;
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      manifests: children.map(({ image, platform, annotations }) => ({
        ...image.descriptor,
        ...(platform === undefined ? {} : { platform }),
        ...(annotations === undefined ? {} : { annotations }),
      })),
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    }),
  );
  const blobs = new Map<Digest, Buffer>();
  for (const { image } of children) for (const [digest, blob] of image.blobs) blobs.set(digest, blob);
  return built({ mediaType, digest: digestOf(bytes), size: bytes.length }, bytes, blobs);
}

/**
 * Builds an artifact that is no image: a manifest with any config and layers (a chart, a signature, an attestation).
 */
export function buildArtifact(input: {
  readonly artifactType?: string;
  readonly config?: { readonly mediaType: string; readonly bytes: Buffer };
  readonly layers?: readonly { readonly mediaType: string; readonly bytes: Buffer }[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}): BuiltImage {
  const blobs = new Map<Digest, Buffer>();
  const add = ({ mediaType, bytes }: { readonly mediaType: string; readonly bytes: Buffer }): Descriptor => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const config = add(input.config ?? { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') });
  const layers = (input.layers ?? []).map(add);
  const { artifactType, subject, annotations } = input;
  const document = { schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType, config, layers, subject, annotations };
  const bytes = Buffer.from(JSON.stringify(document));
  return built({ mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length }, bytes, blobs);
}

function built(descriptor: Descriptor, bytes: Buffer, blobs: Map<Digest, Buffer>): BuiltImage {
  blobs.set(descriptor.digest, bytes);
  return { descriptor, blobs, source: memorySource(blobs, descriptor) };
}

function configDocument(config: Partial<ImageConfig>, platform: Platform, layers: readonly BuiltLayer[]): object {
  const keys = (names: readonly string[] | undefined) =>
    names === undefined ? undefined : Object.fromEntries(names.map((name) => [name, {}]));
  return {
    created: config.created,
    ...platform,
    config: {
      User: config.user,
      ExposedPorts: keys(config.exposedPorts),
      Env: config.environment,
      Healthcheck: config.healthCheck === undefined ? undefined : { Test: config.healthCheck },
      Entrypoint: config.entrypoint,
      Cmd: config.command,
      Volumes: keys(config.volumes),
      WorkingDir: config.workingDir,
      Labels: config.labels,
    },
    rootfs: { type: 'layers', diff_ids: config.diffIds ?? layers.map((layer) => layer.diffId) },
    history: (config.history ?? layers.map(({ createdBy }) => ({ createdBy, emptyLayer: false }))).map((step) => ({
      created: 'created' in step ? step.created : undefined,
      created_by: step.createdBy,
      empty_layer: step.emptyLayer || undefined,
    })),
  };
}

function compress(tar: Buffer, compression: 'gzip' | 'zstd' | 'none'): Buffer {
  if (compression === 'none') return tar;
  if (compression === 'zstd') return zstdCompressSync(tar);
  const bytes = gzipSync(tar);
  // the header's "operating system" byte is the only one that depends on the machine
  bytes[9] = 255;
  return bytes;
}
