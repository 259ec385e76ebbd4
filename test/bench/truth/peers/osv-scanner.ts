import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { plainPurl } from '../plain-purl.ts';
import { onPath, type Peer, type Seen } from './peer.ts';

const execute = promisify(execFile);

interface ScalibrPackage {
  readonly package: { readonly name: string; readonly version: string; readonly ecosystem: string };
}

/** OSV's ecosystems as purl types */
const purlTypes: Readonly<Record<string, string>> = {
  Debian: 'deb',
  Ubuntu: 'deb',
  Alpine: 'apk',
  Wolfi: 'apk',
  Chainguard: 'apk',
  npm: 'npm',
  PyPI: 'pypi',
  Go: 'golang',
  'crates.io': 'cargo',
  Maven: 'maven',
  RubyGems: 'gem',
  Packagist: 'composer',
  NuGet: 'nuget',
  CRAN: 'cran',
};

/** its exit code for an image without any package */
const nothingFound = 128;

/** osv-scanner, which reads a copy of the image as `docker save` writes it. */
export const osvScanner: Peer = {
  name: 'osv-scanner',
  namesSources: true,
  missing: () =>
    onPath('osv-scanner')
      ? onPath('skopeo')
        ? undefined
        : 'skopeo is not on the PATH, which makes the archive that osv-scanner reads'
      : 'osv-scanner is not on the PATH',
  async packages(layout) {
    const archive = `${layout}.tar`;
    rmSync(archive, { force: true });
    await execute('skopeo', ['copy', '-q', `oci:${layout}:bench`, `docker-archive:${archive}:bench:1`]);
    // without a database it lists packages all the same, and says by its exit code that it has none
    const { stdout } = await execute(
      'osv-scanner',
      ['scan', 'image', '--archive', archive, '--offline', '--all-packages', '--format', 'json'],
      { maxBuffer: 2 ** 30 },
    ).catch((error: { readonly code?: number; readonly stdout?: string }) => {
      if (error.stdout?.startsWith('{')) return { stdout: error.stdout };
      if (error.code === nothingFound) return { stdout: '{"results":[]}' };
      throw error;
    });
    rmSync(archive, { force: true });
    const { results } = JSON.parse(stdout) as {
      readonly results: readonly {
        readonly source: { readonly path: string };
        readonly packages: readonly ScalibrPackage[];
      }[];
    };
    const found = new Map<string, Seen>();
    for (const { source, packages } of results) {
      for (const { package: each } of packages) {
        const type = purlTypes[each.ecosystem.split(':')[0] ?? ''] ?? each.ecosystem.toLowerCase();
        const name = type === 'maven' ? each.name.replace(':', '/') : each.name;
        found.set(
          plainPurl(
            `pkg:${type}/${name.split('/').map(encodeURIComponent).join('/')}@${encodeURIComponent(each.version)}`,
          ),
          { where: source.path },
        );
      }
    }
    return found;
  },
};
