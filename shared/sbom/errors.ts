/** The base of this room's errors: which document, what is wrong with it, what to do. All may hold hostile text. */
export abstract class SbomError extends Error {
  abstract readonly code: 'no-sbom' | 'unreadable-sbom';
  readonly about: string;
  /** what is wrong, without the document's name */
  readonly text: string;

  constructor(about: string, text: string, advice: string, options?: ErrorOptions) {
    super(`${about}: ${text}. ${advice}`, options);
    this.name = new.target.name;
    this.about = about;
    this.text = text;
  }
}

/** A document that is no bill of materials, or one in a form that is not read. */
export class NoSbom extends SbomError {
  readonly code = 'no-sbom';
}

/** A document that says that it is a bill of materials and is broken, cut off or beyond all measure. */
export class UnreadableSbom extends SbomError {
  readonly code = 'unreadable-sbom';
}
