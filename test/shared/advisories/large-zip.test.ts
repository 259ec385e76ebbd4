import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { zipEntries } from '../../../shared/advisories/adapters/zip-reader.ts';
import { writeLargeZip } from './large-zip.ts';

test('an archive of 70,000 entries, more than plain zip can count, passes entry by entry', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-zip-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'all.zip');
  const { entries, unpacked } = await writeLargeZip(path, 70_000, 1_500);
  const file = await open(path, 'r');
  let count = 0;
  let bytes = 0;
  for await (const entry of zipEntries(file, 'all.zip', () => true)) {
    count += 1;
    bytes += entry.bytes.length;
  }
  await file.close();
  expect({ count, bytes }).toEqual({ count: entries, bytes: unpacked });
});
