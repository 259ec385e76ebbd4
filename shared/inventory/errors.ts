/** Every code that an error of this room carries; stable, for exit codes and tests. */
export type InventoryErrorCode =
  | 'facts-corrupt'
  | 'unreadable-evidence'
  | 'layer-limit'
  | 'invalid-package-key'
  | 'layers-missing';

/** The base of every error of this room: what it was about, and what a person can do. Both may hold hostile text. */
export abstract class InventoryError extends Error {
  abstract readonly code: InventoryErrorCode;
  /** the thing the error is about: a blob, a path inside an image */
  readonly about: string;
  /** one sentence that says what to do */
  readonly advice: string;

  constructor(about: string, text: string, advice: string, options?: ErrorOptions) {
    super(`${about}: ${text}. ${advice}`, options);
    this.name = new.target.name;
    this.about = about;
    this.advice = advice;
  }
}

/** Stored layer facts that cannot be decoded, or are of another form than this version writes. Reading the layer again cures it. */
export class FactsCorrupt extends InventoryError {
  readonly code = 'facts-corrupt';

  constructor(about: string, text: string, options?: ErrorOptions) {
    super(about, text, 'Read the layer again; nothing of these facts is used.', options);
  }
}

/** A file that looks like evidence and cannot be read as such. It becomes a coverage reason, never an abort. */
export class UnreadableEvidence extends InventoryError {
  readonly code = 'unreadable-evidence';
  /** what is wrong, without the path */
  readonly text: string;

  constructor(path: string, text: string, options?: ErrorOptions) {
    super(path, text, 'Its packages are not known; look at the file, or rebuild the image.', options);
    this.text = text;
  }
}

/** A layer crosses a hard limit. What was read until then is kept and marked partial. `limit` is the limit's name. */
export class LayerLimit extends InventoryError {
  readonly code = 'layer-limit';
  readonly limit: string;
  /** what is too much, without the layer */
  readonly text: string;

  constructor(about: string, limit: string, text: string) {
    super(about, `${text} (${limit})`, 'What lies beyond is not read; if the image is honest, raise the limit.');
    this.limit = limit;
    this.text = text;
  }
}

/** Text that `packageKeyId` did not write. */
export class InvalidPackageKey extends InventoryError {
  readonly code = 'invalid-package-key';

  constructor(text: string) {
    super(
      text.slice(0, 200),
      'this is no package key id',
      'The stored set or judgement is damaged; scan the image again.',
    );
  }
}

/** Facts that do not belong to the image's layers, or too few of them. A fault of the caller. */
export class LayersMissing extends InventoryError {
  readonly code = 'layers-missing';

  constructor(about: string, text: string) {
    super(about, text, 'Pass the facts of every layer of the manifest, base first.');
  }
}
