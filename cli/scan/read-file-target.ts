import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type HashedExecutables, type Inventory, inventoryOfBill, readFolder } from '#shared/inventory';
import { type Image, parsePlatform } from '#shared/oci';
import { mostSbomBytes, readBill, readCycloneDxXml, UnreadableSbom } from '#shared/sbom';
import { CommandFailed } from '../exit-codes.ts';
import type { ReadTarget } from './read-target.ts';

/** Reads the bill of materials in a file. Throws NoSbom, UnreadableSbom. */
export async function readSbomFile(name: string, file: string): Promise<ReadTarget> {
  if ((await stat(file)).size > mostSbomBytes)
    throw new UnreadableSbom(file, `it is larger than ${mostSbomBytes} bytes`, 'Make it without its list of files.');
  return readSbomBytes(name, await readFile(file), file);
}

/** Reads a bill of materials that is called `about` in messages. Throws NoSbom, UnreadableSbom. */
export function readSbomBytes(name: string, bytes: Buffer, about: string): ReadTarget {
  const read = readBill(bytes, about, readCycloneDxXml);
  const document = {
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const,
    size: bytes.length,
  };
  const { subject } = read.bill;
  return { ...targetOf(name, inventoryOfBill(read, document), subject.platform), subject };
}

/** Reads the root filesystem in a folder. Throws CommandFailed when the folder itself cannot be read. */
export async function readFolderTarget(
  name: string,
  folder: string,
  options: {
    readonly signal: AbortSignal;
    readonly hashed: HashedExecutables;
    readonly onProgress: (entries: number) => void;
  },
): Promise<ReadTarget> {
  const inventory = await readFolder(folder, options).catch((error: unknown) => {
    options.signal.throwIfAborted();
    const why = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    throw why === undefined
      ? error
      : new CommandFailed(`${JSON.stringify(folder)} cannot be read (${why}); check its permissions`, { cause: error });
  });
  return targetOf(name, inventory, undefined);
}

/** What is no image from a registry, in the form of one: its layers are what the inventory says, and nothing runs it. */
function targetOf(name: string, inventory: Inventory, platform: string | undefined): ReadTarget {
  const layers = inventory.layers.map(({ digest, size }) => ({ mediaType: '', digest, size }));
  const image: Image = {
    digest: inventory.image,
    size: 0,
    manifest: {
      mediaType: '',
      config: { mediaType: '', digest: inventory.image, size: 0 },
      layers,
      annotations: {},
    },
    config: inventory.config,
    platform: platformOf(platform),
  };
  return { name, image, root: image.digest, otherPlatforms: [], inventory };
}

function platformOf(text: string | undefined): Image['platform'] {
  try {
    return parsePlatform(text ?? '');
  } catch {
    return { os: '', architecture: '' };
  }
}
