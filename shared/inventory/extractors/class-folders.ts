const most = 20_000;

/** The folders that a jar has classes in: `org/h2/jdbc`. They tell whether a jar can be what its name says. */
export class ClassFolders {
  readonly #folders = new Set<string>();
  #last: string | undefined;

  /** Takes the name of an entry of the archive. */
  add(entry: string): void {
    if (!entry.endsWith('.class') || entry.startsWith('META-INF/')) return;
    const folder = entry.slice(0, Math.max(0, entry.lastIndexOf('/')));
    if (folder === this.#last || this.#folders.size >= most) return;
    this.#last = folder;
    this.#folders.add(folder);
  }

  /** true for archives without classes, such as the starters of Spring Boot */
  get isEmpty(): boolean {
    return this.#folders.size === 0;
  }

  /** Whether there are classes in this folder or below it. */
  has(folder: string): boolean {
    if (this.#folders.has(folder)) return true;
    const below = `${folder}/`;
    for (const known of this.#folders) if (known.startsWith(below)) return true;
    return false;
  }
}
