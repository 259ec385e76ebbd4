import { Readable } from 'node:stream';
import { type Inventory, type LayerFacts, mergeLayers, type ReadLimits, readLayer } from '#shared/inventory';
import {
  type BuiltLayer,
  buildImage,
  buildLayer,
  type Image,
  type ImageConfig,
  readImages,
  type TarInput,
  verified,
} from '#shared/oci';

/** Entries of a layer: `{'etc/os-release': 'ID=debian'}`; a text is a file, `null` a whiteout, `{link}` a symbolic link. */
export type Tree = Readonly<
  Record<string, string | Buffer | null | Partial<TarInput> | { readonly link: string } | { readonly hard: string }>
>;

/** The tar entries of a tree, in its order. */
export function entriesOf(tree: Tree): TarInput[] {
  return Object.entries(tree).map(([path, value]): TarInput => {
    if (value === null) return { path: path.replace(/([^/]+)$/, '.wh.$1'), content: '' };
    if (typeof value === 'string' || Buffer.isBuffer(value)) return { path, content: value };
    if ('link' in value) return { path, kind: 'symlink', linkTarget: value.link };
    if ('hard' in value) return { path, kind: 'hardlink', linkTarget: value.hard };
    return { path, ...value };
  });
}

export function layerOf(tree: Tree, options: Parameters<typeof buildLayer>[1] = {}): BuiltLayer {
  return buildLayer(entriesOf(tree), options);
}

/** Facts of a built layer, read as any blob is. */
export function factsOf(layer: BuiltLayer, limits: Partial<ReadLimits> = {}): Promise<LayerFacts> {
  return readLayer(verified(Readable.from([layer.bytes]), layer.descriptor, 'a test'), layer.descriptor, limits);
}

/** A one-platform image of layers, as its source gives it. */
export async function imageOf(layers: readonly BuiltLayer[], config: Partial<ImageConfig> = {}): Promise<Image> {
  const { images } = await readImages(buildImage({ layers, config }).source);
  const [image] = images;
  if (image === undefined) throw new Error('the image that was built is none');
  return image;
}

/** The inventory of layers given as trees, base first. */
export async function inventoryOf(...trees: readonly Tree[]): Promise<Inventory> {
  const layers = trees.map((tree) => layerOf(tree));
  const facts = await Promise.all(layers.map((layer) => factsOf(layer)));
  return mergeLayers({ image: await imageOf(layers), facts });
}

/** `name@version` of packages, for short expectations. */
export function named(inventory: Inventory, type?: string): string[] {
  return inventory.packages
    .filter((found) => type === undefined || found.type === type)
    .map(({ key }) => `${key.name}@${key.version}`);
}

export const osRelease = {
  debian12:
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n',
  alpine320: 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n',
  ubuntu2204:
    'PRETTY_NAME="Ubuntu 22.04.4 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION="22.04.4 LTS (Jammy Jellyfish)"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\n',
} as const;

/** A stanza of a dpkg status file. */
export function stanza(name: string, version: string, fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    Package: name,
    Status: 'install ok installed',
    Priority: 'optional',
    Architecture: 'amd64',
    Version: version,
    ...fields,
  };
  return `${Object.entries(all)
    .filter(([, value]) => value !== '')
    .map(([field, value]) => `${field}: ${value}`)
    .join('\n')}\n\n`;
}
