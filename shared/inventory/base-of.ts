import { type Digest, isDigest } from '#shared/oci';
import { shown } from './plausible.ts';
import type { Inventory } from './types.ts';

/** An image of a repository that is configured as a base: what other images may be built on. */
export interface CatalogueImage {
  /** for people: `registry/repository:tag` */
  readonly name: string;
  /** of the image, and of the indexes that list it */
  readonly digests: readonly Digest[];
  /** as its config claims them, base first */
  readonly diffIds: readonly Digest[];
}

/** How many layers of an image are its base's, and what said so. */
export interface BaseAnswer {
  /** layers from the first one on; undefined when nothing says it */
  readonly layers?: number;
  readonly by?: 'buildpack' | 'annotation' | 'provenance' | 'catalogue';
  /** the base as it is called */
  readonly base?: string;
  readonly why: string;
  /** what else spoke of a base and did not decide, with the reason */
  readonly rejected: readonly string[];
}

type Asked = Pick<Inventory, 'config' | 'layers' | 'claimedBase' | 'provenance'>;

/**
 * Tells the base of an image from its application: by buildpacks' own metadata, the manifest's base annotations, the images that its provenance
 * names, or the longest beginning that it shares with an image of the catalogue, in this order. Pure. diffIDs are claims: they recognise a base and prove nothing, so nothing is judged by
 * this answer. Any image with a common beginning is not enough: of two applications on one base, none is the other's base.
 */
export function baseOf(image: Asked, catalogue: readonly CatalogueImage[]): BaseAnswer {
  const rejected: string[] = [];
  const { diffIds } = image.config;
  if (diffIds.length !== image.layers.length) {
    const why = `its config lists ${diffIds.length} layers and its manifest ${image.layers.length}: they cannot be told apart`;
    return { why, rejected };
  }
  return (
    byBuildpack(image, rejected) ??
    byAnnotation(image, catalogue, rejected) ??
    byProvenance(image, catalogue, rejected) ??
    byCatalogue(image, catalogue, rejected) ?? { why: 'nothing says what it is built on', rejected }
  );
}

/** `runImage` of the label that the buildpacks' lifecycle writes (buildpacks platform specification, io.buildpacks.lifecycle.metadata). */
function byBuildpack({ config }: Asked, rejected: string[]): BaseAnswer | undefined {
  const label = config.labels['io.buildpacks.lifecycle.metadata'];
  if (label === undefined) return undefined;
  const { topLayer, name } = runImageOf(label);
  const index = config.diffIds.findIndex((diffId) => diffId === topLayer);
  if (index < 0) {
    rejected.push('its buildpacks metadata names a top layer of the run image that it does not have');
    return undefined;
  }
  return {
    layers: index + 1,
    by: 'buildpack',
    ...(name === undefined ? {} : { base: shown(name) }),
    why: `its buildpacks metadata says that the run image ends with layer ${index + 1}`,
    rejected,
  };
}

function runImageOf(label: string): { readonly topLayer?: string; readonly name?: string } {
  try {
    const { runImage } = JSON.parse(label) as { readonly runImage?: Readonly<Record<string, unknown>> };
    const { topLayer, reference, image } = runImage ?? {};
    const name = [image, reference].find((each) => typeof each === 'string');
    return {
      ...(typeof topLayer === 'string' ? { topLayer } : {}),
      ...(typeof name === 'string' ? { name } : {}),
    };
  } catch {
    return {};
  }
}

function byAnnotation(image: Asked, catalogue: readonly CatalogueImage[], rejected: string[]): BaseAnswer | undefined {
  const { digest, name } = image.claimedBase ?? {};
  if (digest === undefined && name === undefined) return undefined;
  const called = shown([name, digest].filter((each) => each !== undefined).join('@'));
  if (digest === undefined || !isDigest(digest)) {
    rejected.push(`its annotations name ${called} as its base, without the digest of an image`);
    return undefined;
  }
  const named = catalogue.filter(({ digests }) => digests.includes(digest));
  const [base] = longestFirst(named.filter((each) => isBeginning(each, image)));
  if (base === undefined) {
    rejected.push(
      named.length === 0
        ? `its annotations name ${called} as its base, which is not among the known bases`
        : `its annotations name ${called} as its base, whose layers are not its first ones`,
    );
    return undefined;
  }
  const why = `its annotations name ${called} as its base, whose ${layersText(base.diffIds.length)} it begins with`;
  return { layers: base.diffIds.length, by: 'annotation', base: base.name, why, rejected };
}

/** Of the images that it was made of, the one whose layers it begins with; the others were used to build. */
function byProvenance(image: Asked, catalogue: readonly CatalogueImage[], rejected: string[]): BaseAnswer | undefined {
  const { images = [], trouble } = image.provenance ?? {};
  if (trouble !== undefined) rejected.push(`its provenance cannot be read whole: ${shown(trouble)}`);
  const named = new Set(images.map(({ digest }) => digest));
  const known = catalogue.filter(({ digests }) => digests.some((digest) => named.has(digest)));
  const [base] = longestFirst(known.filter((each) => isBeginning(each, image)));
  const said = images.find(({ digest }) => base?.digests.includes(digest) === true);
  if (base === undefined || said === undefined) {
    const why = known.length === 0 ? 'none of which is among the known bases' : 'none of which has its first layers';
    if (images.length > 0) rejected.push(`its provenance names ${images.length} images, ${why}`);
    return undefined;
  }
  const why = `its provenance names ${shown(`${said.name}@${said.digest}`)}, whose ${layersText(base.diffIds.length)} it begins with`;
  return { layers: base.diffIds.length, by: 'provenance', base: base.name, why, rejected };
}

/** Digests that an image claims to be built on, those of indexes among them: what a catalogue must know it by. */
export function claimedDigests({ claimedBase, provenance }: Pick<Inventory, 'claimedBase' | 'provenance'>): Digest[] {
  const digest = claimedBase?.digest;
  return [...(isDigest(digest) ? [digest] : []), ...(provenance?.images ?? []).map((each) => each.digest)];
}

function byCatalogue(image: Asked, catalogue: readonly CatalogueImage[], rejected: string[]): BaseAnswer | undefined {
  const [base, ...others] = longestFirst(catalogue.filter((each) => isBeginning(each, image)));
  if (base === undefined) return undefined;
  for (const other of others.slice(0, 5)) {
    const less = other.diffIds.length < base.diffIds.length;
    rejected.push(`${other.name} has ${less ? 'fewer of its first layers' : 'the same layers'}`);
  }
  const count = base.diffIds.length;
  const why =
    count === image.layers.length
      ? `it is ${base.name} itself, or nothing was added to it`
      : `its first ${layersText(count)} ${count === 1 ? 'is that' : 'are those'} of ${base.name}`;
  return { layers: count, by: 'catalogue', base: base.name, why, rejected };
}

const layersText = (count: number): string => (count === 1 ? 'layer' : `${count} layers`);

function isBeginning({ diffIds }: CatalogueImage, { config }: Asked): boolean {
  return (
    diffIds.length > 0 &&
    diffIds.length <= config.diffIds.length &&
    diffIds.every((diffId, index) => diffId === config.diffIds[index])
  );
}

/** The same answer for any order of the catalogue. */
const longestFirst = (images: readonly CatalogueImage[]): CatalogueImage[] =>
  [...images].sort((a, b) => b.diffIds.length - a.diffIds.length || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

/** Where a layer is from; undefined when the base is not known. */
export function partOfLayer({ layers }: BaseAnswer, index: number): 'base' | 'application' | undefined {
  if (layers === undefined || index < 0) return undefined;
  return index < layers ? 'base' : 'application';
}
