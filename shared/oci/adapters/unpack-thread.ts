// Runs in a thread of its own: unpacks blobs and checks them, one after the other. unpacking-threads.ts is its other side.
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { BlobInFile, Descriptor } from '../types.ts';
import { BlobUnpacker } from '../unpacking/blob-unpacker.ts';
import { ChunkWriter } from '../unpacking/chunk-writer.ts';
import { type FromThread, gate, type ToThread } from '../unpacking/messages.ts';
import { piecesOfFile } from './file-pieces.ts';

// measured: 16 KiB (the default of zlib) inflates 205 MB/s, 1 MiB 574
const chunkBytes = 1 << 20;
/** chunks that may be under way before the other side has looked at one */
const mostUnderWay = 8;

const port = parentPort;
const free: ArrayBuffer[] = [];

/** One blob being unpacked. */
class Work {
  readonly #descriptor: Descriptor;
  readonly #gate: Int32Array;
  readonly #unpacker: BlobUnpacker;
  #given = 0;

  constructor(descriptor: Descriptor, shared: SharedArrayBuffer) {
    this.#descriptor = descriptor;
    this.#gate = new Int32Array(shared);
    this.#unpacker = new BlobUnpacker(descriptor, new ChunkWriter(memory(), (full, bytes) => this.#give(full, bytes)));
  }

  async piece(memory: ArrayBuffer, bytes: number): Promise<void> {
    await this.#push(new Uint8Array(memory, 0, bytes));
    say({ says: 'piece-done', memory, packed: this.#unpacker.packed }, [memory]);
  }

  async file(blob: BlobInFile): Promise<void> {
    // one byte more than promised shows that the file is too long
    for (const piece of piecesOfFile(blob, this.#descriptor.size + 1)) {
      await this.#push(piece);
      fetchFree();
    }
    await this.end();
  }

  async end(): Promise<void> {
    const verdict = await this.#unpacker.end();
    say({ says: 'verdict', verdict, packed: this.#unpacker.packed });
  }

  async #push(piece: Uint8Array): Promise<void> {
    if (Atomics.load(this.#gate, gate.stop) > 0) this.#unpacker.stop();
    await this.#unpacker.push(piece);
  }

  #give({ buffer }: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
    say({ says: 'chunk', memory: buffer, bytes, packed: this.#unpacker.packed }, [buffer]);
    this.#given += 1;
    for (;;) {
      const taken = Atomics.load(this.#gate, gate.taken);
      if (this.#given - taken < mostUnderWay) return memory();
      Atomics.wait(this.#gate, gate.taken, taken);
    }
  }
}

/** Memory to fill: used before if there is some, since the pages of new memory cost as much as hashing it. */
function memory(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(free.pop() ?? new ArrayBuffer(chunkBytes));
}

function say(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

/** While a file is read nobody comes back to the event loop, and memory is all that is sent meanwhile. */
function fetchFree(): void {
  if (port === null) return;
  for (let sent = receiveMessageOnPort(port); sent !== undefined; sent = receiveMessageOnPort(port)) {
    const message = sent.message as ToThread;
    if (message.ask === 'reuse') free.push(...message.memory);
  }
}

let work: Work | undefined;
let last: Promise<void> = Promise.resolve();

/** Does what is asked, in the order of asking. */
async function answer(asked: ToThread): Promise<void> {
  if (asked.ask === 'begin') {
    work = new Work(asked.descriptor, asked.gate);
    if (asked.file !== undefined) await work.file(asked.file);
  } else if (asked.ask === 'piece') await work?.piece(asked.memory, asked.bytes);
  else if (asked.ask === 'end') await work?.end();
}

port?.on('message', (asked: ToThread) => {
  if (asked.ask === 'reuse') {
    free.push(...asked.memory);
    return;
  }
  last = last
    .then(() => answer(asked))
    .catch(({ message, code, syscall, path }: NodeJS.ErrnoException) => {
      const why = {
        ...(code === undefined ? {} : { code }),
        ...(syscall === undefined ? {} : { syscall }),
        ...(path === undefined ? {} : { path }),
      };
      say({ says: 'unreadable', text: message, why });
    });
});
