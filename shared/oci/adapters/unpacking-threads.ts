import { getCompileCacheDir } from 'node:module';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { BlobInFile, Descriptor, FoundBlob } from '../types.ts';
import type { Verdict } from '../unpacking/blob-unpacker.ts';
import { type FromThread, gate, type ToThread } from '../unpacking/messages.ts';

/** Who gets what a thread unpacks. */
export interface ThreadedUnpacking {
  readonly descriptor: Descriptor;
  /** takes the unpacked bytes in order; what it throws ends the unpacking, and `unpackInThread` throws it at its end */
  readonly take: (chunk: Buffer) => void;
  /** whether views into a chunk's memory are still in use; asked after `take`, and again later as long as it is true */
  readonly keeps: (memory: ArrayBufferLike) => boolean;
  /** told of packed bytes as they are read */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** packed bytes of a stream are sent in pieces of this size, and so many may be under way */
const pieceBytes = 1 << 18;
const mostPieces = 8;

/** Threads that wait for the next blob; they keep no process alive. */
const idle: Worker[] = [];
const mostIdle = 2;

/** The thread's file lies beside this one: as it is here, or beside the bundle that this one became part of. */
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './unpack-thread.ts' : './unpack-thread.mjs',
  import.meta.url,
);

/**
 * Unpacks a blob in a thread of its own while the caller looks at the bytes in this one. Resolves with the verdict on the whole blob. Rejects with what
 * the stream fails with, with what `take` threw, with the signal's reason, and with an error of the file system.
 */
export async function unpackInThread(blob: FoundBlob, options: ThreadedUnpacking): Promise<Verdict> {
  options.signal?.throwIfAborted();
  const worker = idle.pop() ?? new Worker(threadFile, { env: surroundings() });
  worker.ref();
  const session = new Session(worker, options);
  let isWell = false;
  try {
    const verdict = await session.run(blob);
    isWell = true;
    return verdict;
  } finally {
    worker.unref();
    if (isWell && idle.length < mostIdle) idle.push(worker);
    else await worker.terminate();
  }
}

/** Code that this process keeps compiled is kept for its threads, too: without it one starts in 100 ms instead of 40. */
function surroundings(): NodeJS.ProcessEnv {
  const compiled = getCompileCacheDir();
  return compiled === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: path.dirname(compiled) };
}

/** One blob on its way through a thread. */
class Session {
  readonly #worker: Worker;
  readonly #options: ThreadedUnpacking;
  readonly #gate = new SharedArrayBuffer(gate.bytes);
  readonly #flags = new Int32Array(this.#gate);
  /** memory that somebody still looks at */
  #kept: ArrayBuffer[] = [];
  #packed = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(worker: Worker, options: ThreadedUnpacking) {
    this.#worker = worker;
    this.#options = options;
  }

  run(blob: FoundBlob): Promise<Verdict> {
    const { signal } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    const pieces =
      'file' in blob ? undefined : new Pieces(blob, (message, memory) => this.#ask(message, memory), reject);
    const heard = (said: FromThread): void => {
      if (said.says === 'unreadable') {
        reject(Object.assign(new Error(said.text), said.why));
        return;
      }
      this.#options.onBytes(said.packed - this.#packed);
      this.#packed = said.packed;
      if (said.says === 'chunk') this.#look(said.memory, said.bytes);
      else if (said.says === 'piece-done') pieces?.done(said.memory);
      else resolve(said.verdict);
    };
    const ended = (code: number): void =>
      reject(new Error(`the thread that unpacks layers ended with code ${code}; try again`));
    this.#worker.on('message', heard).on('error', reject).on('exit', ended);
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
    this.#begin('file' in blob ? blob : undefined);
    pieces?.start();
    return promise
      .finally(() => {
        this.#worker.off('message', heard).off('error', reject).off('exit', ended);
        signal?.removeEventListener('abort', abort);
        pieces?.stop();
      })
      .then((verdict) => {
        if (this.#failure !== undefined && !isOther(verdict)) throw this.#failure.error;
        return verdict;
      });
  }

  #begin(file: BlobInFile | undefined): void {
    const { descriptor } = this.#options;
    this.#ask({ ask: 'begin', descriptor, gate: this.#gate, ...(file === undefined ? {} : { file }) });
  }

  #look(memory: ArrayBuffer, bytes: number): void {
    if (this.#failure === undefined) {
      try {
        this.#options.take(Buffer.from(memory, 0, bytes));
      } catch (error) {
        this.#failure = { error };
        Atomics.store(this.#flags, gate.stop, 1);
      }
    }
    this.#kept.push(memory);
    const back: ArrayBuffer[] = [];
    this.#kept = this.#kept.filter((each) => {
      if (this.#failure === undefined && this.#options.keeps(each)) return true;
      back.push(each);
      return false;
    });
    Atomics.add(this.#flags, gate.taken, 1);
    Atomics.notify(this.#flags, gate.taken);
    if (back.length > 0) this.#ask({ ask: 'reuse', memory: back }, back);
  }

  #ask(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

/** These are not the promised bytes, so that nothing that was seen in them counts. */
const isOther = ({ is }: Verdict): boolean => is === 'other-digest' || is === 'other-size';

/** Sends a stream to the thread, in pieces of memory that come back to be filled again. */
class Pieces {
  readonly #stream: Readable;
  readonly #ask: (message: ToThread, transfer?: ArrayBuffer[]) => void;
  readonly #reject: (error: unknown) => void;
  readonly #free: ArrayBuffer[] = [];
  #memory = new Uint8Array(pieceBytes);
  #filled = 0;
  #underWay = 0;
  #ended = false;
  #stopped = false;

  constructor(
    stream: Readable,
    ask: (message: ToThread, transfer?: ArrayBuffer[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#stream = stream;
    this.#ask = ask;
    this.#reject = reject;
  }

  start(): void {
    this.#stream.on('error', this.#reject);
    this.#stream.on('close', () => {
      if (!this.#ended) this.#reject(new StreamClosed());
    });
    this.#stream.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#stream.on('end', () => {
      this.#ended = true;
      this.#send();
      this.#ask({ ask: 'end' });
    });
  }

  stop(): void {
    this.#stopped = true;
    if (!this.#ended) this.#stream.destroy();
  }

  /** A piece was used up. */
  done(memory: ArrayBuffer): void {
    this.#free.push(memory);
    this.#underWay -= 1;
    if (this.#underWay < mostPieces && this.#stream.isPaused()) this.#stream.resume();
  }

  #take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + this.#memory.length - this.#filled);
      this.#memory.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#memory.length) this.#send();
    }
  }

  #send(): void {
    if (this.#filled === 0 || this.#stopped) return;
    const { buffer } = this.#memory;
    this.#ask({ ask: 'piece', memory: buffer, bytes: this.#filled }, [buffer]);
    this.#memory = new Uint8Array(this.#free.pop() ?? new ArrayBuffer(pieceBytes));
    this.#filled = 0;
    this.#underWay += 1;
    if (this.#underWay >= mostPieces) this.#stream.pause();
  }
}

/** A stream that was destroyed without an error. */
export class StreamClosed extends Error {
  override readonly name = 'StreamClosed';
}
