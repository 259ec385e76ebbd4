import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zipEntries } from '../../shared/advisories/adapters/zip-reader.ts';
import { writeLargeZip } from '../shared/advisories/large-zip.ts';

/** A bulk export of a million records and more than a gigabyte: how fast it passes, and in how much memory, in a process that only reads. */
export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-bulk-'));
  try {
    const path = join(folder, 'all.zip');
    const entries = Number(process.env['DRYDOCK_BENCH_ENTRIES'] ?? 1_000_000);
    const made = await writeLargeZip(path, entries, 1_900);
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, path]);
    process.stdout.write(
      `${(made.bytes / 1e9).toFixed(2)} GB packed, ${(made.unpacked / 1e9).toFixed(2)} GB unpacked: ${stdout}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function read(path: string): Promise<void> {
  const file = await open(path, 'r');
  const began = performance.now();
  let count = 0;
  let most = 0;
  for await (const _ of zipEntries(file, path, () => true)) {
    count += 1;
    if (count % 10_000 === 0) most = Math.max(most, process.memoryUsage().rss);
  }
  await file.close();
  const { user, system } = process.cpuUsage();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(
    `${count} entries, ${seconds} s, ${((user + system) / 1e6).toFixed(1)} s CPU, at most ${(most / 1e6).toFixed(0)} MB\n`,
  );
}

const [, script, archive] = process.argv;
if (script === import.meta.filename && archive !== undefined) await read(archive);
