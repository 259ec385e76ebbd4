import { digestOf, type Image, type ImageSource, readAttachments } from '#shared/oci';
import { type ReadBill, readBill, SbomError } from '#shared/sbom';
import { extractorsVersion } from './extractors-version.ts';
import { type BillDocument, inventoryOfBill } from './inventory-of-bill.ts';
import { byText } from './package-order.ts';
import type { Inventory } from './types.ts';

const types = ['application/vnd.cyclonedx+json', 'application/spdx+json'];
/** an attacker who may push may attach many; each is fetched to be looked at */
const mostReferrers = 20;
const mostBytes = 64 * 2 ** 20;

/**
 * The inventory of an image from the newest SBOM that is attached to it, layers unread; undefined when none is attached that can be read and is of this very image. Only for
 * repositories whose owner says that their SBOMs may be believed: it lists what somebody wrote. Throws what the source throws, DigestMismatch among it.
 */
export async function readAttachedSbom(image: Image, source: ImageSource): Promise<Inventory | undefined> {
  const found: { readonly read: ReadBill; readonly document: BillDocument }[] = [];
  for (const type of types) {
    for (const bytes of await readAttachments(image, source, { type, most: mostReferrers, mostBytes })) {
      const read = billOf(bytes, image);
      if (read !== undefined) found.push({ read, document: { digest: digestOf(bytes), size: bytes.length } });
    }
  }
  const [newest] = found.sort(
    (a, b) => byText(b.read.bill.created, a.read.bill.created) || byText(a.document.digest, b.document.digest),
  );
  if (newest === undefined) return undefined;
  const inventory = inventoryOfBill(newest.read, newest.document);
  const own = new Set(image.manifest.layers.map(({ digest }) => digest));
  return {
    ...inventory,
    extractors: extractorsVersion,
    config: image.config,
    // what the manifest says of its layers is checked; what the document says beside it stands for packages of no layer that is known
    layers: [
      ...image.manifest.layers.map(
        ({ digest, size }) => inventory.layers.find((layer) => layer.digest === digest) ?? { digest, size },
      ),
      ...inventory.layers.filter(({ digest }) => !own.has(digest)),
    ],
  };
}

/** A document of another image, or one that cannot be read, says nothing of this one. */
function billOf(bytes: Buffer, image: Image): ReadBill | undefined {
  try {
    const read = readBill(bytes, `the SBOM of ${image.digest}`);
    return read.bill.subject.digest === image.digest ? read : undefined;
  } catch (error) {
    if (error instanceof SbomError) return undefined;
    throw error;
  }
}
