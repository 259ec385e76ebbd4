import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { memorySource, openArchive, openLayout, openRegistry, tarBytes } from '#shared/oci';
import { imageSourceContract } from '../../contract/image-source.ts';
import { layoutFiles, temporaryFolder, writeFiles } from './stored.ts';
import { startTinyRegistry } from './tiny-registry.ts';

const folder = temporaryFolder();
let count = 0;
const fresh = () => path.join(folder, `source-${count++}`);

imageSourceContract('memory', async (image) => memorySource(image.blobs, image.descriptor));

imageSourceContract('layout folder', async (image) => openLayout(writeFiles(fresh(), layoutFiles([{ image }]))));

for (const [name, pack] of [
  ['layout archive', (tar: Buffer) => tar],
  ['layout archive, gzip', (tar: Buffer) => gzipSync(tar)],
  ['layout archive, zstd', (tar: Buffer) => zstdCompressSync(tar)],
] as const) {
  imageSourceContract(name, async (image) => {
    const file = fresh();
    writeFileSync(file, pack(tarBytes(layoutFiles([{ image }]))));
    return openArchive(file);
  });
}

const registries: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const registry of registries) await registry.close();
});

imageSourceContract('registry', async (image) => {
  const registry = await startTinyRegistry();
  registries.push(registry);
  registry.put(image, 'v1');
  return openRegistry({ registry: registry.host, repository: 'team/app', tag: 'v1' }, { wait: async () => {} });
});
