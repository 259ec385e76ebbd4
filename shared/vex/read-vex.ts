import { objectAt } from '#shared/sbom';
import { openAttestation } from './attestation.ts';
import { readCsaf } from './read-csaf.ts';
import { readOpenVex } from './read-openvex.ts';
import { type VexDocument, VexError } from './types.ts';

/** The largest document that is read, in bytes. */
export const mostVexBytes = 32 * 2 ** 20;

/**
 * Reads a VEX document: OpenVEX 0.2.0 or CSAF 2.0 (csaf_vex or an advisory with the same parts), OpenVEX also as an attestation (in-toto statement, DSSE envelope, Sigstore
 * bundle). What of it cannot be used is named in `skipped`.
 *
 * @param about the file, for messages
 * @throws VexError when it is neither, or too large
 */
export function readVex(bytes: Uint8Array, about: string): VexDocument {
  if (bytes.length > mostVexBytes) throw new VexError(about, `it is larger than ${mostVexBytes / 2 ** 20} MB`);
  const { document, subjects } = openAttestation(objectAt(parsed(bytes, about)), about);
  const context = document['@context'];
  if (typeof context === 'string' && context.includes('openvex')) return readOpenVex(document, about, subjects);
  if (objectAt(document.document).csaf_version !== undefined) return readCsaf(document, about);
  throw new VexError(about, 'write OpenVEX 0.2.0 (@context https://openvex.dev/ns/v0.2.0) or CSAF 2.0');
}

function parsed(bytes: Uint8Array, about: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new VexError(about, 'it is not JSON', { cause });
  }
}
