import { type FactsStore, type Inventory, type ReadProgress, readInventory } from '#shared/inventory';
import {
  type Digest,
  type Image,
  type ImageReference,
  type ImageSource,
  type Platform,
  type ReadImages,
  type RegistrySource,
  readImages,
} from '#shared/oci';

/** One thing that was read and can be judged. */
export interface ReadTarget {
  /** as the person named it */
  readonly name: string;
  readonly image: Image;
  /** digest of the index that it was found in, else its own */
  readonly root: Digest;
  /** what else is there and was not read */
  readonly otherPlatforms: readonly Platform[];
  readonly inventory: Inventory;
  /** where it lies, if it is in a registry */
  readonly reference?: ImageReference;
  /** what a bill of materials says that it is of */
  readonly subject?: { readonly name: string; readonly digest?: string };
}

/** Which images of an index: one platform, every one, or what this machine would run. */
export type PlatformChoice = Platform | 'all' | undefined;

/** What reading needs. */
export interface ReadTargetInput {
  readonly name: string;
  readonly source: ImageSource;
  readonly facts: FactsStore;
  readonly platform: PlatformChoice;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** Reads the images of a source that are asked for. Throws what the source and reading throw. */
export async function readImageTargets(input: ReadTargetInput): Promise<ReadTarget[]> {
  const { name, source, facts, platform, signal, onProgress } = input;
  const read = await readImages(source, { signal, ...(typeof platform === 'object' ? { platform } : {}) });
  const chosen = platform === 'all' ? allImages(read) : [chooseImage(read)];
  const targets: ReadTarget[] = [];
  for (const image of chosen) {
    const { inventory } = await readInventory({
      image,
      source,
      attestations: read.attestations.get(image.digest),
      facts,
      signal,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    signal.throwIfAborted();
    const others = read.images.filter((other) => !chosen.includes(other));
    targets.push({
      name,
      image,
      root: read.root.digest,
      otherPlatforms: others.map((other) => other.platform),
      inventory,
      ...('reference' in source ? { reference: (source as RegistrySource).reference } : {}),
    });
  }
  return targets;
}

/** Every image, of which none may be damaged: a report of all platforms that leaves one out would look whole. */
function allImages({ images, unreadable }: ReadImages): readonly Image[] {
  const [damaged] = unreadable;
  if (damaged !== undefined) throw damaged.error;
  return images;
}

/** Of several platforms, what this machine would run; another one is no answer where that one is damaged. */
function chooseImage({ images, unreadable }: ReadImages): Image {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const mine = images.find(({ platform }) => platform.architecture === architecture);
  const damaged = unreadable.find(({ platform }) => platform?.architecture === architecture);
  if (mine === undefined && damaged !== undefined) throw damaged.error;
  const image = mine ?? images[0];
  // readImages throws when nothing is left
  if (image === undefined) throw new Error('the source holds no image');
  return image;
}
