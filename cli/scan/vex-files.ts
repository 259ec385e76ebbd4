import { readFile, stat } from 'node:fs/promises';
import { mostVexBytes, notAfter, readVex, type VexDocument, VexError, type VexStatement } from '#shared/vex';
import { CommandFailed } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { counted } from '../words.ts';

/** Reads a VEX document. Throws CommandFailed for a file that cannot be read or is none. */
export async function readVexFile(file: string): Promise<VexDocument> {
  try {
    if ((await stat(file)).size > mostVexBytes)
      throw new CommandFailed(`${file} is larger than ${mostVexBytes / 2 ** 20} MB; split the document`);
    return readVex(await readFile(file), file);
  } catch (cause) {
    if (cause instanceof CommandFailed) throw cause;
    if (cause instanceof VexError) throw new CommandFailed(plainText(cause.message), { cause });
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new CommandFailed(`${JSON.stringify(file)} cannot be read (${why}); name a VEX document`, { cause });
  }
}

/** What documents say, at the latest now; what of them cannot be believed is told. */
export async function readVexFiles(
  files: readonly string[],
  warn: (text: string) => void,
  now = new Date(),
): Promise<readonly VexStatement[]> {
  const all: VexStatement[] = [];
  for (const file of files) {
    const { statements, skipped } = await readVexFile(file);
    for (const why of skipped.slice(0, 5)) warn(plainText(`${file}: left out: ${why}`));
    if (skipped.length > 5) warn(`${file}: ${counted(skipped.length - 5, 'more thing')} left out`);
    all.push(...statements);
  }
  return notAfter(all, now.toISOString());
}
