import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import {
  type Descriptor,
  type Digest,
  digestOf,
  type ImageReference,
  isDigest,
  isIndexType,
  MANIFEST_TYPES,
  parseReference,
  verified,
} from '#shared/oci';
import { isLoopback } from './http.ts';
import type { ImageResolver } from './pulls.ts';

/** An image cannot be had from its registry; the message is what a task's stoppedReason says. */
export class CannotPullContainerError extends Error {
  readonly code = 'CannotPullContainerError';
  readonly image: string;

  constructor(image: string, what: string, cause?: unknown) {
    super(
      `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${what}`,
      { cause },
    );
    this.name = 'CannotPullContainerError';
    this.image = image;
  }
}

export interface RegistryResolverOptions {
  /** architectures that the tasks may run on, best first, as an index writes them; default this machine's, amd64, arm64 */
  readonly architectures?: readonly string[];
  /** also ask registries of other machines; default false: a local stack stays local */
  readonly remote?: boolean;
  /** `host:port` meant by a reference that names none; default Docker Hub, as everywhere */
  readonly defaultRegistry?: string;
  /** headers for a registry that wants them; never sent to another host that it redirects to */
  readonly authorize?: (registry: string) => Promise<Readonly<Record<string, string>>>;
  /** longest silence of a registry, ms; default 30 s */
  readonly timeoutMs?: number;
}

/** The label that lets a test image end as soon as it is started. */
const EXIT_LABEL = 'drydock.demo.exit';
const LARGEST_MANIFEST = 4 * 1024 * 1024;
const LARGEST_CONFIG = 8 * 1024 * 1024;
const MOST_REDIRECTS = 3;

interface Wanted {
  readonly image: string;
  readonly registry: string;
  readonly repository: string;
  readonly reference: string;
}

interface Answer {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly mediaType: string;
}

/**
 * Pulls as an agent without a cache does (Fargate): the manifest by digest, the child of an index that fits, the config and
 * every layer to the last byte, all of them checked. Plain HTTP for loopback registries, HTTPS for others if they
 * are allowed (distribution-spec, pull). Throws CannotPullContainerError.
 */
export function registryResolver(options: RegistryResolverOptions = {}): ImageResolver {
  const machine = process.arch === 'x64' ? 'amd64' : process.arch;
  const architectures = options.architectures ?? [machine, 'amd64', 'arm64'];
  return {
    resolve: async (image) => {
      const wanted = parse(image, options);
      const said = await call(wanted, options, 'HEAD', `manifests/${wanted.reference}`, async (response) => {
        response.resume();
        return response.headers['docker-content-digest'];
      });
      if (isDigest(said)) return { digest: said };
      const { digest } = await manifest(wanted, options, wanted.reference);
      return { digest };
    },
    pull: async (image, digest) => {
      const wanted = parse(image, options);
      if (!isDigest(digest)) throw new CannotPullContainerError(image, `${digest} is no digest`);
      const root = await manifest(wanted, options, digest);
      const chosen = isIndexType(root.mediaType) ? childFor(wanted, root, architectures) : undefined;
      const leaf = chosen === undefined ? root : await manifest(wanted, options, chosen);
      const { config, layers } = readManifest(wanted, leaf);
      const text = await blob(wanted, options, config, LARGEST_CONFIG);
      for (const layer of layers) await blob(wanted, options, layer, 0);
      return { exits: endsByItself(text) };
    },
  };
}

function parse(image: string, options: RegistryResolverOptions): Wanted {
  const { registry, repository, tag, digest } = reference(image, options);
  if (options.remote !== true && !isLoopback(registry)) {
    throw new CannotPullContainerError(image, `${registry} is no registry of this machine, and others are not asked`);
  }
  return { image, registry, repository, reference: digest ?? tag ?? 'latest' };
}

function reference(image: string, options: RegistryResolverOptions): ImageReference {
  const { defaultRegistry } = options;
  try {
    return parseReference(image, defaultRegistry === undefined ? {} : { defaultRegistry });
  } catch (cause) {
    throw new CannotPullContainerError(image, cause instanceof Error ? cause.message : 'no image reference', cause);
  }
}

async function manifest(wanted: Wanted, options: RegistryResolverOptions, reference: string): Promise<Answer> {
  return call(wanted, options, 'GET', `manifests/${reference}`, async (response) => {
    const bytes = await collect(wanted, response, LARGEST_MANIFEST);
    const digest = isDigest(reference)
      ? digestOf(bytes, reference.startsWith('sha512:') ? 'sha512' : 'sha256')
      : digestOf(bytes);
    if (isDigest(reference) && digest !== reference) {
      throw new CannotPullContainerError(wanted.image, `the registry answered ${digest} for ${reference}`);
    }
    const mediaType =
      String(response.headers['content-type'] ?? '')
        .split(';')[0]
        ?.trim() ?? '';
    return { bytes, digest, mediaType };
  });
}

/** Reads a blob to its end; its bytes are kept only when `keep` allows, and believed only when the digest fits. */
async function blob(wanted: Wanted, options: RegistryResolverOptions, row: Descriptor, keep: number): Promise<Buffer> {
  if (keep > 0 && row.size > keep) throw new CannotPullContainerError(wanted.image, `the config is ${row.size} bytes`);
  return call(wanted, options, 'GET', `blobs/${row.digest}`, async (response) => {
    const parts: Buffer[] = [];
    for await (const part of verified(response, row, wanted.image) as AsyncIterable<Buffer>) {
      if (keep > 0) parts.push(part);
    }
    return Buffer.concat(parts);
  });
}

async function collect(wanted: Wanted, response: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > most) throw new CannotPullContainerError(wanted.image, `the manifest is larger than ${most} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function childFor(wanted: Wanted, index: Answer, architectures: readonly string[]): Digest {
  const rows = listOf(json(wanted, index.bytes).manifests);
  for (const architecture of architectures) {
    for (const row of rows) {
      const platform = (row.platform ?? {}) as { os?: unknown; architecture?: unknown };
      if (platform.os === 'linux' && platform.architecture === architecture && isDigest(row.digest)) return row.digest;
    }
  }
  throw new CannotPullContainerError(
    wanted.image,
    `image Manifest does not contain descriptor matching platform 'linux/${architectures[0] ?? 'none'}'`,
  );
}

function readManifest(
  wanted: Wanted,
  answer: Answer,
): { readonly config: Descriptor; readonly layers: readonly Descriptor[] } {
  const { config, layers } = json(wanted, answer.bytes);
  const rows = [config as Record<string, unknown> | undefined, ...listOf(layers)].map((row) => {
    const { digest, size, mediaType } = row ?? {};
    if (!isDigest(digest) || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
      throw new CannotPullContainerError(wanted.image, 'the manifest is not one of an image');
    }
    return { digest, size, mediaType: String(mediaType ?? '') };
  });
  const [first, ...rest] = rows;
  if (first === undefined) throw new CannotPullContainerError(wanted.image, 'the manifest is not one of an image');
  return { config: first, layers: rest };
}

function json(wanted: Wanted, bytes: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch (cause) {
    throw new CannotPullContainerError(wanted.image, 'the manifest is not JSON', cause);
  }
  throw new CannotPullContainerError(wanted.image, 'the manifest is not a JSON object');
}

function listOf(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) return [];
  return value.filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null);
}

/** An image without a readable config still runs: only the label of a test image is looked for. */
function endsByItself(config: Buffer): boolean {
  try {
    const parsed = JSON.parse(config.toString('utf8')) as { config?: { Labels?: Record<string, unknown> } } | null;
    const label = parsed?.config?.Labels?.[EXIT_LABEL];
    return label !== undefined && label !== 'false' && label !== '';
  } catch {
    return false;
  }
}

/** One request, redirects followed; credentials stay with the registry that they are for. */
async function call<T>(
  wanted: Wanted,
  options: RegistryResolverOptions,
  method: 'GET' | 'HEAD',
  path: string,
  use: (response: IncomingMessage) => Promise<T>,
): Promise<T> {
  const scheme = isLoopback(wanted.registry) ? 'http' : 'https';
  let url = new URL(`${scheme}://${wanted.registry}/v2/${wanted.repository}/${path}`);
  const home = url.host;
  const credentials = (await options.authorize?.(wanted.registry)) ?? {};
  try {
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      const headers = { accept: MANIFEST_TYPES.join(', '), ...(url.host === home ? credentials : {}) };
      const response = await send(url, method, headers, options.timeoutMs ?? 30_000);
      const status = response.statusCode ?? 0;
      if (status === 200) return await use(response).finally(() => response.destroy());
      response.resume();
      if (status < 300 || status > 399 || response.headers.location === undefined) {
        throw new CannotPullContainerError(wanted.image, said(wanted, method, url, status));
      }
      const next = new URL(response.headers.location, url);
      if (
        next.protocol !== 'https:' &&
        !(next.protocol === 'http:' && url.protocol === 'http:' && isLoopback(next.host))
      ) {
        throw new CannotPullContainerError(wanted.image, `the registry redirects to ${next.protocol}//${next.host}`);
      }
      url = next;
    }
  } catch (error) {
    if (error instanceof CannotPullContainerError) throw error;
    throw new CannotPullContainerError(wanted.image, error instanceof Error ? error.message : String(error), error);
  }
  throw new CannotPullContainerError(wanted.image, `more than ${MOST_REDIRECTS} redirects`);
}

function said(wanted: Wanted, method: string, url: URL, status: number): string {
  return status === 404
    ? `${wanted.image}: not found`
    : `unexpected status from ${method} request to ${url.href}: ${status}`;
}

function send(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  timeout: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'http:' ? httpRequest : httpsRequest;
    const request = open(url, { method, headers, timeout, agent: false }, resolve);
    request.on('timeout', () => request.destroy(new Error(`no answer from ${url.host} for ${timeout} ms`)));
    request.on('error', reject);
    request.end();
  });
}
