import { type Image, type ImageSource, isDamage, readAttachments } from '#shared/oci';
import { openVexMediaType, readVex, VexError, type VexStatement } from '#shared/vex';

const types = [openVexMediaType, 'application/vnd.csaf+json'];
/** an attacker who may push may attach many; each is fetched to be looked at */
const mostReferrers = 20;
const mostBytes = 4 * 2 ** 20;

/**
 * What the VEX documents say that are attached to an image (OCI referrers). Only for repositories whose owner says that they may be believed: it is what somebody wrote
 * who may push there. One that cannot be read says nothing. Throws what the source throws.
 */
export async function readAttachedVex(image: Image, source: ImageSource): Promise<readonly VexStatement[]> {
  const statements: VexStatement[] = [];
  for (const type of types)
    for (const bytes of await documentsOf(image, source, type)) statements.push(...statementsOf(bytes, image.digest));
  return statements;
}

/** A damaged document is no damage of the image. */
async function documentsOf(image: Image, source: ImageSource, type: string): Promise<readonly Buffer[]> {
  try {
    return await readAttachments(image, source, { type, most: mostReferrers, mostBytes });
  } catch (error) {
    if (isDamage(error)) return [];
    throw error;
  }
}

function statementsOf(bytes: Buffer, digest: string): readonly VexStatement[] {
  try {
    return readVex(bytes, `the VEX of ${digest}`).statements;
  } catch (error) {
    if (error instanceof VexError) return [];
    throw error;
  }
}
