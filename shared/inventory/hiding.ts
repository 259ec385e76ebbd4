import { baseOf, below, folderOf } from './path.ts';
import { mark, type PathTable } from './path-table.ts';

/** of a folder, in this layer */
const state = { absent: 0, present: 1, hidden: 2 } as const;
type FolderState = (typeof state)[keyof typeof state];

const mostAliases = 256;

interface Alias {
  /** the link's path in this layer's words */
  readonly from: string;
  /** where it leads in the layers below, with a slash */
  readonly to: string;
}

/**
 * What one layer takes away from the layers below it: by whiteouts and opaque folders, and by whatever it puts at a path or,
 * unless that is a folder, above it.
 */
export class Hiding {
  readonly #paths: PathTable;
  readonly #folders = new Map<string, FolderState>();
  readonly #aliases: readonly Alias[];

  /** `links` are the links of the layers below before this one changes them; `real` resolves a path through them. */
  constructor(paths: PathTable, links: ReadonlyMap<string, string>, real: (path: string) => string) {
    this.#paths = paths;
    this.#aliases = this.#writtenThrough(links, real);
  }

  /** Whether a real path of the layers below is no longer there. */
  hides(path: string): boolean {
    if (this.#hidesAs(path)) return true;
    return this.#aliases.some(({ from, to }) => path.startsWith(to) && this.#hidesAs(respelled(path, { from, to })));
  }

  /** Whether this layer does something to a link of the layers below after, or by, writing through it. */
  isUnsureOf(link: string): boolean {
    if (this.#folder(folderOf(link)) === state.present && this.#paths.of(link) & mark.LATE) return true;
    return this.#aliases.some(({ from, to }) => link.startsWith(to) && this.#hidesAs(respelled(link, { from, to })));
  }

  /**
   * Whether what this layer writes through links of the layers below would end up elsewhere, now that what it hides is gone (`real` as to the constructor): then it has taken away a
   * link on the way there, and whether that was before or after it wrote is not known.
   */
  leadsElsewhere(real: (path: string) => string): boolean {
    return this.#aliases.some(({ from, to }) => insideOf(from, real) !== to);
  }

  /** Whether the layer itself brings or implies this folder. */
  hasFolder(path: string): boolean {
    return this.#says(path, mark.FOLDER | mark.IMPLIED);
  }

  /** Whether the layer itself brings something that is no folder here. */
  hasOther(path: string): boolean {
    return this.#says(path, mark.OTHER);
  }

  #says(path: string, marks: number): boolean {
    if (this.#paths.of(path) & marks) return true;
    return this.#aliases.some(
      ({ from, to }) => path.startsWith(to) && (this.#paths.of(respelled(path, { from, to })) & marks) !== 0,
    );
  }

  #hidesAs(path: string): boolean {
    const folder = this.#folder(folderOf(path));
    if (folder !== state.present) return folder === state.hidden;
    return (this.#paths.of(path) & (mark.OTHER | mark.WHITEOUT | mark.FOLDER)) !== 0;
  }

  #folder(path: string): FolderState {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const above = path === '' ? state.present : this.#folder(folderOf(path));
    const found = above === state.present ? this.#own(path) : above;
    this.#folders.set(path, found);
    return found;
  }

  #own(path: string): FolderState {
    const marks = this.#paths.of(path);
    if (marks & (mark.OTHER | mark.WHITEOUT | mark.OPAQUE)) return state.hidden;
    return marks === 0 ? state.absent : state.present;
  }

  /**
   * Links of lower layers that this layer writes through: it has entries below the link's path without making anything of that path
   * itself. Where it makes a folder of it, the link is gone and nothing is written through.
   */
  #writtenThrough(links: ReadonlyMap<string, string>, real: (path: string) => string): Alias[] {
    const aliases: Alias[] = [];
    // a link may itself be reached through another one: look again under every name that was found
    for (let before = -1; before < aliases.length && aliases.length < mostAliases; ) {
      before = aliases.length;
      for (const path of links.keys()) {
        for (const from of [
          path,
          ...aliases.filter(({ to }) => path.startsWith(to)).map((alias) => respelled(path, alias)),
        ]) {
          // honest layers write through a handful; beyond, lower files stay visible, which errs on the side of telling
          if (aliases.length >= mostAliases || aliases.some((known) => known.from === from) || !this.#isThrough(from))
            continue;
          aliases.push({ from, to: insideOf(path, real) });
        }
      }
    }
    return aliases;
  }

  #isThrough(path: string): boolean {
    if (this.#folder(folderOf(path)) !== state.present) return false;
    const marks = this.#paths.of(path);
    return (marks & mark.IMPLIED) !== 0 && (marks & (mark.FOLDER | mark.OTHER | mark.WHITEOUT)) === 0;
  }
}

/** Where a link to a folder leads, with a slash. */
function insideOf(link: string, real: (path: string) => string): string {
  return `${folderOf(real(below(link, baseOf(link))))}/`;
}

function respelled(path: string, { from, to }: Alias): string {
  return below(from, path.slice(to.length));
}
