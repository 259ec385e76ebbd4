import { concerned, type Extractor, type FileHeader } from './extractors/index.ts';
import { baseOf, folderOf } from './path.ts';

/** An extractor that wants a file, and how. */
export interface Wanted {
  readonly extractor: Extractor;
  readonly how: NonNullable<ReturnType<Extractor['wants']>>;
}

/** Finds out who wants the files of one layer. What a folder says is looked at once: archives list a folder in one go. */
export class WantedFiles {
  #inFolder = concerned.inFolder('');

  /** The next files lie in this folder. */
  enter(folder: string): void {
    this.#inFolder = concerned.inFolder(folder);
  }

  /** Whom a file of this name in the current folder concerns: nobody, for nearly all. */
  asked(base: string): readonly Extractor[] {
    return concerned.of(base, this.#inFolder);
  }
}

/** Who of those that are asked wants a file. */
export function wantedBy(asked: readonly Extractor[], header: FileHeader): Wanted[] {
  const wanted: Wanted[] = [];
  for (const extractor of asked) {
    const how = extractor.wants(header);
    if (how !== undefined) wanted.push({ extractor, how });
  }
  return wanted;
}

/** Who wants a file, wherever it lies, of which only path and mode are known. */
export function wantedAt(path: string, mode: number): Wanted[] {
  const base = baseOf(path);
  return wantedBy(concerned.of(base, concerned.inFolder(folderOf(path))), { path, base, size: 1, mode });
}
