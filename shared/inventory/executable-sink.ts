import { createHash, type Hash, hash } from 'node:crypto';
import type { TarSink } from '#shared/oci';

/** What is known of an executable when its last byte has passed. */
export interface ExecutableContent {
  /** 64 hex digits */
  readonly sha256: string;
  readonly interpreter?: string;
}

const ELF = 0x7f454c46;
const longestShebang = 256;

/** The program that a file runs with: 'elf' runs by itself, a text is the line after `#!`, undefined is no executable. */
export function programOf(head: Buffer): 'elf' | { readonly interpreter: string } | undefined {
  if (head.length >= 4 && head.readUInt32BE(0) === ELF) return 'elf';
  if (head.length < 3 || head[0] !== 0x23 || head[1] !== 0x21) return undefined;
  const end = head.subarray(0, longestShebang).indexOf(10);
  const line = head.toString('utf8', 2, end < 0 ? Math.min(head.length, longestShebang) : end).trim();
  return { interpreter: line.replace(/[\p{C}]/gu, '?').slice(0, 128) };
}

/** Content that is here as a whole. One-shot hashing is several times cheaper than a hash object for small files. */
export function executableOf(bytes: Buffer): ExecutableContent | undefined {
  const program = programOf(bytes);
  if (program === undefined) return undefined;
  const sha256 = hash('sha256', bytes);
  return program === 'elf' ? { sha256 } : { sha256, interpreter: program.interpreter };
}

/** Hashes files that can run as they pass; one is used for all files of a layer, one after the other. */
export class ExecutableSink implements TarSink {
  #size = 0;
  #seen = 0;
  #early: Buffer | undefined;
  #hash: Hash | undefined;
  #program: ReturnType<typeof programOf>;
  #whole: ExecutableContent | undefined;
  #done: (content: ExecutableContent) => void = () => {};

  /** Starts with the next file; `done` is called at its end if it is an executable. */
  start(size: number, done: (content: ExecutableContent) => void): this {
    this.#size = size;
    this.#seen = 0;
    this.#early = undefined;
    this.#hash = undefined;
    this.#program = undefined;
    this.#whole = undefined;
    this.#done = done;
    return this;
  }

  data(chunk: Buffer): void {
    const first = this.#seen === 0;
    this.#seen += chunk.length;
    if (first && chunk.length === this.#size) this.#whole = executableOf(chunk);
    else if (this.#hash !== undefined) this.#hash.update(chunk);
    else if (first || this.#early !== undefined) this.#begin(chunk);
  }

  end(): void {
    if (this.#whole !== undefined) this.#done(this.#whole);
    else if (this.#hash !== undefined && this.#program !== undefined) {
      const sha256 = this.#hash.digest('hex');
      this.#done(this.#program === 'elf' ? { sha256 } : { sha256, interpreter: this.#program.interpreter });
    }
  }

  #begin(chunk: Buffer): void {
    // a chunk may end within the first bytes; wait for a whole shebang line or for the end
    const head: Buffer = this.#early === undefined ? chunk : Buffer.concat([this.#early, chunk]);
    if (head.length < longestShebang && this.#seen < this.#size) {
      this.#early = Buffer.from(head);
      return;
    }
    this.#early = undefined;
    this.#program = programOf(head);
    if (this.#program !== undefined) this.#hash = createHash('sha256').update(head);
  }
}
