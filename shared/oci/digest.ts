import { createHash, type Hash } from 'node:crypto';
import type { Digest } from './types.ts';

const FORM = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** Whether a text is a digest of an algorithm that we can check (image-spec, descriptor: registered algorithms). */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && FORM.test(text);
}

/** The digest of some bytes. */
export function digestOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** A running hash in the algorithm of `digest`. */
export function hashFor(digest: Digest): Hash {
  return createHash(algorithmOf(digest));
}

/** The algorithm that a digest names. */
export function algorithmOf(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}
