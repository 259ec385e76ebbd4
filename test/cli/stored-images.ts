import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuiltImage, type BuiltLayer, buildImage, type TarInput, tarBytes } from '#shared/oci';
import { layerOf, osRelease, stanza, type Tree } from '../shared/inventory/images.ts';
import { layoutFiles, writeFiles } from '../shared/oci/stored.ts';

/** Debian 12 with the given packages, and an application layer above it. */
export function debianImage(
  packages: Readonly<Record<string, string>>,
  application: Tree = { 'app/run.sh': '#!/bin/sh\n' },
  config: Parameters<typeof buildImage>[0]['config'] = {},
): BuiltImage {
  return buildImage({ layers: debianLayers(packages, application), config });
}

/** The layers of it. */
export function debianLayers(packages: Readonly<Record<string, string>>, application: Tree): BuiltLayer[] {
  const status = Object.entries(packages)
    .map(([name, version]) => stanza(name, version))
    .join('');
  return [
    layerOf({ 'etc/os-release': osRelease.debian12, 'var/lib/dpkg/status': status }, { createdBy: 'ADD rootfs /' }),
    layerOf(application, { createdBy: 'COPY app /app' }),
  ];
}

/** An npm package as it is installed. */
export const nodeModule = (name: string, version: string): Tree => ({
  [`app/node_modules/${name}/package.json`]: JSON.stringify({ name, version }),
});

/** Writes an image as an OCI layout folder. */
export const writeLayout = (folder: string, image: BuiltImage): string => writeFiles(folder, layoutFiles([{ image }]));

/** Writes an image as `docker save` does. */
export function writeDockerArchive(file: string, layers: readonly BuiltLayer[]): string {
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    }),
  );
  const files: TarInput[] = [
    ...layers.map(({ bytes }, index) => ({ path: `layer${index}/layer.tar`, content: bytes })),
    { path: 'config.json', content: config },
    {
      path: 'manifest.json',
      content: JSON.stringify([
        { Config: 'config.json', RepoTags: ['app:1'], Layers: layers.map((_, index) => `layer${index}/layer.tar`) },
      ]),
    },
  ];
  writeFileSync(file, tarBytes(files));
  return file;
}

interface Advisory {
  readonly id: string;
  readonly ecosystem: string;
  readonly package: string;
  readonly fixed?: string;
  readonly upstream?: readonly string[];
  readonly aliases?: readonly string[];
  readonly vector?: string;
  readonly summary?: string;
}

export const critical = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
export const medium = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N';

/** Writes advisories in OSV's bulk layout, and a catalogue of exploited vulnerabilities beside them. */
export function writeAdvisories(
  folder: string,
  advisories: readonly Advisory[],
  exploited: readonly string[] = [],
): string {
  for (const {
    id,
    ecosystem,
    package: name,
    fixed,
    upstream = [],
    aliases = [],
    vector = critical,
    summary,
  } of advisories) {
    const file = path.join(folder, ecosystem.split(':')[0] ?? '', `${id}.json`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(
      file,
      JSON.stringify({
        schema_version: '1.7.0',
        id,
        modified: '2026-01-02T00:00:00Z',
        published: '2026-01-01T00:00:00Z',
        upstream,
        aliases,
        summary,
        severity: [{ type: 'CVSS_V3', score: vector }],
        affected: [
          {
            package: { ecosystem, name },
            ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, ...(fixed === undefined ? [] : [{ fixed }])] }],
          },
        ],
      }),
    );
  }
  mkdirSync(folder, { recursive: true });
  if (exploited.length > 0)
    writeFileSync(
      path.join(folder, 'kev.json'),
      JSON.stringify({
        dateReleased: '2026-02-03T00:00:00Z',
        vulnerabilities: exploited.map((cveID) => ({
          cveID,
          dateAdded: '2026-01-05',
          knownRansomwareCampaignUse: 'Known',
        })),
      }),
    );
  return folder;
}
