import type { EvidenceDraft } from '../layer-facts.ts';
import type { ProgramFile } from '../program-files/index.ts';
import type { FileHeader } from './extractor.ts';

/**
 * What a file runs with: by itself (libraries too) on Linux, Windows or macOS, else the line after `#!`. Those of other systems are no executables of
 * a container, and are looked into all the same: what they are made of is shipped with it.
 */
export type Program = ProgramFile['format'] | { readonly interpreter: string };

/** A file that can run, as its header and its first bytes show it. */
export interface ExecutableHeader extends FileHeader {
  readonly program: Program;
  /** its first 4 KiB, or all of it; good during the call only */
  readonly head: Buffer;
}

/** One executable being looked at. Whatever it throws is reported with the path; it gets no more calls then. */
export interface ExecutableReading {
  /**
   * Whether `file` must give every byte but code, as far as the file has at most `maxExecutableBytes`; of others only tables, notes and the beginnings
   * of segments are held. Ask for it only where it is needed: holding a file costs time.
   */
  readonly needsWhole?: boolean;
  /**
   * All bytes but code (elf/code.ts), in order, as they come: joining them would cost more than looking at them. A chunk is only good during the call. What is
   * found must not depend on where chunks end: facts are a function of the layer's bytes. Leave it out when `file` suffices.
   */
  data?(chunk: Buffer): void;
  /** So many bytes of code are left out here: what comes next does not stand beside what came last. */
  skip?(bytes: number): void;
  /** After the last byte. `file` is good during the call only; undefined for scripts and for programs without a readable header. */
  end(file: ProgramFile | undefined): readonly EvidenceDraft[];
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

/** smaller programs are held whole (limits.ts: a quarter of maxExecutableBytes), and need no look while they pass */
export const heldWhole = 16 * 2 ** 20;

const library = /\.so(?:\.[0-9][\w.]*)?$/;
const ofWindows = /\.exe$/i;

/**
 * Whether a regular file counts as an executable if its content is one: any x bit, or the name of a shared library, which needs none, or of a program
 * that comes from a system without such bits.
 */
export function mayRun(base: string, mode: number, size: number): boolean {
  if (size === 0) return false;
  if ((mode & 0o111) !== 0) return true;
  // asked of every file: expressions cost more than what passes over nearly all names before
  return (
    (base.includes('.so') && library.test(base)) ||
    ((base.charCodeAt(base.length - 1) | 32) === 0x65 && ofWindows.test(base))
  );
}
