import { listedNames, meantBy } from './archived-names.ts';
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
 * Chooses the root of an OCI layout from its index.json (image-spec, image-layout.md): the entries named `wanted` (a ref name, a containerd name, or a digest), without a wish
 * all. One manifest is the root itself, whatever number of names it has; several of one name, or of none, are the platforms of one image and stay an index. Docker gives each
 * image of an archive its tag alone as ref name, so that `app:latest` and `web:latest` differ in their containerd name only. Throws BadLayout, naming what there is, when nothing
 * or too much fits, and InvalidManifest for a broken index.
 */
export function layoutRoot(index: Buffer, wanted: string | undefined, about: string): LayoutRoot {
  const parsed = parseManifest(index, OCI_INDEX, `${about}, index.json`);
  const manifests = parsed.kind === 'index' ? parsed.index.manifests : [];
  if (manifests.length === 0) throw new BadLayout(about, 'it lists no image', 'Copy an image into it first.');
  const meant = wanted === undefined ? manifests : named(manifests, wanted);
  const [first] = meant;
  if (first === undefined)
    throw new BadLayout(about, `it holds nothing named ${JSON.stringify(wanted)}`, `It has: ${listed(manifests)}.`);
  if (meant.every(({ digest }) => digest === first.digest)) return { descriptor: first };
  if (new Set(meant.map((entry) => namesOf(entry)[0])).size > 1) {
    throw new BadLayout(
      about,
      wanted === undefined ? 'it holds several images' : `several images are named ${JSON.stringify(wanted)}`,
      `Name one, as in <path>:<name>; it has: ${listed(meant)}.`,
    );
  }
  const bytes =
    meant.length === manifests.length
      ? index
      : Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: meant }));
  return { descriptor: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }, bytes };
}

function named(manifests: readonly Descriptor[], wanted: string): readonly Descriptor[] {
  return isDigest(wanted) ? manifests.filter(({ digest }) => digest === wanted) : meantBy(wanted, manifests, namesOf);
}

/** The whole name first, where there is one. */
function namesOf({ annotations }: Descriptor): string[] {
  return [annotations?.[CONTAINERD_NAME], annotations?.[REF_NAME]].filter((name) => name !== undefined);
}

const listed = (manifests: readonly Descriptor[]): string =>
  listedNames(manifests.map((entry) => namesOf(entry)[0] ?? entry.digest));
