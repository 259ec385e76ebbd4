import { digestOf, isDigest } from './digest.ts';
import { BadLayout } from './errors.ts';
import { parseManifest } from './manifest.ts';
import { OCI_INDEX } from './media-types.ts';
import type { Descriptor } from './types.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
const CONTAINERD_NAME = 'io.containerd.image.name';

/** Which manifest of a layout is meant. When the index itself is, its bytes come along: it is no blob of the layout. */
export interface LayoutRoot {
  readonly descriptor: Descriptor;
  readonly bytes?: Buffer;
}

/**
 * Chooses the root of an OCI layout from its index.json (image-spec, image-layout.md): the entry named `wanted` (a ref
 * name, a containerd name, or a digest); without a wish the only entry, or the whole index when its entries have no
 * different names. Throws BadLayout, naming what there is, when nothing or too much fits, and InvalidManifest for a
 * broken index.
 */
export function layoutRoot(index: Buffer, wanted: string | undefined, about: string): LayoutRoot {
  const parsed = parseManifest(index, OCI_INDEX, `${about}, index.json`);
  const manifests = parsed.kind === 'index' ? parsed.index.manifests : [];
  if (manifests.length === 0) throw new BadLayout(about, 'it lists no image', 'Copy an image into it first.');
  if (wanted !== undefined) {
    const found = manifests.find(
      (entry) => namesOf(entry).includes(wanted) || (isDigest(wanted) && entry.digest === wanted),
    );
    if (found === undefined) {
      throw new BadLayout(about, `it holds nothing named ${JSON.stringify(wanted)}`, `It has: ${listed(manifests)}.`);
    }
    return { descriptor: found };
  }
  const [only] = manifests;
  if (manifests.length === 1 && only !== undefined) return { descriptor: only };
  if (new Set(manifests.map((entry) => namesOf(entry)[0])).size > 1) {
    throw new BadLayout(
      about,
      'it holds several images',
      `Name one, as in <path>:<name>; it has: ${listed(manifests)}.`,
    );
  }
  return { descriptor: { mediaType: OCI_INDEX, digest: digestOf(index), size: index.length }, bytes: index };
}

function namesOf(entry: Descriptor): string[] {
  return [entry.annotations?.[REF_NAME], entry.annotations?.[CONTAINERD_NAME]].filter((name) => name !== undefined);
}

function listed(manifests: readonly Descriptor[]): string {
  return manifests
    .slice(0, 20)
    .map((entry) => namesOf(entry)[0] ?? entry.digest)
    .join(', ');
}
