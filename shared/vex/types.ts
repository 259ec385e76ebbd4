/** What a VEX statement says of a product and a vulnerability (OpenVEX 0.2.0, CSAF 2.0 profile 5: the same four). */
export type VexStatus = 'not_affected' | 'affected' | 'fixed' | 'under_investigation';

/** Why something is not affected: OpenVEX's five, which are CSAF's flags too. */
export const vexJustifications = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const;
export type VexJustification = (typeof vexJustifications)[number];

/** What a document calls a thing by: package URLs and sha256 digests, as it writes them. */
export interface VexIdentity {
  readonly purls: readonly string[];
  /** `sha256:…` */
  readonly digests: readonly string[];
}

/** A product, and the parts of it that a statement is about; without parts it is about the whole. */
export interface VexProduct extends VexIdentity {
  readonly subcomponents: readonly VexIdentity[];
}

/** One statement of a document. */
export interface VexStatement {
  /** every id that the document gives the vulnerability */
  readonly vulnerabilities: readonly string[];
  readonly products: readonly VexProduct[];
  readonly status: VexStatus;
  readonly justification?: VexJustification;
  /** why it does no harm, or what to do, in the author's words */
  readonly text?: string;
  /** when it was said, ISO */
  readonly at: string;
  readonly by: string;
}

/** A document that was read: what it says, and what of it says nothing here. */
export interface VexDocument {
  readonly form: 'openvex' | 'csaf';
  readonly id: string;
  readonly author: string;
  /** when it was issued, ISO */
  readonly at: string;
  readonly statements: readonly VexStatement[];
  /** statements, or parts of them, that cannot be believed or understood, each with why; the first hundred */
  readonly skipped: readonly string[];
  /** `sha256:…` of the images that an attestation is about; absent: it came by itself */
  readonly subjects?: readonly string[];
}

/** A document that is none, or is too large. */
export class VexError extends Error {
  override readonly name = 'VexError';
  constructor(about: string, why: string, options?: ErrorOptions) {
    super(`${about} is no VEX document: ${why}`, options);
  }
}
