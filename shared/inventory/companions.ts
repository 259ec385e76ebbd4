import type { Extractor } from './extractors/index.ts';
import { below, folderOf } from './path.ts';

/** A file that waits to be read, with its place in the archive. */
export interface WaitingFile {
  readonly extractor: Extractor;
  readonly path: string;
  readonly base: string;
  readonly size: number;
  readonly mode: number;
  readonly order: number;
  readonly bytes: Buffer;
}

/**
 * Holds a file until the one beside it has come that it is read with (a database and its log), or until its folder is left: archives list a folder in
 * one go and sorted by name, so it is among the next entries or never. One file waits at a time; those that wait for nothing are read meanwhile.
 */
export class Companions {
  readonly #read: (file: WaitingFile, companion: Buffer | undefined) => void;
  #waiting: { readonly file: WaitingFile; readonly companion: string } | undefined;

  constructor(read: (file: WaitingFile, companion: Buffer | undefined) => void) {
    this.#read = read;
  }

  /** bytes of the file that waits */
  get heldBytes(): number {
    return this.#waiting?.file.bytes.length ?? 0;
  }

  /** Takes a file whose bytes stay; it is read at once when its extractor asks for no other. */
  take(file: WaitingFile): void {
    const name = file.extractor.companionOf?.(file);
    if (name === undefined) {
      this.#read(file, undefined);
      return;
    }
    this.release();
    this.#waiting = { file, companion: below(folderOf(file.path), name) };
  }

  /** Whether a file waits for what is at this path. */
  isAwaited(path: string): boolean {
    return this.#waiting?.companion === path;
  }

  /** Reads what waits in another folder than this. */
  leaveFor(folder: string): void {
    if (this.#waiting !== undefined && folderOf(this.#waiting.file.path) !== folder) this.release();
  }

  /** Reads what waits, with what it waited for if that has come. */
  release(companion?: Buffer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#read(waiting.file, companion);
  }
}
