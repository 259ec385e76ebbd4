import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';
import { algorithmOf, digestOf, hashFor } from './digest.ts';
import { DigestMismatch, SizeMismatch } from './errors.ts';
import type { Descriptor } from './types.ts';

/**
 * A stream of `stream`'s bytes that fails unless they are what `descriptor` promises. At most `descriptor.size` bytes
 * pass; the last byte being there does not mean that all is well: only the end of the stream does (it errors instead of
 * ending with SizeMismatch or DigestMismatch). Destroying it destroys `stream`; an error of `stream` becomes its own.
 * `source` names where the bytes come from, for messages.
 */
export function verified(stream: Readable, descriptor: Descriptor, source: string): Readable {
  const check = new Verifier(descriptor, source);
  // the callback is there because errors reach the reader through `check` itself
  pipeline(stream, check, () => {});
  return check;
}

/** Checks whole bytes against a descriptor. Throws SizeMismatch, DigestMismatch. */
export function verifyBytes(bytes: Buffer, descriptor: Descriptor, source: string): Buffer {
  if (bytes.length !== descriptor.size) {
    throw new SizeMismatch(source, descriptor.digest, descriptor.size, bytes.length);
  }
  const got = digestOf(bytes, algorithmOf(descriptor.digest));
  if (got !== descriptor.digest) throw new DigestMismatch(source, descriptor.digest, got);
  return bytes;
}

class Verifier extends Transform {
  readonly #descriptor: Descriptor;
  readonly #source: string;
  readonly #hash;
  #seen = 0;

  constructor(descriptor: Descriptor, source: string) {
    super({ highWaterMark: 1 << 18 });
    this.#descriptor = descriptor;
    this.#source = source;
    this.#hash = hashFor(descriptor.digest);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#seen += chunk.length;
    if (this.#seen > this.#descriptor.size) {
      done(new SizeMismatch(this.#source, this.#descriptor.digest, this.#descriptor.size, this.#seen));
      return;
    }
    this.#hash.update(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const { digest, size } = this.#descriptor;
    if (this.#seen !== size) {
      done(new SizeMismatch(this.#source, digest, size, this.#seen));
      return;
    }
    const got = `${algorithmOf(digest)}:${this.#hash.digest('hex')}`;
    done(got === digest ? null : new DigestMismatch(this.#source, digest, got));
  }
}
