import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Served } from '../../contract/advisory-source.ts';

/** Writes what is served into a folder in the bulk layout, in place of what was there. */
export async function writeServed(folder: string, served: Served): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const [ecosystem, what] of Object.entries(served)) {
    await mkdir(join(folder, ecosystem));
    if (Buffer.isBuffer(what)) await writeFile(join(folder, ecosystem, 'all.zip'), what);
    else for (const [id, text] of Object.entries(what)) await writeFile(join(folder, ecosystem, `${id}.json`), text);
  }
}
