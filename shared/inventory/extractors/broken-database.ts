/** A package database that is not what its format says; the text is for people and names no path. */
export class BrokenDatabase extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'BrokenDatabase';
  }
}

/**
 * Which pages of a database have been read. In an honest database every page belongs to one thing, so a page that comes up twice is a loop or
 * a forgery, and everything that is read together is never more than the file.
 */
export class PagesOnce {
  readonly #seen: Uint8Array;

  constructor(pages: number) {
    this.#seen = new Uint8Array(pages);
  }

  /** Throws BrokenDatabase for a page beyond the file and for one that was taken before. */
  take(page: number): void {
    if (page >= this.#seen.length) throw new BrokenDatabase(`it is cut off: page ${page} is not there`);
    if (this.#seen[page] !== 0) throw new BrokenDatabase(`page ${page} is used twice`);
    this.#seen[page] = 1;
  }
}
