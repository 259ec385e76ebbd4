import * as z from 'zod';
import { algorithmOf, type Digest, digestOf, isDigest } from '#shared/oci';
import { RegistryError } from './errors.ts';
import { exists, namesIn, readSmall, removeFile, writeSmall } from './files.ts';
import type { Locks } from './locks.ts';
import type { ManifestFacts } from './manifest.ts';
import { digestOfFile, repositoryOfFolder, tagOfFile } from './names.ts';
import type { Places } from './places.ts';
import type { Reference } from './routes.ts';

/** A manifest as it was pushed. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly body: Buffer;
}

const header = z.object({ mediaType: z.string(), subject: z.custom<Digest>(isDigest).optional() });
const NEWLINE = 10;

const referrerForm = z.object({
  mediaType: z.string(),
  digest: z.custom<Digest>(isDigest),
  size: z.number(),
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** A descriptor of the referrers API (distribution-spec, "Listing referrers"). */
export type Referrer = z.infer<typeof referrerForm>;

/**
 * Manifests, tags and referrers of the repositories. A manifest's file is what readers trust: the referrer entry is written before it and
 * believed only with it; tags are written after it and removed before it. So a crash between any two writes shows nothing half.
 */
export class ManifestStore {
  readonly #places: Places;
  readonly #locks: Locks;

  constructor(places: Places, locks: Locks) {
    this.#places = places;
    this.#locks = locks;
  }

  /** The digest that a reference names, without looking whether the manifest is there. */
  async resolve(repository: string, reference: Reference): Promise<Digest | undefined> {
    if (reference.kind === 'digest') return reference.digest;
    const text = (await readSmall(this.#places.tag(repository, reference.tag)))?.toString('latin1');
    return isDigest(text) ? text : undefined;
  }

  /**
   * Reads a manifest, and checks its bytes once more.
   * @throws RegistryError UNKNOWN (500) when the disk gave other bytes than were pushed
   */
  async read(repository: string, reference: Reference): Promise<StoredManifest | undefined> {
    const digest = await this.resolve(repository, reference);
    if (digest === undefined) return undefined;
    const bytes = await readSmall(this.#places.manifest(repository, digest));
    if (bytes === undefined) return undefined;
    const end = bytes.indexOf(NEWLINE);
    const body = bytes.subarray(end + 1);
    if (end < 0 || digestOf(body, algorithmOf(digest)) !== digest) throw damaged(repository, digest);
    return { digest, mediaType: header.parse(JSON.parse(bytes.toString('utf8', 0, end))).mediaType, body };
  }

  /** Whether a repository has a manifest of this digest. */
  async has(repository: string, digest: Digest): Promise<boolean> {
    return exists(this.#places.manifest(repository, digest));
  }

  /** Stores a manifest whose bytes were checked, then points tags at it. It is durable when this settles. */
  async put(
    repository: string,
    digest: Digest,
    facts: ManifestFacts,
    body: Buffer,
    tags: readonly string[],
  ): Promise<void> {
    const { mediaType, subject, artifactType, annotations } = facts;
    await this.#locks.hold(`manifests of ${repository}`, async () => {
      if (subject !== undefined) {
        const entry: Referrer = {
          mediaType,
          digest,
          size: body.length,
          ...(artifactType === undefined ? {} : { artifactType }),
          ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
        };
        await this.#write(this.#places.referrer(repository, subject, digest), JSON.stringify(entry));
      }
      const head = JSON.stringify({ mediaType, ...(subject === undefined ? {} : { subject }) });
      await this.#write(this.#places.manifest(repository, digest), Buffer.concat([Buffer.from(`${head}\n`), body]));
      for (const tag of tags) await this.#write(this.#places.tag(repository, tag), digest);
    });
  }

  /** Removes a tag; gives the digest that it named, or undefined when there was none. */
  async removeTag(repository: string, tag: string): Promise<Digest | undefined> {
    return this.#locks.hold(`manifests of ${repository}`, async () => {
      const digest = await this.resolve(repository, { kind: 'tag', tag });
      return (await removeFile(this.#places.tag(repository, tag))) ? digest : undefined;
    });
  }

  /** Removes a manifest and the tags that name it; gives those tags, or undefined when there was no such manifest. */
  async removeManifest(repository: string, digest: Digest): Promise<readonly string[] | undefined> {
    return this.#locks.hold(`manifests of ${repository}`, async () => {
      const file = this.#places.manifest(repository, digest);
      const bytes = await readSmall(file);
      if (bytes === undefined) return undefined;
      const removed: string[] = [];
      for (const tag of await this.tags(repository)) {
        if ((await this.resolve(repository, { kind: 'tag', tag })) !== digest) continue;
        await removeFile(this.#places.tag(repository, tag));
        removed.push(tag);
      }
      await removeFile(file);
      const subject = subjectOf(bytes);
      if (subject !== undefined) await removeFile(this.#places.referrer(repository, subject, digest));
      return removed;
    });
  }

  /** The tags of a repository, in no order. */
  async tags(repository: string): Promise<string[]> {
    const files = await namesIn(this.#places.tags(repository));
    return files.map(tagOfFile).filter((tag) => tag !== undefined);
  }

  /** Whether anything was ever pushed to a repository. */
  async knows(repository: string): Promise<boolean> {
    return (await exists(this.#places.manifests(repository))) || exists(this.#places.layers(repository));
  }

  /** The repositories that hold a manifest, in no order. */
  async repositories(): Promise<string[]> {
    const found: string[] = [];
    for (const folder of await namesIn(this.#places.repositories)) {
      const repository = repositoryOfFolder(folder);
      if (repository !== undefined && (await namesIn(this.#places.manifests(repository))).length > 0) {
        found.push(repository);
      }
    }
    return found;
  }

  /** The digests of the manifests that name `subject`, in no order; of some, {@link referrer} may know nothing. */
  async referrers(repository: string, subject: Digest): Promise<Digest[]> {
    const files = await namesIn(this.#places.referrers(repository, subject));
    return files.map(digestOfFile).filter((digest) => digest !== undefined);
  }

  /** What the referrers API says of one referrer; undefined when its manifest is gone or never came. */
  async referrer(repository: string, subject: Digest, digest: Digest): Promise<Referrer | undefined> {
    if (!(await this.has(repository, digest))) return undefined;
    const bytes = await readSmall(this.#places.referrer(repository, subject, digest));
    return bytes === undefined ? undefined : referrerForm.parse(JSON.parse(bytes.toString('utf8')));
  }

  async #write(file: string, bytes: Uint8Array | string): Promise<void> {
    await writeSmall(this.#places.uploads, file, bytes);
  }
}

// deleting must work for a damaged file too: it is the cure
function subjectOf(bytes: Buffer): Digest | undefined {
  try {
    return header.parse(JSON.parse(bytes.toString('utf8', 0, Math.max(0, bytes.indexOf(NEWLINE))))).subject;
  } catch {
    return undefined;
  }
}

const damaged = (repository: string, digest: Digest): RegistryError =>
  new RegistryError(
    500,
    'UNKNOWN',
    `${repository}@${digest}`,
    'the file of this manifest is damaged',
    'Delete the manifest and push it again.',
  );
