import type { TarEntry, TarHandler, TarSink } from '#shared/oci';
import { CaptureSink } from './capture-sink.ts';
import { Companions } from './companions.ts';
import { LayerLimit, UnreadableEvidence } from './errors.ts';
import { costOf, costOfExecutable } from './evidence-cost.ts';
import { ExecutableWatch } from './executable-watch.ts';
import { type EvidenceFile, type Extractor, extractors, mayRun } from './extractors/index.ts';
import type { Evidence, EvidenceDraft, ExecutableFact, HardLinkFact, LayerFacts, LinkFact } from './layer-facts.ts';
import type { ReadLimits } from './limits.ts';
import { OwnLinks } from './own-links.ts';
import { baseOf, below, cleanPath, depthOf, folderOf } from './path.ts';
import { mark, PathTable } from './path-table.ts';
import type { CoverageReason } from './types.ts';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** aufs keeps its own files under this prefix (.wh..wh.plnk, .wh..wh.aufs); runtimes skip them */
const aufs = '.wh..wh.';

interface Wanted {
  readonly extractor: Extractor;
  readonly how: 'content' | 'archive' | 'presence';
}

/**
 * Watches the entries of one layer go by and keeps what its facts need. The header alone decides what becomes of an entry: most are
 * a hash of the path; executables are hashed as they pass; evidence is held whole, one file at a time, read and let go.
 */
export class LayerRecorder implements TarHandler {
  readonly #limits: ReadLimits;
  readonly #about: string;
  readonly #paths = PathTable.empty();
  readonly #evidence: Evidence[] = [];
  readonly #executables: ExecutableFact[] = [];
  readonly #links: LinkFact[] = [];
  /** path -> index of the link that is there now */
  readonly #current = new Map<string, number>();
  readonly #hardLinks: HardLinkFact[] = [];
  readonly #reasons = new Map<string, CoverageReason>();
  /** path -> order of the last entry that took the place of an earlier one */
  readonly #replaced = new Map<string, number>();
  readonly #emptied = new Map<string, number>();
  readonly #ownLinks = new OwnLinks();
  readonly #watch: ExecutableWatch;
  readonly #companions = new Companions(({ extractor, ...file }, companion) =>
    this.#read(extractor, companion === undefined ? file : { ...file, companion }, file.order),
  );
  #order = 0;
  #retained = 0;
  #folder: string | undefined;
  /** where entries of the current folder go, own links resolved; undefined when that is not certain */
  #place: string | undefined;

  constructor(about: string, limits: ReadLimits) {
    this.#about = about;
    this.#limits = limits;
    this.#watch = new ExecutableWatch(limits.maxExecutableBytes, {
      executable: (fact) => {
        if (this.#fits(costOfExecutable(fact))) this.#executables.push(fact);
      },
      evidence: (drafts, { path, order }) => this.#found(drafts, path, order),
    });
  }

  entry(entry: TarEntry): TarSink | undefined {
    this.#order += 1;
    const { maxEntries, maxPathBytes, maxDepth } = this.#limits;
    if (this.#order > maxEntries) throw new LayerLimit(this.#about, 'maxEntries', `more than ${maxEntries} entries`);
    if (this.#paths.size > 2 * maxEntries)
      throw new LayerLimit(this.#about, 'maxEntries', `more than ${2 * maxEntries} paths`);
    if (entry.kind === 'other') return undefined;
    const path = cleanPath(entry.path);
    if (path === '' || (path.startsWith(aufs) && path !== opaque)) return undefined;
    if (path.length > maxPathBytes)
      return this.#skip('maxPathBytes', `paths longer than ${maxPathBytes} characters are not read`);
    if (path.length > 2 * maxDepth && depthOf(path) > maxDepth) {
      return this.#skip('maxDepth', `paths below more than ${maxDepth} folders are not read`);
    }
    const base = baseOf(path);
    const folder = folderOf(path);
    this.#enter(folder);
    this.#companions.leaveFor(folder);
    if (base.startsWith(whiteout)) {
      this.#remove(base);
      return undefined;
    }
    this.#put(path, base, entry);
    if (entry.kind === 'file') return this.#file(path, base, entry);
    if (entry.kind === 'symlink') {
      if (this.#fits(path.length + entry.linkTarget.length)) {
        this.#current.set(path, this.#links.push({ path, target: entry.linkTarget, order: this.#order }) - 1);
      }
    } else if (entry.kind === 'hardlink' && this.#fits(path.length + entry.linkTarget.length)) {
      const target = cleanPath(entry.linkTarget);
      const wanted = this.#wanted(path, base, 1, entry.mode);
      const asTarget = wanted.length === 0 ? [] : this.#wanted(target, baseOf(target), 1, entry.mode);
      const alike = wanted.every(({ extractor }) => asTarget.some((other) => other.extractor === extractor));
      this.#hardLinks.push({ path, target, wanted: wanted.length > 0, alike, order: this.#order });
    }
    return undefined;
  }

  /** Whether views into this memory are kept beyond the call that gave them. */
  keeps(memory: ArrayBufferLike): boolean {
    return this.#watch.keeps(memory);
  }

  /** Notes that a limit cut the layer. */
  cut(limit: LayerLimit): void {
    this.#reason(limit.limit, `${limit.text}; the rest of the layer is not read`);
  }

  /** The facts, when the last entry has passed and the blob is verified. */
  facts(layer: Pick<LayerFacts, 'blob' | 'size' | 'unpackedSize' | 'extractors'>): LayerFacts {
    this.#companions.release();
    const stays = (fact: { readonly path: string; readonly order: number }): boolean =>
      this.#end(fact.path, fact.order) === undefined;
    const reasons = [...this.#reasons.values()];
    return {
      ...layer,
      entries: this.#order,
      state: reasons.length === 0 ? 'whole' : 'partial',
      reasons,
      paths: this.#paths,
      evidence: this.#evidence.filter(stays),
      executables: this.#executables.filter(stays),
      links: this.#links,
      hardLinks: this.#hardLinks.filter(stays),
    };
  }

  #skip(limit: string, text: string): undefined {
    this.#reason(limit, text);
    return undefined;
  }

  #reason(limit: string, text: string): void {
    if (!this.#reasons.has(limit))
      this.#reasons.set(limit, { code: 'limit', text: `${text} (layer ${this.#about}, limit ${limit})` });
  }

  /** Everything that is kept is paid for here, so that a layer made to hurt is cut and not carried. */
  #fits(bytes: number): boolean {
    this.#retained += bytes + 96;
    if (this.#retained <= this.#limits.maxRetainedBytes) return true;
    this.#reason('maxRetainedBytes', `more evidence than ${this.#limits.maxRetainedBytes} bytes; the rest is not kept`);
    return false;
  }

  #enter(folder: string): void {
    if (folder === this.#folder) return;
    this.#folder = folder;
    this.#place = this.#ownLinks.resolve(folder);
    if (this.#ownLinks.exhausted) this.#reason('maxLinkSteps', 'following its symbolic links takes too long');
    if (this.#place === undefined) this.#disorder();
    else this.#paths.addFolder(this.#place);
  }

  #remove(base: string): void {
    // a whiteout through a link of its own layer: whether it comes first or last is for the runtime to say
    if (this.#place !== this.#folder) this.#disorder();
    if (this.#place === undefined || this.#place !== this.#folder) return;
    if (base === opaque) this.#paths.add(this.#place, mark.OPAQUE | mark.IMPLIED);
    else if (!base.startsWith(aufs)) {
      const name = base.slice(whiteout.length);
      if (name !== '' && name !== '.' && name !== '..') this.#paths.add(below(this.#place, name), mark.WHITEOUT);
    }
  }

  #put(path: string, base: string, entry: TarEntry): void {
    const isFolder = entry.kind === 'directory';
    const place = this.#place === undefined ? undefined : below(this.#place, base);
    const before = place === undefined ? 0 : this.#paths.add(place, isFolder ? mark.FOLDER : mark.OTHER);
    const link = this.#current.get(path);
    if (link !== undefined) this.#unlink(path, link);
    const emptied = !isFolder && (before & mark.FOLDER) !== 0;
    if ((emptied || before & mark.OTHER) && this.#fits(path.length)) {
      this.#replaced.set(path, this.#order);
      if (emptied) this.#emptied.set(path, this.#order);
    }
    if (place !== undefined && before & mark.IMPLIED && !(before & mark.FOLDER)) {
      if (isFolder) this.#paths.add(place, mark.LATE);
      else this.#disorder();
    }
    if (place === undefined) {
      if (before === 0 && entry.kind === 'symlink') this.#disorder();
      return;
    }
    if (this.#ownLinks.wasFollowed(place)) this.#disorder();
    if (emptied) this.#disorder();
    if (entry.kind === 'symlink') {
      const certain = this.#folder === '' || (this.#paths.of(this.#place ?? '') & mark.FOLDER) !== 0;
      this.#ownLinks.set(place, entry.linkTarget, certain);
      this.#folder = undefined;
    } else if (before & mark.OTHER && this.#ownLinks.delete(place)) this.#folder = undefined;
    // the folder that is current may be the one that was just made or replaced
    if (isFolder && this.#folder === path) this.#folder = undefined;
  }

  /** From here on nothing more is written through a link: something else stands in its place. */
  #unlink(path: string, index: number): void {
    const link = this.#links[index];
    if (link !== undefined) this.#links[index] = { ...link, until: this.#order };
    this.#current.delete(path);
  }

  #file(path: string, base: string, entry: TarEntry): TarSink | undefined {
    const { size, mode } = entry;
    const wanted = size === 0 ? [] : this.#wanted(path, base, size, mode);
    const order = this.#order;
    for (const { extractor, how } of wanted) {
      if (how === 'presence') this.#read(extractor, { path, base, size, mode, bytes: Buffer.alloc(0) }, order);
    }
    const runs = mayRun({ base, mode: entry.mode, size: entry.size });
    const content = wanted.filter(({ how }) => how !== 'presence');
    if (content.length === 0) {
      return runs ? this.#watch.watch({ path, base, entry, order }) : undefined;
    }
    if (entry.sparseSize !== undefined) {
      this.#trouble(path, order, 'unreadable-evidence', 'a sparse file, which no tool writes for such evidence');
      return undefined;
    }
    const isAwaited = this.#companions.isAwaited(path);
    const isArchive = content.some(({ how }) => how === 'archive');
    // what waits and what is read now may together be as large as one archive
    if (!isAwaited && isArchive) this.#companions.release();
    const allowed = isArchive
      ? this.#limits.maxArchiveBytes - this.#companions.heldBytes
      : this.#limits.maxEvidenceBytes;
    if (entry.size > allowed) {
      this.#trouble(
        path,
        order,
        'limit',
        `${entry.size} bytes are more than the ${allowed} that are read of one such file`,
      );
      return undefined;
    }
    return new CaptureSink(size, (bytes, isOwn) => {
      if (isAwaited) this.#companions.release(bytes);
      else
        for (const { extractor } of content) {
          const waits = extractor.companionOf?.({ path, base, size, mode }) !== undefined;
          const kept = waits && !isOwn ? Buffer.from(bytes) : bytes;
          this.#companions.take({ extractor, path, base, size, mode, order, bytes: kept });
        }
      if (!runs) return;
      const sink = this.#watch.watch({ path, base, entry, order });
      sink.data(bytes);
      sink.end();
    });
  }

  #wanted(path: string, base: string, size: number, mode: number): Wanted[] {
    const header = { path, base, size, mode };
    const wanted: Wanted[] = [];
    for (const extractor of extractors) {
      const how = extractor.wants(header);
      if (how !== undefined) wanted.push({ extractor, how });
    }
    return wanted;
  }

  #read(extractor: Extractor, file: EvidenceFile, order: number): void {
    const { path } = file;
    let drafts: readonly EvidenceDraft[];
    try {
      drafts = extractor.read(file);
    } catch (error) {
      // hostile input may break any parser in any way; whatever it is, it is this file that could not be read
      const text = error instanceof UnreadableEvidence ? error.text : `${extractor.name} cannot read it`;
      this.#trouble(path, order, 'unreadable-evidence', text);
      return;
    }
    this.#found(drafts, path, order);
  }

  #found(drafts: readonly EvidenceDraft[], path: string, order: number): void {
    for (const draft of drafts)
      if (this.#fits(costOf(draft) + path.length)) this.#evidence.push({ ...draft, path, order });
  }

  #trouble(path: string, order: number, code: CoverageReason['code'], text: string): void {
    if (this.#fits(path.length + text.length)) this.#evidence.push({ kind: 'trouble', code, text, path, order });
  }

  /** The order of the entry that takes the place of an earlier one, or of a folder above it. */
  #end(path: string, order: number): number | undefined {
    const replaced = this.#replaced.get(path) ?? 0;
    if (replaced > order) return replaced;
    if (this.#emptied.size === 0) return undefined;
    for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) {
      const emptied = this.#emptied.get(folder) ?? 0;
      if (emptied > order) return emptied;
    }
    return undefined;
  }

  /** No tool writes such a layer; what a runtime makes of it hangs on links that only the layers below know. */
  #disorder(): void {
    const text = `layer ${this.#about} replaces folders or links that it has written into: what is left of them is not certain`;
    if (!this.#reasons.has('disorder')) this.#reasons.set('disorder', { code: 'unreadable-evidence', text });
  }
}
