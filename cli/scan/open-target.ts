import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { type ImageSource, type OpenOptions, openSource, UnknownSource } from '#shared/oci';
import { looksLikeSbom } from '#shared/sbom';

/** What a person may name: an image somewhere, the root filesystem in a folder, or a bill of materials. */
export type Target =
  | { readonly kind: 'image'; readonly source: ImageSource }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'sbom'; readonly path: string }
  | { readonly kind: 'piped-sbom'; readonly bytes: Buffer };

/** enough to tell a tar's header from the first words of a document */
const headBytes = 4096;

/**
 * Finds out what is meant. A file is told by its content; a folder that is named as a path and is no OCI layout is a root filesystem. `dir:` (or `fs:`) and `sbom:` leave
 * no doubt, as the prefixes of `openSource` do. Throws what `openSource` throws.
 */
export async function openTarget(text: string, options: OpenOptions): Promise<Target> {
  const [, prefix, rest = ''] = /^(dir|fs|sbom):(.+)$/s.exec(text) ?? [];
  if (prefix !== undefined) {
    const wanted = prefix === 'sbom' ? 'file' : 'folder';
    if ((await kindOf(rest)) !== wanted)
      throw new UnknownSource(JSON.stringify(text.slice(0, 300)), `there is no such ${wanted}`, 'Check the path.');
    return { kind: prefix === 'sbom' ? 'sbom' : 'folder', path: rest };
  }
  const kind = await kindOf(text);
  if (kind === 'file' && looksLikeSbom(await headOf(text))) return { kind: 'sbom', path: text };
  if (kind === 'folder' && /^(?:\.{0,2}[/\\]|[A-Za-z]:\\|\.{1,2}$)/.test(text) && !(await isLayout(text)))
    return { kind: 'folder', path: text };
  return { kind: 'image', source: await openSource(text, options) };
}

const isLayout = async (folder: string): Promise<boolean> =>
  (await kindOf(path.join(folder, 'index.json'))) !== undefined ||
  (await kindOf(path.join(folder, 'oci-layout'))) !== undefined;

async function kindOf(file: string): Promise<'file' | 'folder' | undefined> {
  if (file.includes('\0')) return undefined;
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) return 'folder';
  // a pipe would never end
  return found?.isFile() ? 'file' : undefined;
}

async function headOf(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
