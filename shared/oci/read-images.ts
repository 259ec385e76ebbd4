import { artifactKind, attestedBy, unknownPlatformReason } from './classify.ts';
import { isDamage, NotAnImage, NotFound, type OciError, UnsupportedImage } from './errors.ts';
import { CONFIG_LIMIT, parseImageConfig } from './image-config.ts';
import { parseManifest } from './manifest.ts';
import { answersPlatform, formatPlatform } from './platform.ts';
import { readBlob } from './read-blob.ts';
import type {
  Descriptor,
  Digest,
  Image,
  ImageManifest,
  ImageSource,
  Platform,
  SetAside,
  UnreadableImage,
} from './types.ts';

const DEEPEST_INDEX = 4;
const MOST_MANIFESTS = 500;
const AT_ONCE = 6;

/** What a source holds: the images to scan, what an index lists and cannot be read, and what was set aside with the reason why. */
export interface ReadImages {
  readonly root: Descriptor;
  readonly images: readonly Image[];
  /** only ever beside images: when nothing is left, the first one's error is thrown */
  readonly unreadable: readonly UnreadableImage[];
  readonly setAside: readonly SetAside[];
  /** what an index lists as attestations, by the image that they are said to be of; set aside, unread */
  readonly attestations: ReadonlyMap<Digest, readonly Descriptor[]>;
}

/**
 * Resolves a source to its images: the root itself, or an index's children, nested ones too, each once, with manifest
 * and config checked against their digests. Attestations, artifacts and children of platforms that are not wanted or not
 * read are set aside with a reason. A child that is damaged or that the source does not have is unreadable and takes no
 * other with it. When nothing is left it throws: the damage (DigestMismatch, NotFound …), NotAnImage (a chart, a signature,
 * attestations alone), UnsupportedImage (Windows, schema 1), NotFound (no image of `platform`).
 */
export async function readImages(
  source: ImageSource,
  options: { readonly platform?: Platform; readonly signal?: AbortSignal } = {},
): Promise<ReadImages> {
  const { descriptor: root, bytes } = await source.root();
  const reading = new Reading(source, options.platform, options.signal);
  await reading.manifest(root, bytes, 0);
  if (reading.images.length === 0) throw nothingLeft(source, reading);
  const { images, unreadable, setAside, attestations } = reading;
  return { root, images, unreadable, setAside, attestations };
}

class Reading {
  readonly images: Image[] = [];
  readonly unreadable: UnreadableImage[] = [];
  readonly setAside: SetAside[] = [];
  readonly attestations = new Map<Digest, Descriptor[]>();
  /** why the last thing that might have been an image was refused: the error, if nothing else is found */
  refusal: OciError | undefined;
  readonly otherPlatforms: string[] = [];
  readonly platform: Platform | undefined;
  readonly #source: ImageSource;
  readonly #signal: AbortSignal | undefined;
  readonly #seen = new Set<Digest>();

  constructor(source: ImageSource, platform: Platform | undefined, signal: AbortSignal | undefined) {
    this.#source = source;
    this.platform = platform;
    this.#signal = signal;
  }

  async manifest(descriptor: Descriptor, bytes: Buffer, depth: number): Promise<void> {
    this.#seen.add(descriptor.digest);
    const parsed = this.#refusable(descriptor, () =>
      parseManifest(bytes, descriptor.mediaType, this.#about(descriptor)),
    );
    if (parsed === undefined) return;
    if (parsed.kind === 'image') {
      await this.#image(descriptor, parsed.manifest);
      return;
    }
    if (depth >= DEEPEST_INDEX) {
      const why = `indexes are nested more than ${DEEPEST_INDEX} deep`;
      this.#refuse(descriptor, why, new UnsupportedImage(this.#about(descriptor), why, 'Push a flat index.'));
      return;
    }
    await this.#children(parsed.index.manifests, depth);
  }

  async #children(manifests: readonly Descriptor[], depth: number): Promise<void> {
    const wanted: Descriptor[] = [];
    for (const child of manifests) {
      if (this.#seen.has(child.digest)) continue;
      this.#seen.add(child.digest);
      const reason = this.#reasonNotToOpen(child);
      if (reason === undefined) wanted.push(child);
      else this.#aside(child, reason);
      const attested = reason === undefined ? undefined : attestedBy(child);
      if (attested !== undefined) this.attestations.set(attested, [...(this.attestations.get(attested) ?? []), child]);
    }
    for (let at = 0; at < wanted.length; at += AT_ONCE) {
      // fetched together, taken in order, so that the result does not depend on who answers first
      const batch = wanted.slice(at, at + AT_ONCE);
      const fetched = await Promise.all(batch.map((child) => this.#fetch(child)));
      for (const [i, child] of batch.entries()) {
        const bytes = fetched[i];
        if (bytes !== undefined) await this.#child(child, bytes, depth + 1);
      }
    }
  }

  #reasonNotToOpen(child: Descriptor): string | undefined {
    if (this.#seen.size > MOST_MANIFESTS)
      return `an index of more than ${MOST_MANIFESTS} manifests is not read to its end`;
    const unknown = unknownPlatformReason(child);
    if (unknown !== undefined) return unknown;
    const { platform } = child;
    if (platform === undefined || platform.os === '') return undefined;
    return this.#reasonOfPlatform(child, platform);
  }

  #reasonOfPlatform(descriptor: Descriptor, platform: Platform): string | undefined {
    const name = formatPlatform(platform);
    if (platform.os !== 'linux') {
      const what = platform.os === 'windows' ? 'a Windows image' : `an image for ${name}`;
      this.refusal ??= new UnsupportedImage(
        this.#about(descriptor),
        `this is ${what}`,
        'Drydock reads Linux images only; name a Linux image.',
      );
      return `${what}: not read`;
    }
    if (this.platform === undefined || answersPlatform(platform, this.platform)) return undefined;
    this.otherPlatforms.push(name);
    return `its platform ${name} is not the one asked for`;
  }

  async #fetch(child: Descriptor): Promise<Buffer | undefined> {
    try {
      return await this.#source.manifest(child);
    } catch (error) {
      this.#damaged(child, error, error instanceof NotFound);
      return undefined;
    }
  }

  async #child(child: Descriptor, bytes: Buffer, depth: number): Promise<void> {
    try {
      await this.manifest(child, bytes, depth);
    } catch (error) {
      this.#damaged(child, error, false);
    }
  }

  /** Keeps what is wrong with this child alone; anything else is thrown on. */
  #damaged({ digest, mediaType, platform }: Descriptor, error: unknown, absent: boolean): void {
    if (!isDamage(error)) throw error;
    this.unreadable.push({ digest, mediaType, ...(platform === undefined ? {} : { platform }), absent, error });
  }

  async #image(descriptor: Descriptor, manifest: ImageManifest): Promise<void> {
    const kind = artifactKind(manifest);
    if (kind !== undefined) {
      this.#refuse(descriptor, `it is ${kind}`, new NotAnImage(this.#about(descriptor), kind));
      return;
    }
    const bytes = await readBlob(
      this.#source,
      manifest.config,
      CONFIG_LIMIT,
      this.#signal ? { signal: this.#signal } : {},
    );
    const config = parseImageConfig(bytes, `${this.#source.description}, config ${manifest.config.digest}`);
    const platform = mergePlatform(config, descriptor.platform);
    const reason = this.#reasonOfPlatform(descriptor, platform);
    if (reason === undefined) {
      this.images.push({ digest: descriptor.digest, size: descriptor.size, manifest, config, platform });
    } else this.#aside(descriptor, reason);
  }

  #refusable<T>(descriptor: Descriptor, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof UnsupportedImage || error instanceof NotAnImage)) throw error;
      this.#refuse(descriptor, error.message, error);
      return undefined;
    }
  }

  #refuse(descriptor: Descriptor, reason: string, error: OciError): void {
    this.refusal ??= error;
    this.#aside(descriptor, reason);
  }

  #aside({ digest, mediaType }: Descriptor, reason: string): void {
    this.setAside.push({ digest, mediaType, reason });
  }

  #about({ digest }: Descriptor): string {
    return `${this.#source.description}, ${digest}`;
  }
}

/**
 * The config says what runs; where it is silent the index's word is taken, and at last Linux, which is what a runtime
 * would try.
 */
function mergePlatform(
  config: { readonly os: string; readonly architecture: string; readonly variant?: string },
  listed: Platform | undefined,
): Platform {
  const variant = config.variant ?? listed?.variant;
  return {
    os: config.os || listed?.os || 'linux',
    architecture: config.architecture || listed?.architecture || '',
    ...(variant === undefined ? {} : { variant }),
    ...(listed?.['os.version'] === undefined ? {} : { 'os.version': listed['os.version'] }),
  };
}

function nothingLeft(source: ImageSource, reading: Reading): OciError {
  const [damaged] = reading.unreadable;
  if (damaged !== undefined) return damaged.error;
  const wantsOther = reading.platform !== undefined && reading.platform.os !== 'linux';
  if (wantsOther && reading.refusal !== undefined) return reading.refusal;
  if (reading.otherPlatforms.length > 0) {
    return new NotFound(
      source.description,
      'it holds no image for the platform asked for',
      `It has: ${reading.otherPlatforms.slice(0, 20).join(', ')}.`,
    );
  }
  if (reading.refusal !== undefined) return reading.refusal;
  return new NotAnImage(
    source.description,
    reading.setAside.length === 0 ? 'an empty index' : 'an index of attestations only',
  );
}
