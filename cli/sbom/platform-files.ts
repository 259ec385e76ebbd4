import { type Digest, formatPlatform, type Platform } from '#shared/oci';
import type { SbomForm } from '#shared/sbom';

/** What the name of a document's file is made of. */
export interface PlatformImage {
  readonly digest: Digest;
  readonly platform: Platform;
}

const endings: Readonly<Record<SbomForm, string>> = { 'cyclonedx-json': 'cdx.json', 'spdx-json': 'spdx.json' };

/**
 * The file names for the documents of several images, in their order: `linux-arm64-v8.cdx.json`. Where several are of one platform, the beginning of
 * their digests tells them apart. Platforms are what images say: nothing in a name leads out of a folder.
 */
export function platformFiles(images: readonly PlatformImage[], form: SbomForm): readonly string[] {
  const names = images.map(({ platform }) => plainName(formatPlatform(platform)));
  return images.map(({ digest }, at) => {
    const name = names[at] ?? '';
    const isAlone = names.filter((other) => other === name).length === 1;
    return `${name}${isAlone ? '' : `-${digest.split(':')[1]?.slice(0, 12)}`}.${endings[form]}`;
  });
}

const plainName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 100) || 'unknown';
