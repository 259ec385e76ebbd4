import { getCompileCacheDir } from 'node:module';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BlobStream, Descriptor, FoundBlob } from '../types.ts';
import { KeptMemory } from '../unpacking/kept-memory.ts';
import { type FromThread, gate, type ToThread } from '../unpacking/messages.ts';
import type { Verdict } from '../unpacking/verdict.ts';

/** Who gets what is unpacked. */
export interface Taking {
  /** takes the unpacked bytes in order; false: no more of them, only the packed ones are to be checked */
  readonly take: (chunk: Buffer) => boolean;
  /** whether views into a chunk's memory are still in use; asked after `take`, and again later as long as it is true */
  readonly keeps: (memory: ArrayBufferLike) => boolean;
  /** told of packed bytes as they are read */
  readonly onBytes: (bytes: number) => void;
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
 * the stream fails with, with the signal's reason, and with an error of the file system.
 */
export async function unpackInThread(
  blob: FoundBlob,
  descriptor: Descriptor,
  taking: Taking,
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  signal?.throwIfAborted();
  const worker = idle.pop() ?? newThread();
  worker.ref();
  let isWell = false;
  try {
    const verdict = await new Session(worker, taking).run(blob, descriptor, signal);
    isWell = true;
    return verdict;
  } finally {
    worker.unref();
    if (isWell && idle.length < mostIdle) idle.push(worker);
    else await worker.terminate();
  }
}

/** Ends the threads that wait, for when no further blob is to come: the memory of each (some 60 MB) is given back while this thread does other things. */
export function endIdleThreads(): void {
  for (const worker of idle.splice(0)) void worker.terminate();
}

function newThread(): Worker {
  const worker = new Worker(threadFile, { env: surroundings() });
  // one that ends while it waits is asked no more; while it works, its session hears of it too
  worker.on('error', () => {});
  worker.on('exit', () => {
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
  });
  return worker;
}

/** Code that this process keeps compiled is kept for its threads, too: without it one starts in 100 ms instead of 40. */
function surroundings(): NodeJS.ProcessEnv {
  const compiled = getCompileCacheDir();
  return compiled === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: path.dirname(compiled) };
}

/** One blob on its way through a thread. */
class Session {
  readonly #worker: Worker;
  readonly #taking: Taking;
  readonly #gate = new SharedArrayBuffer(gate.bytes);
  readonly #flags = new Int32Array(this.#gate);
  readonly #kept: KeptMemory;
  #packed = 0;
  #stopped = false;

  constructor(worker: Worker, taking: Taking) {
    this.#worker = worker;
    this.#taking = taking;
    this.#kept = new KeptMemory(taking.keeps);
  }

  run(blob: FoundBlob, descriptor: Descriptor, signal: AbortSignal | undefined): Promise<Verdict> {
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    const file = 'file' in blob ? blob : undefined;
    const pieces =
      'file' in blob
        ? undefined
        : new Pieces(blob, descriptor.size + 1, (message, memory) => this.#ask(message, memory), reject);
    const heard = (said: FromThread): void => {
      if (said.says === 'unreadable') {
        reject(Object.assign(new Error(said.text), said.why));
        return;
      }
      this.#taking.onBytes(said.packed - this.#packed);
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
    this.#ask({ ask: 'begin', descriptor, gate: this.#gate, ...(file === undefined ? {} : { file }) });
    pieces?.start();
    return promise.finally(() => {
      this.#worker.off('message', heard).off('error', reject).off('exit', ended);
      signal?.removeEventListener('abort', abort);
      pieces?.stop();
    });
  }

  #look(memory: ArrayBuffer, bytes: number): void {
    if (!this.#stopped && !this.#taking.take(Buffer.from(memory, 0, bytes))) {
      this.#stopped = true;
      Atomics.store(this.#flags, gate.stop, 1);
    }
    const back = this.#kept.take(memory);
    Atomics.add(this.#flags, gate.taken, 1);
    Atomics.notify(this.#flags, gate.taken);
    if (back.length > 0) this.#ask({ ask: 'reuse', memory: back }, back);
  }

  #ask(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

/** Sends a stream to the thread, in pieces of memory that come back to be filled again. */
class Pieces {
  readonly #stream: BlobStream;
  readonly #ask: (message: ToThread, transfer?: ArrayBuffer[]) => void;
  readonly #reject: (error: unknown) => void;
  readonly #free: ArrayBuffer[] = [];
  /** bytes that may still come: one more than promised shows that there are too many, and the rest of them is not waited for */
  #left: number;
  #memory = new Uint8Array(pieceBytes);
  #filled = 0;
  #underWay = 0;
  #ended = false;

  constructor(
    stream: BlobStream,
    most: number,
    ask: (message: ToThread, transfer?: ArrayBuffer[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#stream = stream;
    this.#left = most;
    this.#ask = ask;
    this.#reject = reject;
  }

  start(): void {
    this.#stream.on('error', this.#reject);
    this.#stream.on('close', () => {
      if (!this.#ended) this.#reject(new StreamClosed());
    });
    this.#stream.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#stream.on('end', () => this.#end());
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#ended = true;
    this.#stream.destroy();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#send();
    this.#ask({ ask: 'end' });
  }

  /** A piece was used up. */
  done(memory: ArrayBuffer): void {
    this.#free.push(memory);
    this.#underWay -= 1;
    if (this.#underWay < mostPieces && this.#stream.isPaused()) this.#stream.resume();
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return;
    const wanted = chunk.subarray(0, this.#left);
    this.#left -= wanted.length;
    for (let at = 0; at < wanted.length; ) {
      const part = wanted.subarray(at, at + this.#memory.length - this.#filled);
      this.#memory.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#memory.length) this.#send();
    }
    this.#stream.release?.(chunk);
    if (this.#left > 0) return;
    this.#end();
    this.#stream.destroy();
  }

  #send(): void {
    if (this.#filled === 0) return;
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
