import {
  type FactsStore,
  type HashedExecutables,
  type Inventory,
  type ReadProgress,
  readInventory,
} from '#shared/inventory';
import {
  type Digest,
  endIdleThreads,
  type Image,
  type ImageReference,
  type ImageSource,
  isDamage,
  type Platform,
  type ReadImages,
  type RegistrySource,
  readImages,
} from '#shared/oci';
import { nothingRead, type UnreadImage } from './unread-images.ts';

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
  readonly hashed: HashedExecutables;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** What was read of what a person named. */
export interface ReadTargets {
  /** at least one */
  readonly targets: readonly ReadTarget[];
  /** what should have been read too: only ever of an index of which all images are asked for */
  readonly unread: readonly UnreadImage[];
}

/**
 * Reads the images of a source that are asked for. Of all images of an index those that are damaged or not there are told beside the others; an image that was asked for
 * alone, or the last one, throws what is wrong with it. Throws what the source and reading throw.
 */
export async function readImageTargets(input: ReadTargetInput): Promise<ReadTargets> {
  const { name, source, platform, signal } = input;
  const read = await readImages(source, { signal, ...(typeof platform === 'object' ? { platform } : {}) });
  const all = platform === 'all';
  const chosen = all ? read.images : [chooseImage(read)];
  const others = read.images.filter((other) => !chosen.includes(other));
  const targets: ReadTarget[] = [];
  const unread: UnreadImage[] = all ? [...read.unreadable] : [];
  for (const image of chosen) {
    const inventory = await inventoryOf(image, read, input, image === chosen.at(-1)).catch((error: unknown) => {
      if (!all || signal.aborted || !isDamage(error)) throw error;
      unread.push({ digest: image.digest, platform: image.platform, absent: false, error });
      return undefined;
    });
    if (inventory === undefined) continue;
    targets.push({
      name,
      image,
      root: read.root.digest,
      otherPlatforms: others.map((other) => other.platform),
      inventory,
      ...('reference' in source ? { reference: (source as RegistrySource).reference } : {}),
    });
  }
  if (targets.length === 0) throw nothingRead(unread);
  return { targets, unread };
}

async function inventoryOf(
  image: Image,
  read: ReadImages,
  input: ReadTargetInput,
  isLast: boolean,
): Promise<Inventory> {
  const { source, facts, hashed, signal, onProgress } = input;
  const { inventory } = await readInventory({
    image,
    source,
    attestations: read.attestations.get(image.digest),
    facts,
    hashed,
    signal,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(isLast ? { onNothingLeft: endIdleThreads } : {}),
  });
  signal.throwIfAborted();
  return inventory;
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
