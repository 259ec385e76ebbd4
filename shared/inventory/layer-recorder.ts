import type { TarEntry, TarHandler, TarSink } from '#shared/oci';
import { both, CaptureSink } from './capture-sink.ts';
import { Companions } from './companions.ts';
import { LayerLimit, UnreadableEvidence } from './errors.ts';
import { costOf, costOfExecutable } from './evidence-cost.ts';
import { ExecutableWatch } from './executable-watch.ts';
import { type EvidenceFile, type Extractor, folderExtractors, mayRun } from './extractors/index.ts';
import type { HashedExecutables } from './hashed-executables.ts';
import type { Evidence, EvidenceDraft, ExecutableFact, HardLinkFact, LayerFacts } from './layer-facts.ts';
import { isOfDriver, isWhiteout, LayerTree } from './layer-tree.ts';
import type { ReadLimits } from './limits.ts';
import { LinkedFiles, type LinkedNames, noLinkedNames } from './linked-names.ts';
import { cleanPath, depthOf, folderOf, isPlainlyIn } from './path.ts';
import type { CoverageReason } from './types.ts';
import { type Wanted, WantedFiles, wantedAt, wantedBy } from './wanted.ts';

/** what 'beginning' means: headers of images of kernels and of models end before */
const beginningBytes = 1 << 16;

/**
 * Watches the entries of one layer go by and keeps what its facts need. The header alone decides what becomes of an entry: most are
 * a hash of the path; executables are hashed as they pass; evidence is held whole, one file at a time, read and let go.
 */
export class LayerRecorder implements TarHandler {
  readonly #limits: ReadLimits;
  readonly #about: string;
  readonly #evidence: Evidence[] = [];
  readonly #executables: ExecutableFact[] = [];
  readonly #hardLinks: HardLinkFact[] = [];
  readonly #reasons = new Map<string, CoverageReason>();
  readonly #tree = new LayerTree({
    fits: (bytes) => this.#fits(bytes),
    disorder: () => this.#disorder(),
    exhausted: () => this.#reason('maxLinkSteps', 'following its symbolic links takes too long'),
  });
  readonly #watch: ExecutableWatch;
  readonly #companions = new Companions(({ extractor, ...file }, companion) =>
    this.#read(extractor, companion === undefined ? file : { ...file, companion }, file.order),
  );
  readonly #wanted = new WantedFiles();
  readonly #linked: LinkedFiles | undefined;
  #order = 0;
  #folder = '';
  #retained = 0;

  constructor(
    about: string,
    limits: ReadLimits,
    hashed: HashedExecutables = 'all',
    linked: LinkedNames = noLinkedNames,
  ) {
    this.#about = about;
    this.#limits = limits;
    this.#linked =
      linked.size === 0
        ? undefined
        : new LinkedFiles(linked, limits, {
            read: (extractor, file, order) => this.#read(extractor, file, order),
            tooLarge: ({ path, order }, text) => this.#trouble(path, order, 'limit', text),
          });
    this.#watch = new ExecutableWatch(limits.maxExecutableBytes, hashed, {
      executable: (fact) => {
        if (this.#fits(costOfExecutable(fact))) this.#executables.push(fact);
      },
      evidence: (drafts, { path, order }) => this.#found(drafts, path, order),
    });
  }

  entry(entry: TarEntry): TarSink | undefined {
    this.#order += 1;
    const { maxEntries, maxPathBytes } = this.#limits;
    if (this.#order > maxEntries) throw new LayerLimit(this.#about, 'maxEntries', `more than ${maxEntries} entries`);
    if (this.#tree.paths.size > 2 * maxEntries)
      throw new LayerLimit(this.#about, 'maxEntries', `more than ${2 * maxEntries} paths`);
    if (entry.kind === 'other') return undefined;
    const isNext = isPlainlyIn(this.#folder, entry.path) && entry.path.length <= maxPathBytes;
    const path = isNext ? entry.path : this.#arrive(entry.path);
    if (path === undefined) return undefined;
    const folder = this.#folder;
    this.#tree.enter(folder);
    this.#companions.leaveFor(folder);
    const base = folder === '' ? path : path.slice(folder.length + 1);
    if (!isNext && isWhiteout(base)) {
      this.#tree.remove(base);
      return undefined;
    }
    this.#tree.put(path, base, entry, this.#order);
    if (entry.kind === 'file') return this.#file(path, base, entry);
    this.#noContent(path, entry);
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
    const stays = (fact: { readonly path: string; readonly order: number }): boolean => this.#tree.stays(fact);
    const reasons = [...this.#reasons.values()];
    return {
      ...layer,
      entries: this.#order,
      state: reasons.length === 0 ? 'whole' : 'partial',
      reasons,
      paths: this.#tree.paths,
      evidence: this.#evidence.filter(stays),
      executables: this.#executables.filter(stays),
      links: this.#tree.links,
      hardLinks: this.#hardLinks.filter(stays),
    };
  }

  /** The clean path of a name; its folder is current from now on. Undefined for what is not read. */
  #arrive(name: string): string | undefined {
    const { maxPathBytes, maxDepth } = this.#limits;
    const path = cleanPath(name);
    if (path === '' || isOfDriver(path)) return undefined;
    if (path.length > maxPathBytes)
      return this.#skip('maxPathBytes', `paths longer than ${maxPathBytes} characters are not read`);
    if (path.length > 2 * maxDepth && depthOf(path) > maxDepth)
      return this.#skip('maxDepth', `paths below more than ${maxDepth} folders are not read`);
    const folder = folderOf(path);
    if (folder !== this.#folder) {
      this.#folder = folder;
      this.#wanted.enter(folder);
    }
    return path;
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

  /** Keeps what folders and links say. */
  #noContent(path: string, entry: TarEntry): void {
    if (entry.kind === 'directory')
      for (const each of folderExtractors) this.#found(each.read(path), path, this.#order);
    if (entry.kind === 'symlink') {
      if (this.#fits(path.length + entry.linkTarget.length)) {
        this.#tree.link(path, entry.linkTarget, this.#order);
      }
    } else if (entry.kind === 'hardlink' && this.#fits(path.length + entry.linkTarget.length)) {
      const target = cleanPath(entry.linkTarget);
      if (this.#linked?.has(this.#order)) {
        this.#hardLinks.push({ path, target, wanted: false, alike: true, order: this.#order });
        return;
      }
      // what is read by its beginning is listed only: missing it is no trouble
      const wanted = wantedAt(path, entry.mode).filter(({ how }) => how !== 'beginning');
      const asTarget = wanted.length === 0 ? [] : wantedAt(target, entry.mode);
      const alike = wanted.every(({ extractor }) => asTarget.some((other) => other.extractor === extractor));
      this.#hardLinks.push({ path, target, wanted: wanted.length > 0, alike, order: this.#order });
    }
  }

  #file(path: string, base: string, entry: TarEntry): TarSink | undefined {
    const own = this.#ownSink(path, base, entry);
    if (this.#linked === undefined || entry.sparse === 'left-out') return own;
    const linked = this.#linked.watch({ path, size: entry.size, mode: entry.mode });
    return linked === undefined || own === undefined ? (linked ?? own) : both(linked, own);
  }

  /** What becomes of a file under its own name. */
  #ownSink(path: string, base: string, entry: TarEntry): TarSink | undefined {
    const { size, mode } = entry;
    if (size === 0) return undefined;
    const asked = this.#wanted.asked(base);
    if (entry.sparse === 'left-out') {
      if (mayRun(base, mode, size) || wantedBy(asked, { path, base, size, mode }).length > 0)
        this.#trouble(path, this.#order, 'limit', 'a sparse file with more holes than are filled to read such files');
      return undefined;
    }
    if (asked.length > 0) return this.#evidenceOf(wantedBy(asked, { path, base, size, mode }), path, base, entry);
    return mayRun(base, mode, size) ? this.#watch.watch({ path, base, entry, order: this.#order }) : undefined;
  }

  #evidenceOf(wanted: readonly Wanted[], path: string, base: string, entry: TarEntry): TarSink | undefined {
    const { size, mode } = entry;
    const order = this.#order;
    for (const { extractor, how } of wanted) {
      if (how === 'presence') this.#read(extractor, { path, base, size, mode, bytes: Buffer.alloc(0) }, order);
    }
    const runs = mayRun(base, mode, size);
    const content = wanted.filter(({ how }) => how !== 'presence');
    const beginnings = content.filter(({ how }) => how === 'beginning');
    if (beginnings.length > 0 && beginnings.length === content.length) {
      const head = new CaptureSink(Math.min(size, beginningBytes), (bytes) => {
        for (const { extractor } of beginnings) this.#read(extractor, { path, base, size, mode, bytes }, order);
      });
      return runs ? both(head, this.#watch.watch({ path, base, entry, order })) : head;
    }
    if (content.length === 0) {
      return runs ? this.#watch.watch({ path, base, entry, order }) : undefined;
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

  #disorder(): void {
    const text = `layer ${this.#about} replaces folders or links that it has written into: what is left of them is not certain`;
    if (!this.#reasons.has('disorder')) this.#reasons.set('disorder', { code: 'unreadable-evidence', text });
  }
}
