import { billOfInventory, type Inventory } from '#shared/inventory';
import type { Attached, Attachment, Digest, ImageReference } from '#shared/oci';
import { sbomMediaType, sbomVersion, writeBill } from '#shared/sbom';

/** What attaching needs. */
export interface AttachSbomPorts {
  /** whether policy asks for it */
  readonly wanted: () => Promise<boolean>;
  readonly attach: (
    image: Pick<ImageReference, 'registry' | 'repository'> & { readonly digest: Digest },
    attachment: Attachment,
  ) => Promise<Attached>;
  readonly version: string;
}

/** Attaches the SBOM of an image that was read. An image whose inventory came from an SBOM has one. */
export type AttachSbom = (
  image: Pick<ImageReference, 'registry' | 'repository'>,
  inventory: Inventory,
  platform: string,
) => Promise<void>;

/** Makes it: CycloneDX in its newest version, with the time of the image, so that reading it again attaches nothing new. */
export function makeAttachSbom({ wanted, attach, version }: AttachSbomPorts): AttachSbom {
  return async ({ registry, repository }, inventory, platform) => {
    const form = sbomVersion('cyclonedx-json', undefined);
    if (form === undefined || inventory.origin !== undefined || !(await wanted())) return;
    const bill = billOfInventory(inventory, {
      name: `${registry}/${repository}`,
      digest: inventory.image,
      platform,
      tool: { name: 'drydock', version },
    });
    await attach(
      { registry, repository, digest: inventory.image },
      { artifactType: sbomMediaType(form.form), bytes: Buffer.from(writeBill(bill, form)) },
    );
  };
}
