import type { Readable } from 'node:stream';
import { digestOf, isDigest } from '../digest.ts';
import { parseObject, textOf, textsOf } from '../document.ts';
import { DigestMismatch, InvalidManifest, NotFound, RegistryRefused } from '../errors.ts';
import { nextLink } from '../links.ts';
import { INDEX_LIMIT, parseManifest } from '../manifest.ts';
import { isIndexType, isManifestType, MANIFEST_TYPES, OCI_INDEX } from '../media-types.ts';
import type { BlobStream, Descriptor, Digest, ImageReference } from '../types.ts';
import { verifyBytes } from '../verified.ts';
import { discard, type HttpResponse, readBody } from './http.ts';
import { type BlobRequest, findBlob, openBlob } from './registry-blob.ts';
import { type RegistryOptions, RegistryTransport } from './registry-transport.ts';

const MOST_PAGES = 10_000;
const ACCEPT = MANIFEST_TYPES.join(', ');

/** A repository of a registry that speaks the OCI distribution protocol (spec 1.1), ECR included. */
export class RegistryClient {
  readonly registry: string;
  readonly repository: string;
  readonly #transport: RegistryTransport;

  constructor(repository: Pick<ImageReference, 'registry' | 'repository'>, options: RegistryOptions = {}) {
    this.registry = repository.registry;
    this.repository = repository.repository;
    this.#transport = new RegistryTransport(repository.registry, options);
  }

  close(): void {
    this.#transport.close();
  }

  /**
   * A manifest or index by tag or digest, checked against the digest asked for and the one the registry names.
   * Throws NotFound, Unauthorized, RegistryUnavailable, TooLarge, DigestMismatch.
   */
  async manifest(reference: string, signal?: AbortSignal): Promise<{ descriptor: Descriptor; bytes: Buffer }> {
    const about = `manifest ${reference} of ${this.#name}`;
    const response = await this.#transport.send(
      {
        method: 'GET',
        url: `${this.#path}/manifests/${reference}`,
        scope: this.#pull,
        headers: { accept: ACCEPT },
        about,
        ...(signal === undefined ? {} : { signal }),
      },
      [200],
    );
    const bytes = await readBody(response, INDEX_LIMIT, about, 'the manifest');
    const named = response.headers['docker-content-digest'];
    let digest = digestOf(bytes);
    for (const expected of [reference, named]) {
      if (!isDigest(expected)) continue;
      const got = digestOf(bytes, expected.startsWith('sha512:') ? 'sha512' : 'sha256');
      if (got !== expected) throw new DigestMismatch(about, expected, got);
      if (expected === reference) digest = got;
    }
    return { descriptor: { mediaType: typeOf(response, bytes), digest, size: bytes.length }, bytes };
  }

  /** A manifest by its descriptor, size and digest checked. */
  async manifestOf(descriptor: Descriptor, signal?: AbortSignal): Promise<Buffer> {
    const { bytes } = await this.manifest(descriptor.digest, signal);
    return verifyBytes(bytes, descriptor, this.#name);
  }

  /** Whether a manifest is there, by tag or digest. */
  async hasManifest(reference: string): Promise<boolean> {
    return this.#exists(`${this.#path}/manifests/${reference}`, `manifest ${reference} of ${this.#name}`, {
      accept: ACCEPT,
    });
  }

  /** Whether a blob is there. */
  async hasBlob(digest: Digest): Promise<boolean> {
    return this.#exists(`${this.#path}/blobs/${digest}`, `blob ${digest} of ${this.#name}`, {});
  }

  /**
   * A blob as a verified stream that survives broken connections. Throws NotFound and its kin before the first byte.
   */
  async blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Readable> {
    return openBlob(this.#transport, this.#request(descriptor, signal));
  }

  /** The same, unchecked: for a reader that checks the bytes itself. */
  async foundBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<BlobStream> {
    return findBlob(this.#transport, this.#request(descriptor, signal));
  }

  #request(descriptor: Descriptor, signal: AbortSignal | undefined): BlobRequest {
    return {
      path: `${this.#path}/blobs/${descriptor.digest}`,
      scope: this.#pull,
      descriptor,
      source: this.#name,
      ...(signal === undefined ? {} : { signal }),
    };
  }

  /** Every tag of the repository, page by page, as the registry orders them. */
  async *tags(pageSize = 1000): AsyncGenerator<string, void, undefined> {
    const about = `tags of ${this.#name}`;
    for await (const page of this.#pages(`${this.#path}/tags/list?n=${pageSize}`, about)) yield* textsOf(page.tags);
  }

  /**
   * What refers to a manifest (SBOMs, signatures …); registries without the referrers API are asked for the tag that
   * clients keep instead (distribution-spec, "Referrers Tag Schema").
   */
  async referrers(digest: Digest, artifactType?: string): Promise<Descriptor[]> {
    const about = `referrers of ${digest} in ${this.#name}`;
    const filter = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
    const found: Descriptor[] = [];
    try {
      for await (const page of this.#pages(`${this.#path}/referrers/${digest}${filter}`, about)) {
        found.push(...indexed(Buffer.from(JSON.stringify(page)), about));
      }
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
      found.push(...(await this.#taggedReferrers(digest)));
    }
    // a registry need not filter
    return artifactType === undefined ? found : found.filter((item) => item.artifactType === artifactType);
  }

  /**
   * Uploads a blob unless it is there already, or can be mounted from another repository of this registry. `open` gives
   * the bytes, and is called again when an upload broke and is begun anew.
   */
  async pushBlob(
    descriptor: Descriptor,
    open: () => Promise<Readable>,
    options: { readonly mountFrom?: string; readonly signal?: AbortSignal } = {},
  ): Promise<'there' | 'mounted' | 'pushed'> {
    const { digest, size } = descriptor;
    if (await this.hasBlob(digest)) return 'there';
    const { mountFrom, signal } = options;
    const mounts = mountFrom !== undefined && mountFrom !== this.repository;
    const scope = mounts ? `${this.#push} repository:${mountFrom}:pull` : this.#push;
    const about = `blob ${digest} of ${this.#name}`;
    const signalled = signal === undefined ? {} : { signal };
    for (let attempt = 1; ; attempt++) {
      const query =
        mounts && attempt === 1 ? `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(mountFrom)}` : '';
      const begun = await this.#transport.send(
        {
          method: 'POST',
          url: `${this.#path}/blobs/uploads/${query}`,
          scope,
          about,
          body: Buffer.alloc(0),
          ...signalled,
        },
        [201, 202],
      );
      discard(begun);
      if (begun.status === 201) return 'mounted';
      const url = uploadUrl(begun, digest, about);
      try {
        const response = await this.#transport.send(
          {
            method: 'PUT',
            url,
            scope,
            about,
            headers: { 'content-type': 'application/octet-stream' },
            upload: async () => ({ stream: await open(), length: size }),
            ...signalled,
          },
          [201],
        );
        discard(response);
        return 'pushed';
      } catch (error) {
        if (!isWorthAnotherUpload(error) || attempt >= this.#transport.attempts) throw error;
      }
      await this.#transport.pause(attempt, signal);
    }
  }

  /**
   * Stores a manifest under a tag or its digest. Answers with the subject that the registry took note of (`OCI-Subject`), undefined when it keeps no list of referrers.
   * Throws RegistryRefused when the registry misses what it refers to.
   */
  async putManifest(
    reference: string,
    mediaType: string,
    bytes: Buffer,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const response = await this.#transport.send(
      {
        method: 'PUT',
        url: `${this.#path}/manifests/${reference}`,
        scope: this.#push,
        about: `manifest ${reference} of ${this.#name}`,
        headers: { 'content-type': mediaType },
        body: bytes,
        ...(signal === undefined ? {} : { signal }),
      },
      [200, 201, 202],
    );
    discard(response);
    const subject = response.headers['oci-subject'];
    return typeof subject === 'string' ? subject : undefined;
  }

  get #name(): string {
    return `${this.registry}/${this.repository}`;
  }

  get #path(): string {
    return `/v2/${this.repository}`;
  }

  get #pull(): string {
    return `repository:${this.repository}:pull`;
  }

  get #push(): string {
    return `repository:${this.repository}:pull,push`;
  }

  async #exists(url: string, about: string, headers: Record<string, string>): Promise<boolean> {
    const response = await this.#transport.send({ method: 'HEAD', url, scope: this.#pull, headers, about }, [200, 404]);
    discard(response);
    return response.status === 200;
  }

  async *#pages(first: string, about: string): AsyncGenerator<Readonly<Record<string, unknown>>, void, undefined> {
    let url: URL | undefined = new URL(first, this.#transport.base);
    for (let page = 0; url !== undefined && page < MOST_PAGES; page++) {
      const response: HttpResponse = await this.#transport.send(
        { method: 'GET', url, scope: this.#pull, about },
        [200],
      );
      const document = parseObject(await readBody(response, INDEX_LIMIT, about, 'the page'));
      if (document === undefined)
        throw new InvalidManifest(about, 'the answer is no JSON object', 'Check the registry.');
      yield document;
      const next = nextLink(response.headers.link);
      const target: URL | undefined =
        next !== undefined && URL.canParse(next, url.href) ? new URL(next, url) : undefined;
      // a next page on another host would be somebody else's answer
      url = target?.origin === this.#transport.base.origin && target.href !== url.href ? target : undefined;
    }
  }

  async #taggedReferrers(digest: Digest): Promise<Descriptor[]> {
    try {
      const { bytes } = await this.manifest(digest.replace(':', '-'));
      return [...indexed(bytes, `referrers of ${digest} in ${this.#name}`)];
    } catch (error) {
      if (error instanceof NotFound) return [];
      throw error;
    }
  }
}

function indexed(bytes: Buffer, about: string): readonly Descriptor[] {
  const parsed = parseManifest(bytes, OCI_INDEX, about);
  return parsed.kind === 'index' ? parsed.index.manifests : [];
}

/** The manifest's type: what the registry says, or, when it says nothing of use, what the document says. */
function typeOf(response: HttpResponse, bytes: Buffer): string {
  const header = response.headers['content-type']?.split(';', 1)[0]?.trim() ?? '';
  if (isIndexType(header) || isManifestType(header)) return header;
  return textOf(parseObject(bytes)?.mediaType) ?? header;
}

function uploadUrl(response: HttpResponse, digest: Digest, about: string): URL {
  const location = response.headers.location ?? '';
  if (location === '' || !URL.canParse(location, response.url.href)) {
    const text = 'the registry begins an upload and does not say where';
    throw new RegistryRefused(about, response.status, text, 'Ask the owner of the registry.');
  }
  const url = new URL(location, response.url);
  if (response.url.protocol === 'https:' && url.protocol !== 'https:') {
    // a registry behind a proxy that ends TLS often names itself by http; anybody else gets nothing in the clear
    if (url.hostname !== response.url.hostname) {
      const text = 'the registry wants the upload at a place that is not HTTPS';
      throw new RegistryRefused(about, response.status, text, 'Ask the owner of the registry.');
    }
    url.protocol = 'https:';
    url.port = response.url.port;
  }
  // the location's own query must stay as it is: some registries sign it
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}

function isWorthAnotherUpload(error: unknown): boolean {
  if (error instanceof Error && 'code' in error && error.code === 'registry-unavailable') return true;
  // the upload's session was lost: begin another
  return error instanceof NotFound;
}
