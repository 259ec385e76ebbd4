import type { TarEntry } from '#shared/oci';
import { permittedBy } from './capabilities.ts';
import { ElfFile, linkageOf } from './elf/index.ts';
import { ExecutableReadings } from './executable-readings.ts';
import { type ExecutableContent, ExecutableSink, type ExecutableWatcher } from './executable-sink.ts';
import { executableExtractors } from './extractors/index.ts';
import { type HashedExecutables, isHashed } from './hashed-executables.ts';
import type { EvidenceDraft, ExecutableFact } from './layer-facts.ts';

/** A file of a layer that may turn out to be an executable. */
export interface Candidate {
  /** clean path */
  readonly path: string;
  readonly base: string;
  readonly entry: TarEntry;
  readonly order: number;
}

/** Takes what is found of executables. */
export interface ExecutableNotes {
  executable(fact: ExecutableFact): void;
  evidence(drafts: readonly EvidenceDraft[], candidate: Candidate): void;
}

/** Looks at the executables of one layer, one after the other: their hash, what they need, and the evidence inside of them. */
export class ExecutableWatch {
  readonly #sink: ExecutableSink;
  readonly #hashed: HashedExecutables;
  readonly #notes: ExecutableNotes;

  constructor(maxExecutableBytes: number, hashed: HashedExecutables, notes: ExecutableNotes) {
    this.#hashed = hashed;
    this.#sink = new ExecutableSink(maxExecutableBytes);
    this.#notes = notes;
  }

  /** A sink for the file's content; good until the next call. */
  watch(candidate: Candidate): ExecutableSink {
    const { size, mode } = candidate.entry;
    const capabilities = capabilitiesOf(candidate.entry);
    const isWanted = isHashed(this.#hashed, { mode, ...(capabilities === undefined ? {} : { capabilities }) });
    return this.#sink.start(size, isWanted, this.#watcher(candidate));
  }

  /** Whether views into this memory are kept beyond the call that gave them: whoever made it must leave it alone. */
  keeps(memory: ArrayBufferLike): boolean {
    return this.#sink.keeps(memory);
  }

  #watcher(candidate: Candidate): ExecutableWatcher {
    const { path, base, entry } = candidate;
    const header = { path, base, size: entry.size, mode: entry.mode };
    let readings: ExecutableReadings | undefined;
    return {
      begin: (program, head) => {
        // a text with the name of a library is for the linker (libc.so), nothing that runs
        if (typeof program !== 'string' && (entry.mode & 0o111) === 0) return undefined;
        const wanted = executableExtractors.filter((extractor) => extractor.wants(header));
        readings = new ExecutableReadings(wanted, { ...header, program, head });
        return readings.needWhole ? 'whole' : 'parts';
      },
      data: (chunk) => readings?.data(chunk),
      end: (content) => {
        if (content.program !== 'pe' && content.program !== 'mach-o')
          this.#notes.executable(factOf(candidate, content));
        const found = readings?.end(content.file) ?? [];
        if (found.length > 0) this.#notes.evidence(found, candidate);
      },
    };
  }
}

function capabilitiesOf({ xattrs }: TarEntry): readonly string[] | undefined {
  const attribute = xattrs?.get('security.capability');
  return attribute === undefined ? undefined : permittedBy(attribute);
}

function factOf({ path, order, entry }: Candidate, { sha256, program, file }: ExecutableContent): ExecutableFact {
  const capabilities = capabilitiesOf(entry);
  return {
    path,
    order,
    ...(sha256 === undefined ? {} : { sha256 }),
    size: entry.size,
    mode: entry.mode,
    ...(typeof program === 'string' ? {} : { interpreter: program.interpreter }),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(file instanceof ElfFile ? { linkage: linkageOf(file) } : {}),
  };
}
