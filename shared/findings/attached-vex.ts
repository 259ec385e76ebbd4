import {
  type Digest,
  dsseMediaType,
  type ImageSource,
  isDamage,
  NotFound,
  readAttachments,
  readTaggedAttestations,
} from '#shared/oci';
import { openVexMediaType, readVex, VexError, type VexStatement } from '#shared/vex';

/** The types by which VEX is attached: documents by themselves, and attestations that may hold one. */
export const attachedVexTypes = [
  openVexMediaType,
  'application/vnd.csaf+json',
  'application/vnd.in-toto+json',
  dsseMediaType,
  'application/vnd.dev.sigstore.bundle.v0.3+json',
] as const;
/** an attacker who may push may attach many; each is fetched to be looked at */
const mostReferrers = 20;
const mostBytes = 4 * 2 ** 20;
const openVexPredicate = 'https://openvex.dev/ns';

/**
 * What the VEX documents say that are attached to an image or to the index that lists it: OCI referrers, and cosign's tag for attestations. Only for repositories whose owner says
 * that they may be believed: it is what somebody wrote who may push there. One that cannot be read, or attests something of another image, says nothing. Throws what the source throws.
 */
export async function readAttachedVex(
  digests: readonly Digest[],
  source: ImageSource,
): Promise<readonly VexStatement[]> {
  const statements: VexStatement[] = [];
  for (const digest of new Set(digests)) {
    for (const type of attachedVexTypes) {
      const limits = { type, most: mostReferrers, mostBytes };
      for (const bytes of await undamaged(() => readAttachments({ digest }, source, limits)))
        statements.push(...statementsOf(bytes, digest, false));
    }
    const limits = { predicate: openVexPredicate, most: mostReferrers, mostBytes };
    for (const bytes of await undamaged(() => readTaggedAttestations({ digest }, source, limits)))
      statements.push(...statementsOf(bytes, digest, true));
  }
  return statements;
}

/** A damaged document is no damage of the image. */
async function undamaged(read: () => Promise<readonly Buffer[]>): Promise<readonly Buffer[]> {
  try {
    return await read();
  } catch (error) {
    if (isDamage(error) || error instanceof NotFound) return [];
    throw error;
  }
}

function statementsOf(bytes: Buffer, digest: Digest, needsSubject: boolean): readonly VexStatement[] {
  try {
    const { statements, subjects } = readVex(bytes, `the VEX of ${digest}`);
    const isAbout = subjects === undefined ? !needsSubject : subjects.includes(digest);
    return isAbout ? statements : [];
  } catch (error) {
    if (error instanceof VexError) return [];
    throw error;
  }
}
