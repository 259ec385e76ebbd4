import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { candidatesFor, type Recognised, Recognition } from '../../../../shared/inventory/classifiers/index.ts';

/** Bytes around the version in a real program, and around what proves the product if that is needed. */
export interface RecordedFile {
  readonly product: string;
  readonly file: string;
  readonly version: string;
  /** the package that the program is of, whose version is the truth */
  readonly of: string;
  readonly bytes: readonly string[];
}

const folder = join(import.meta.dirname, '../fixtures/classified');

/** All recorded files, of every kind. */
export const recordedFiles: readonly RecordedFile[] = readdirSync(folder)
  .sort()
  .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as RecordedFile[]);

/** The recorded pieces as one file, at a distance that no expression reaches over. */
export function contentOf({ bytes }: Pick<RecordedFile, 'bytes'>): Buffer {
  return Buffer.concat(bytes.flatMap((piece) => [Buffer.from(piece, 'base64'), Buffer.alloc(512)]));
}

/** What a file of this name with these bytes is, the bytes given in chunks. */
export function recognised(file: string, ...chunks: readonly (Buffer | string)[]): Recognised | undefined {
  const recognition = new Recognition(candidatesFor(file));
  for (const chunk of chunks) recognition.data(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
  return recognition.end();
}
