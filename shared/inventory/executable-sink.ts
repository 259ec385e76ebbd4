import { createHash, type Hash, hash } from 'node:crypto';
import type { TarSink } from '#shared/oci';
import { codeIn, type FileBytes, wholeFile } from './elf/index.ts';
import type { Program } from './extractors/index.ts';
import { HeldFile } from './held-file.ts';
import { isMachO, openProgramFile, type ProgramFile } from './program-files/index.ts';

/** What is known of an executable when its last byte has passed. */
export interface ExecutableContent {
  /** 64 hex digits; absent where it was not asked for */
  readonly sha256?: string;
  readonly program: Program;
  /** absent for scripts, and for files that have no more of a program than their first bytes */
  readonly file?: ProgramFile;
}

/** Who looks at an executable while it passes. */
export interface ExecutableWatcher {
  /**
   * The first bytes (4 KiB, or all) have shown that it is one. 'whole': every byte but code is to be there at its end if it is not too large; 'parts': its
   * tables and the beginnings of its segments suffice; undefined: it does not count after all, and nothing more is looked at.
   */
  begin(program: Program, head: Buffer): 'whole' | 'parts' | undefined;
  /** its bytes in order, as they come */
  data(chunk: Buffer): void;
  /** after its last byte; views into the file are good during the call only */
  end(content: ExecutableContent): void;
}

const ELF = 0x7f454c46;
const longestShebang = 256;
/** of an ELF file: its header, its segments, and the notes that most linkers put right behind them */
const headBytes = 4096;
/** what is held of every executable, as a part of what is held of one that is wanted whole: the tables of the largest known fit */
const partsOfWhole = 1 / 4;

/** The program that a file runs with, by its first bytes; undefined is no executable. */
export function programOf(head: Buffer): Program | undefined {
  if (head.length >= 4 && head.readUInt32BE(0) === ELF) return 'elf';
  if (isWindowsProgram(head)) return 'pe';
  if (isMachO(head)) return 'mach-o';
  if (head.length < 3 || head[0] !== 0x23 || head[1] !== 0x21) return undefined;
  const end = head.subarray(0, longestShebang).indexOf(10);
  const line = head.toString('utf8', 2, end < 0 ? Math.min(head.length, longestShebang) : end).trim();
  // Linux takes tabs between words as well as spaces
  return {
    interpreter: line
      .replaceAll('\t', ' ')
      .replace(/[\p{C}]/gu, '?')
      .slice(0, 128),
  };
}

/**
 * Hashes files that can run, if that is asked for, and shows them to their watcher; one is used for all files of a layer, one after the other. Chunks are kept
 * until the file's end (see `keeps`): all but the code of a file of at most `maxExecutableBytes` that is wanted whole, else a quarter as much at most.
 */
export class ExecutableSink implements TarSink {
  readonly #mostWhole: number;
  readonly #mostParts: number;
  readonly #held = new HeldFile();
  #size = 0;
  #isHashed = true;
  #seen = 0;
  #early: Buffer | undefined;
  #hash: Hash | undefined;
  #program: Program | undefined;
  #watcher: ExecutableWatcher | undefined;

  constructor(maxExecutableBytes: number) {
    this.#mostWhole = maxExecutableBytes;
    this.#mostParts = Math.floor(maxExecutableBytes * partsOfWhole);
  }

  /** Starts with the next file. */
  start(size: number, isHashed: boolean, watcher: ExecutableWatcher): this {
    this.#size = size;
    this.#isHashed = isHashed;
    this.#seen = 0;
    this.#early = undefined;
    this.#hash = undefined;
    this.#program = undefined;
    this.#watcher = watcher;
    return this;
  }

  data(chunk: Buffer): void {
    const first = this.#seen === 0;
    this.#seen += chunk.length;
    if (this.#program !== undefined) this.#pass(chunk);
    else if (first && chunk.length === this.#size && this.#size <= this.#mostParts) this.#whole(chunk);
    else if (first || this.#early !== undefined) this.#begin(chunk);
  }

  end(): void {
    const program = this.#program;
    if (program === undefined) return;
    this.#program = undefined;
    this.#finish(program, this.#hash?.digest('hex'), this.#held);
    this.#held.release();
  }

  /** Whether views into this memory are kept beyond the call that gave them. */
  keeps(memory: ArrayBufferLike): boolean {
    return this.#held.keeps(memory);
  }

  #whole(bytes: Buffer): void {
    const program = programOf(bytes);
    if (program === undefined || this.#watcher === undefined) return;
    const wanted = this.#watcher.begin(program, bytes.subarray(0, headBytes));
    if (wanted === undefined) return;
    this.#watcher.data(bytes);
    // one-shot hashing is several times cheaper than a hash object for small files
    this.#finish(program, this.#isHashed ? hash('sha256', bytes) : undefined, wholeFile(bytes));
  }

  #finish(program: Program, sha256: string | undefined, bytes: FileBytes): void {
    const file = typeof program === 'string' ? openProgramFile(program, bytes) : undefined;
    this.#watcher?.end({
      program,
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(file === undefined ? {} : { file }),
    });
  }

  #begin(chunk: Buffer): void {
    // a chunk may end within the first bytes; wait for enough of them or for the end
    const head: Buffer = this.#early === undefined ? chunk : Buffer.concat([this.#early, chunk]);
    if (head.length < headBytes && this.#seen < this.#size) {
      this.#early = Buffer.from(head);
      return;
    }
    this.#early = undefined;
    const program = programOf(head);
    if (program === undefined) return;
    const wanted = this.#watcher?.begin(program, head.subarray(0, headBytes));
    if (wanted === undefined) return;
    this.#program = program;
    this.#hash = this.#isHashed ? createHash('sha256') : undefined;
    const isWhole = wanted === 'whole' && this.#size <= this.#mostWhole;
    this.#held.start(this.#size, isWhole ? this.#mostWhole : this.#mostParts, codeIn(head.subarray(0, headBytes)));
    this.#pass(head);
  }

  #pass(chunk: Buffer): void {
    this.#hash?.update(chunk);
    this.#held.take(chunk);
    this.#watcher?.data(chunk);
  }
}

/** `MZ`, and a header further on; texts begin with these letters too. */
function isWindowsProgram(head: Buffer): boolean {
  if (head.length < 64 || head.readUInt16LE(0) !== 0x5a4d) return false;
  const header = head.readUInt32LE(0x3c);
  return header + 4 > head.length || head.readUInt32BE(header) === 0x5045_0000;
}
