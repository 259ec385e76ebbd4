import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { BuiltImage, TarInput } from '#shared/oci';

/** A folder that is gone when the test file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-oci-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The files of an OCI layout. */
export function layoutFiles(images: readonly { readonly image: BuiltImage; readonly name?: string }[]): TarInput[] {
  const manifests = images.map(({ image, name }) => ({
    ...image.descriptor,
    ...(name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } }),
  }));
  const blobs = images.flatMap(({ image }) => [...image.blobs]);
  return [
    { path: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    { path: 'index.json', content: JSON.stringify({ schemaVersion: 2, manifests }) },
    ...blobs.map(([digest, content]) => ({ path: `blobs/${digest.replace(':', '/')}`, content })),
  ];
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: readonly TarInput[]): string {
  for (const { path: name, content } of files) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content ?? '');
  }
  return folder;
}
