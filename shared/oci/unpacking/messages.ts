import type { BlobInFile, Descriptor } from '../types.ts';
import type { Verdict } from './verdict.ts';

/** What is asked of the thread. Memory that comes or goes is transferred, never copied. */
export type ToThread =
  | {
      readonly ask: 'begin';
      readonly descriptor: Descriptor;
      /** where the blob lies; without it pieces are sent */
      readonly file?: BlobInFile;
      /** `gate.taken` counts the chunks that the other side has looked at; a positive `gate.stop` ends the unpacking, not the checking */
      readonly gate: SharedArrayBuffer;
    }
  | { readonly ask: 'piece'; readonly memory: ArrayBuffer; readonly bytes: number }
  | { readonly ask: 'end' }
  /** memory of chunks that nobody looks at any more */
  | { readonly ask: 'reuse'; readonly memory: readonly ArrayBuffer[] };

/** What the thread says. `packed`: packed bytes taken so far. */
export type FromThread =
  | { readonly says: 'chunk'; readonly memory: ArrayBuffer; readonly bytes: number; readonly packed: number }
  | { readonly says: 'piece-done'; readonly memory: ArrayBuffer; readonly packed: number }
  | { readonly says: 'verdict'; readonly verdict: Verdict; readonly packed: number }
  | { readonly says: 'unreadable'; readonly text: string; readonly why: FileErrorParts };

/** What an error of the file system has beside its text; a thread's errors keep no more than their text on their way. */
export interface FileErrorParts {
  readonly code?: string;
  readonly syscall?: string;
  readonly path?: string;
}

/** Where the two numbers stand in the shared memory. */
export const gate = { taken: 0, stop: 1, bytes: 8 } as const;
