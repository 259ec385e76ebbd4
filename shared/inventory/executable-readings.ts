import { codeIn, type Range } from './elf/index.ts';
import { UnreadableEvidence } from './errors.ts';
import type { ExecutableExtractor, ExecutableHeader, ExecutableReading } from './extractors/index.ts';
import type { EvidenceDraft } from './layer-facts.ts';
import type { ProgramFile } from './program-files/index.ts';

interface Running {
  readonly name: string;
  readonly reading: ExecutableReading;
}

/** The readings of one executable. Hostile input may break any of them in any way; whatever it is becomes trouble of this file. */
export class ExecutableReadings {
  #running: Running[] = [];
  readonly #troubles: EvidenceDraft[] = [];
  /** whether one of them looks at what passes */
  readonly #isWatched: boolean;
  readonly #code: readonly Range[];
  #seen = 0;

  constructor(extractors: readonly ExecutableExtractor[], file: ExecutableHeader) {
    for (const extractor of extractors) {
      this.#try(extractor.name, () => {
        const reading = extractor.begin(file);
        if (reading !== undefined) this.#running.push({ name: extractor.name, reading });
      });
    }
    this.#isWatched = this.#running.some(({ reading }) => reading.data !== undefined);
    this.#code = this.#isWatched ? codeIn(file.head) : [];
  }

  /** whether the tables and the beginnings of the segments do not suffice for one of them */
  get needWhole(): boolean {
    return this.#running.some(({ reading }) => reading.needsWhole === true);
  }

  data(chunk: Buffer): void {
    const start = this.#seen;
    const end = start + chunk.length;
    this.#seen = end;
    if (!this.#isWatched) return;
    for (let at = start; at < end; ) {
      const code = this.#code.find((range) => range.end > at && range.start < end);
      const from = code?.start ?? end;
      const to = Math.min(code?.end ?? end, end);
      if (at < from) this.#each((reading) => reading.data?.(chunk.subarray(at - start, from - start)));
      if (from < to) this.#each((reading) => reading.skip?.(to - Math.max(at, from)));
      at = to;
    }
  }

  /** What was found, and what could not be read. */
  end(file: ProgramFile | undefined): EvidenceDraft[] {
    const found: EvidenceDraft[] = [];
    for (const { name, reading } of this.#running) this.#try(name, () => found.push(...reading.end(file)));
    return [...found, ...this.#troubles];
  }

  #each(step: (reading: ExecutableReading) => void): void {
    this.#running = this.#running.filter(({ name, reading }) => this.#try(name, () => step(reading)));
  }

  #try(name: string, step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      const text = error instanceof UnreadableEvidence ? error.text : `${name} cannot read it`;
      this.#troubles.push({ kind: 'trouble', code: 'unreadable-evidence', text });
      return false;
    }
  }
}
