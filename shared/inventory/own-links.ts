import { below, folderOf } from './path.ts';

interface OwnLink {
  readonly target: string;
  readonly certain: boolean;
}

/** PATH_MAX: longer targets cannot be followed by Linux either */
const longestTarget = 4095;
const mostLinks = 40;
const mostSteps = 20_000_000;
const slash = 47;

/**
 * The symbolic links of the layer that is being read, for entries that are written through them (`lib64 -> usr/lib64`, then
 * `lib64/ld.so`): runtimes resolve them in the order of the archive. Where a link's own folder may be a link of a lower layer, the
 * place is not certain, and what is not certain must not hide anything below.
 */
export class OwnLinks {
  readonly #links = new Map<string, OwnLink>();
  readonly #followed = new Set<string>();
  /** a folder with no link at it or above it */
  #plain = '';
  #steps = 0;

  /** Whether something was written through the link at this path. */
  wasFollowed(path: string): boolean {
    return this.#followed.size !== 0 && this.#followed.has(path);
  }

  /** true when so much was followed that no more will be */
  get exhausted(): boolean {
    return this.#steps > mostSteps;
  }

  set(path: string, target: string, certain: boolean): void {
    if (this.#plain.startsWith(path)) this.#plain = '';
    this.#links.set(path, { target, certain: certain && target.length <= longestTarget });
  }

  delete(path: string): boolean {
    return this.#links.delete(path);
  }

  /** Where a folder really is as far as this layer knows; undefined when that is not certain. */
  resolve(folder: string): string | undefined {
    if (this.#links.size === 0 || folder === '') return folder;
    if (this.exhausted) return undefined;
    if (!this.#isPlain(folder)) return this.#follow(folder);
    return this.exhausted ? undefined : folder;
  }

  /** Whether no link is at a clean path or above it, as nearly always. What it has in common with the one before is known. */
  #isPlain(folder: string): boolean {
    const plain = this.#plain;
    const most = Math.min(plain.length, folder.length);
    let same = 0;
    while (same < most && plain.charCodeAt(same) === folder.charCodeAt(same)) same += 1;
    const known = same === plain.length || plain.charCodeAt(same) === slash ? same : same - 1;
    let steps = 0;
    for (let at = 0; at < folder.length; ) {
      const end = folder.indexOf('/', at);
      const until = end < 0 ? folder.length : end;
      if (until > known && this.#links.has(folder.slice(0, until))) return false;
      at = until + 1;
      steps += 1;
    }
    this.#plain = folder;
    this.#steps += steps;
    return true;
  }

  #follow(folder: string): string | undefined {
    const todo = folder.split('/').reverse();
    let place = '';
    let followed = 0;
    for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
      this.#steps += 1;
      if (this.#steps > mostSteps) return undefined;
      if (part === '' || part === '.') continue;
      if (part === '..') {
        place = folderOf(place);
        continue;
      }
      const next = below(place, part);
      const link = this.#links.get(next);
      if (link === undefined) {
        place = next;
        continue;
      }
      followed += 1;
      this.#followed.add(next);
      if (!link.certain || followed > mostLinks) return undefined;
      if (link.target.startsWith('/')) place = '';
      for (const piece of link.target.split('/').reverse()) todo.push(piece);
    }
    return place;
  }
}
