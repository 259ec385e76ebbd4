import type { TarSink } from '#shared/oci';
import { CaptureSink } from './capture-sink.ts';
import type { EvidenceFile, Extractor } from './extractors/index.ts';
import type { HardLinkFact, LayerFacts } from './layer-facts.ts';
import type { ReadLimits } from './limits.ts';
import { baseOf } from './path.ts';
import { mark } from './path-table.ts';
import { wantedAt } from './wanted.ts';

/** Files of a layer by their paths, with the hard links to them under whose names they are evidence. */
export type LinkedNames = ReadonlyMap<string, readonly HardLinkFact[]>;

export const noLinkedNames: LinkedNames = new Map();

/** bytes that are read under other names than their own, as a multiple of the largest archive that is held */
const mostArchives = 8;

/**
 * What a layer has to be read once more for: content that passed under a name that says nothing (OSTree's objects, Bun's cache, a copy of a database) before a hard link gave it the
 * name of evidence.
 */
export function linkedNames({ hardLinks, paths }: LayerFacts): LinkedNames {
  const names = new Map<string, HardLinkFact[]>();
  for (const link of hardLinks) {
    if (!link.wanted || link.alike || (paths.of(link.target) & mark.OTHER) === 0) continue;
    const known = names.get(link.target);
    if (known === undefined) names.set(link.target, [link]);
    else known.push(link);
  }
  return names;
}

/** Takes evidence under the name of a link, or why it was not read. */
export interface LinkedNotes {
  read(extractor: Extractor, file: EvidenceFile, order: number): void;
  tooLarge(link: HardLinkFact, text: string): void;
}

/** Reads files of one layer under the names that hard links give them, within what one layer may cost. */
export class LinkedFiles {
  readonly #names: LinkedNames;
  readonly #limits: ReadLimits;
  readonly #notes: LinkedNotes;
  readonly #done = new Set<number>();
  #left: number;

  constructor(names: LinkedNames, limits: ReadLimits, notes: LinkedNotes) {
    this.#names = names;
    this.#limits = limits;
    this.#notes = notes;
    this.#left = mostArchives * limits.maxArchiveBytes;
  }

  /** Whether the content of the link at this place has been read, or refused, as its own. */
  has(order: number): boolean {
    return this.#done.has(order);
  }

  /** A sink for a file that has other names; undefined for all others. */
  watch({ path, size, mode }: Pick<EvidenceFile, 'path' | 'size' | 'mode'>): TarSink | undefined {
    const readings = (this.#names.get(path) ?? []).flatMap((link) => {
      this.#done.add(link.order);
      const wanted = wantedAt(link.path, mode).filter(({ how }) => how !== 'beginning');
      const { maxArchiveBytes, maxEvidenceBytes } = this.#limits;
      const allowed = wanted.some(({ how }) => how === 'archive') ? maxArchiveBytes : maxEvidenceBytes;
      if (size <= Math.min(allowed, this.#left)) {
        this.#left -= size;
        return wanted.map(({ extractor }) => ({ extractor, link }));
      }
      this.#notes.tooLarge(link, `a hard link to ${size} bytes, more than are read of such files`);
      return [];
    });
    if (readings.length === 0) return undefined;
    return new CaptureSink(size, (bytes) => {
      for (const { extractor, link } of readings)
        this.#notes.read(extractor, { path: link.path, base: baseOf(link.path), size, mode, bytes }, link.order);
    });
  }
}
