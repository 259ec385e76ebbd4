import type { ElfFile } from '../elf/index.ts';
import type { EvidenceDraft } from '../layer-facts.ts';
import type { FileHeader } from './extractor.ts';

/** What a file runs with: 'elf' by itself (libraries too), else the line after `#!`. */
export type Program = 'elf' | { readonly interpreter: string };

/** A file that can run, as its header and its first bytes show it. */
export interface ExecutableHeader extends FileHeader {
  readonly program: Program;
  /** its first 4 KiB, or all of it; good during the call only */
  readonly head: Buffer;
}

/** One executable being looked at. Whatever it throws is reported with the path; it gets no more calls then. */
export interface ExecutableReading {
  /**
   * Whether `elf` must give every byte, as far as the file has at most `maxExecutableBytes`; of others only tables, notes and the beginnings
   * of segments are held. Ask for it only where it is needed: holding a file costs time.
   */
  readonly needsWhole?: boolean;
  /**
   * All bytes in order, as they come: joining them would cost more than looking at them. A chunk is only good during the call. What is found
   * must not depend on where chunks end: facts are a function of the layer's bytes. Leave it out when `elf` suffices.
   */
  data?(chunk: Buffer): void;
  /** After the last byte. `elf` is good during the call only; undefined for scripts and for ELF files without a readable header. */
  end(elf: ElfFile | undefined): readonly EvidenceDraft[];
}

/** One kind of evidence inside executables and libraries. A new kind is one file and one line in extractors/index.ts. */
export interface ExecutableExtractor {
  readonly name: string;
  /** counts up with every change of what it finds: facts of older versions are read again */
  readonly version: number;
  /** Cheap, by the header only. Asked only for files that `mayRun`. */
  wants(file: FileHeader): boolean;
  /** The first bytes have shown that it is an executable; undefined: not this one after all. */
  begin(file: ExecutableHeader): ExecutableReading | undefined;
}

const library = /\.so(?:\.[0-9][\w.]*)?$/;

/** Whether a regular file counts as an executable if its content is one: any x bit, or the name of a shared library, which needs none. */
export function mayRun({ base, mode, size }: Pick<FileHeader, 'base' | 'mode' | 'size'>): boolean {
  return size > 0 && ((mode & 0o111) !== 0 || library.test(base));
}
