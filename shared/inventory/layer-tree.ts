import type { TarEntry } from '#shared/oci';
import type { LinkFact } from './layer-facts.ts';
import { OwnLinks } from './own-links.ts';
import { below, folderOf } from './path.ts';
import { mark, PathTable } from './path-table.ts';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** aufs keeps its own files under this prefix (.wh..wh.plnk, .wh..wh.aufs); runtimes skip them */
const aufs = '.wh..wh.';

/** Whether a name takes something away instead of being something (OCI image spec, "Whiteouts"). */
export const isWhiteout = (base: string): boolean => base.startsWith(whiteout);

/** Whether a clean path at the top is a file of the storage driver's own. */
export const isOfDriver = (path: string): boolean => path.startsWith(aufs) && path !== opaque;

/** Who pays for what a tree keeps, and hears what is odd about it. */
export interface TreeNotes {
  fits(bytes: number): boolean;
  /** no tool writes such a layer: what a runtime makes of it hangs on links that only the layers below know */
  disorder(): void;
  /** following its links takes too long */
  exhausted(): void;
}

/** What one layer does to the tree of files, entry by entry: which paths it makes, removes and replaces, and what it writes through links of its own. */
export class LayerTree {
  readonly paths = PathTable.empty();
  /** every symbolic link, and until when it was there */
  readonly links: LinkFact[] = [];
  readonly #notes: TreeNotes;
  /** path -> index of the link that is there now */
  readonly #current = new Map<string, number>();
  /** path -> order of the last entry that took the place of an earlier one */
  readonly #replaced = new Map<string, number>();
  readonly #emptied = new Map<string, number>();
  readonly #ownLinks = new OwnLinks();
  #folder: string | undefined;
  /** where entries of the current folder go, own links resolved; undefined when that is not certain */
  #place: string | undefined;
  /** whether anything lay elsewhere than where it is listed, or may have */
  #strayed = false;

  constructor(notes: TreeNotes) {
    this.#notes = notes;
  }

  /** The next entries lie in this folder. */
  enter(folder: string): void {
    if (folder === this.#folder) return;
    this.#folder = folder;
    const place = this.#ownLinks.resolve(folder);
    // the same text twice would be compared letter by letter for each of its files
    this.#place = place === folder ? folder : place;
    if (this.#place !== folder) this.#strayed = true;
    if (this.#ownLinks.exhausted) this.#notes.exhausted();
    if (this.#place === undefined) this.#notes.disorder();
    else this.paths.addFolder(this.#place);
  }

  /** A whiteout of that name in the current folder. */
  remove(base: string): void {
    // a whiteout through a link of its own layer: whether it comes first or last is for the runtime to say
    if (this.#place !== this.#folder) this.#notes.disorder();
    if (this.#place === undefined || this.#place !== this.#folder) return;
    if (base === opaque) this.paths.add(this.#place, mark.OPAQUE | mark.IMPLIED);
    else if (!base.startsWith(aufs)) {
      const name = base.slice(whiteout.length);
      if (name !== '' && name !== '.' && name !== '..') this.paths.add(below(this.#place, name), mark.WHITEOUT);
    }
  }

  /** A path of the current folder: its `order`-th entry is there from now on. */
  put(path: string, base: string, entry: Pick<TarEntry, 'kind' | 'linkTarget'>, order: number): void {
    const isFolder = entry.kind === 'directory';
    const place = this.#placeOf(path, base);
    const before = place === undefined ? 0 : this.paths.add(place, isFolder ? mark.FOLDER : mark.OTHER);
    // a file where nothing was: nearly every entry, and it changes nothing else
    if (before !== 0 || entry.kind !== 'file' || this.#strayed) this.#change(path, place, before, entry, order);
  }

  #change(
    path: string,
    place: string | undefined,
    before: number,
    entry: Pick<TarEntry, 'kind' | 'linkTarget'>,
    order: number,
  ): void {
    const isFolder = entry.kind === 'directory';
    const link = this.#current.get(path);
    if (link !== undefined) this.#unlink(path, link, order);
    const emptied = !isFolder && (before & mark.FOLDER) !== 0;
    if ((emptied || before & mark.OTHER) && this.#notes.fits(path.length)) {
      this.#replaced.set(path, order);
      if (emptied) this.#emptied.set(path, order);
    }
    if (place !== undefined && before & mark.IMPLIED && !(before & mark.FOLDER)) {
      if (isFolder) this.paths.add(place, mark.LATE);
      else this.#notes.disorder();
    }
    if (place === undefined) {
      if (before === 0 && entry.kind === 'symlink') this.#notes.disorder();
      return;
    }
    if (this.#ownLinks.wasFollowed(place)) this.#notes.disorder();
    if (emptied) this.#notes.disorder();
    if (entry.kind === 'symlink') {
      const certain = this.#folder === '' || (this.paths.of(this.#place ?? '') & mark.FOLDER) !== 0;
      this.#ownLinks.set(place, entry.linkTarget, certain);
      this.#folder = undefined;
    } else if (before & mark.OTHER && this.#ownLinks.delete(place)) this.#folder = undefined;
    // the folder that is current may be the one that was just made or replaced
    if (isFolder && this.#folder === path) this.#folder = undefined;
  }

  /** The path is a symbolic link now. */
  link(path: string, target: string, order: number): void {
    this.#current.set(path, this.links.push({ path, target, order }) - 1);
  }

  /** Whether what a path was at that entry is still there at the end: no later entry takes its place, or that of a folder above it. */
  stays({ path, order }: { readonly path: string; readonly order: number }): boolean {
    if ((this.#replaced.get(path) ?? 0) > order) return false;
    if (this.#emptied.size === 0) return true;
    for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder))
      if ((this.#emptied.get(folder) ?? 0) > order) return false;
    return true;
  }

  #placeOf(path: string, base: string): string | undefined {
    if (this.#place === undefined) return undefined;
    return this.#place === this.#folder ? path : below(this.#place, base);
  }

  /** From here on nothing more is written through a link: something else stands in its place. */
  #unlink(path: string, index: number, order: number): void {
    const link = this.links[index];
    if (link !== undefined) this.links[index] = { ...link, until: order };
    this.#current.delete(path);
  }
}
