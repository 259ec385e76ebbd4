import { createHash } from 'node:crypto';
import type * as z from 'zod';
import { type Blobs, packJson, StoreError, unpackJson } from '#shared/store';
import { BrokenShard } from './errors.ts';

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Keeps a value as packed JSON below a folder, under the hash that it returns: sha256 of its JSON, hex. */
export async function keepJson(blobs: Blobs, folder: string, value: unknown): Promise<string> {
  const hash = hashOf(value);
  await blobs.put(`${folder}/${hash}`, packJson(value));
  return hash;
}

/** Where such a value lies, its shape and how many bytes it may unpack to. */
export interface KeptJson<Shape extends z.ZodType> {
  readonly folder: string;
  readonly schema: Shape;
  readonly limit: number;
  /** for people, after "what was kept of" */
  readonly what: string;
}

/** Reads it back. Throws BrokenShard when it is gone, damaged, or not what its hash says. */
export async function readKeptJson<Shape extends z.ZodType>(
  blobs: Blobs,
  { folder, schema, limit, what }: KeptJson<Shape>,
  hash: string,
): Promise<z.infer<Shape>> {
  const key = `${folder}/${hash}`;
  const bytes = await blobs.get(key);
  if (bytes === undefined) throw new BrokenShard(key, `what was kept of ${what} is gone`);
  const value = jsonIn(bytes, limit);
  const read = schema.safeParse(value);
  if (!read.success || hashOf(value) !== hash)
    throw new BrokenShard(key, `what was kept of ${what} is not what its hash says`);
  return read.data;
}

/** What packJson packed; undefined for what is none, or unpacks to more than `limit` bytes. */
export function jsonIn(bytes: Buffer, limit: number): unknown {
  try {
    return unpackJson(bytes, limit);
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}
