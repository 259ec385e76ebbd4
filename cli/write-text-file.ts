import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandFailed } from './exit-codes.ts';

/**
 * Writes a file that a person named, from one text or from its pieces, one after the other. Throws CommandFailed, which names the file, why it cannot be written, and what else to do.
 *
 * @param otherwise the end of that sentence: `choose another file for -o`
 */
export async function writeTextFile(
  file: string,
  text: string | Iterable<string>,
  { otherwise, makesFolder = false }: { readonly otherwise: string; readonly makesFolder?: boolean },
): Promise<void> {
  try {
    if (makesFolder) await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    throw new CommandFailed(`${JSON.stringify(file)} cannot be written (${why}); ${otherwise}`, { cause });
  }
}
