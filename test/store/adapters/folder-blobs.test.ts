import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { folderBlobs } from '#shared/store';
import { blobsContract } from '../../contract/blobs.ts';

const folders: string[] = [];
const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'drydock-blobs-'));
  folders.push(made);
  return made;
};
afterAll(async () => {
  for (const made of folders) await rm(made, { recursive: true, force: true });
});

blobsContract('folder', async () => ({ blobs: folderBlobs(join(await folder(), 'not', 'there', 'yet')) }));
blobsContract('folder that waits for no disk', async () => ({ blobs: folderBlobs(await folder(), { synced: false }) }));

describe('blobs in a folder', () => {
  it('are found again by another process', async () => {
    const place = await folder();
    await folderBlobs(place).put('facts/sha256/ab', Buffer.from('x'));
    expect((await folderBlobs(place).get('facts/sha256/ab'))?.toString()).toBe('x');
  });

  it('leave no temporary files behind, and clear away old ones of a crash', async () => {
    const place = await folder();
    const temps = join(place, '~temp');
    await mkdir(temps);
    await writeFile(join(temps, 'crashed'), 'half');
    await writeFile(join(temps, 'young'), 'half');
    await utimes(join(temps, 'crashed'), 0, 0);
    await folderBlobs(place).put('k', Buffer.from('x'));
    expect(await readdir(temps)).toEqual(['young']);
  });

  it('say what the disk said', async () => {
    const place = join(await folder(), 'file');
    await writeFile(place, 'not a folder');
    await expect(folderBlobs(place).put('k', Buffer.from('x'))).rejects.toMatchObject({
      code: 'unavailable',
      about: 'blob k',
    });
  });
});
