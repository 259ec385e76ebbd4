import type { EvidenceDraft } from '../layer-facts.ts';
import type { Concern } from './concern.ts';

/** What the tar header says of a regular file; enough to decide whether to read it. */
export interface FileHeader {
  /** clean path */
  readonly path: string;
  /** its last part */
  readonly base: string;
  readonly size: number;
  readonly mode: number;
}

/** A file with its content. `bytes` is only good during the call: keep strings, not views. */
export interface EvidenceFile extends FileHeader {
  readonly bytes: Buffer;
  /** the file beside it that the extractor asked for, when the layer has it right after this one */
  readonly companion?: Buffer;
}

/**
 * One kind of evidence: "do you need this file" and "what is in it". Both are synchronous, pure and bounded by the size of the file.
 * A new kind is one file and one line in extractors/index.ts.
 */
export interface Extractor {
  readonly name: string;
  /** counts up with every change of what it finds: facts of older versions are read again */
  readonly version: number;
  /** which files it is asked about: whatever it wants must be among them */
  readonly concerns: Concern;
  /**
   * 'content': `read` gets the bytes; 'archive': the same with the larger limit; 'beginning': it gets the first 64 KiB of a file of any size; 'presence': no bytes
   */
  wants(file: FileHeader): 'content' | 'archive' | 'beginning' | 'presence' | undefined;
  /** The name of a file in the same folder without which this one may not say everything; it is then given with it. */
  companionOf?(file: FileHeader): string | undefined;
  /** What the file says. Throws UnreadableEvidence (text only; anything thrown is reported as such with the path). */
  read(file: EvidenceFile): readonly EvidenceDraft[];
}

/** Evidence that is a folder: what its path says by itself. */
export interface FolderExtractor {
  readonly name: string;
  /** counts up with every change of what it finds: facts of older versions are read again */
  readonly version: number;
  /** None for nearly every folder, and cheap for it. */
  read(path: string): readonly EvidenceDraft[];
}
