import { rename, rm } from 'node:fs/promises';

/**
 * Puts a file in the place of another at once: `write` makes it beside, and readers see the one before until it is whole. What fails leaves the one before, and nothing
 * beside it. Throws what writing and the file system throw.
 */
export async function replaceFile<T>(file: string, write: (beside: string) => Promise<T>): Promise<T> {
  const beside = `${file}.${process.pid}.part`;
  try {
    const written = await write(beside);
    await rename(beside, file);
    return written;
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
