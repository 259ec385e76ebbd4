import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Said, said, sorted } from './said.ts';

const execute = promisify(execFile);

/** A scanner whose list of packages is compared with ours. */
export interface Peer {
  readonly name: string;
  /** it lists an operating system's source packages in place of the installed ones */
  readonly namesSources: boolean;
  /** undefined: it can be run here; else what is missing */
  missing(): string | undefined;
  /** the purls (type, name, version; no qualifiers) that it finds in an OCI layout folder, with what it tells of them */
  packages(layout: string): Promise<ReadonlyMap<string, Seen>>;
}

/** A package as a reader tells of it. */
export interface Seen {
  /** where it lies, in the reader's words */
  readonly where: string;
  /** of apk packages, by readers that tell it */
  readonly said?: Said;
}

const onPath = (name: string): boolean =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));

/** `pkg:deb/debian/curl@7.88?arch=amd64` as `deb/curl@7.88`: namespaces of distributions and qualifiers differ between tools and mean the same. */
export function plainPurl(purl: string): string {
  const [head = ''] = purl.replace(/^pkg:/, '').split(/[?#]/);
  const at = head.lastIndexOf('@');
  const version = at < 0 ? '' : decodeURIComponent(head.slice(at + 1));
  const [type = '', ...names] = (at < 0 ? head : head.slice(0, at)).split('/').map(decodeURIComponent);
  const name = ['deb', 'apk', 'rpm', 'alpm'].includes(type) ? (names.at(-1) ?? '') : names.join('/');
  return `${type}/${normal(type, name)}@${type === 'golang' ? version.replace(/^v(?=\d)/, '').replace(/^go(?=\d)/, '') : version}`;
}

function normal(type: string, name: string): string {
  if (type === 'pypi') return name.toLowerCase().replace(/[-_.]+/g, '-');
  return type === 'golang' || type === 'nuget' || type === 'composer' ? name.toLowerCase() : name;
}

interface SyftArtifact {
  readonly name: string;
  readonly purl: string;
  readonly foundBy: string;
  readonly type: string;
  readonly licenses: readonly { readonly value: string }[];
  readonly metadata?: { readonly originPackage?: string; readonly architecture?: string; readonly maintainer?: string };
  readonly locations: readonly { readonly path: string }[];
}

const syft: Peer = {
  name: 'syft',
  namesSources: false,
  missing: () => (onPath('syft') ? undefined : 'syft is not on the PATH'),
  async packages(layout) {
    const { stdout } = await execute('syft', ['scan', `oci-dir:${layout}`, '-q', '-o', 'json'], { maxBuffer: 2 ** 30 });
    const { artifacts } = JSON.parse(stdout) as { readonly artifacts: readonly SyftArtifact[] };
    return new Map(
      artifacts.map((each) => [
        plainPurl(each.purl),
        {
          where: `${each.foundBy} at ${each.locations[0]?.path ?? '?'}`,
          ...(each.type === 'apk' ? { said: saidBySyft(each) } : {}),
        },
      ]),
    );
  },
};

/** it leaves the origin away from what is its own */
const saidBySyft = ({ name, licenses, metadata }: SyftArtifact): Said =>
  said({
    source: metadata?.originPackage || name,
    architecture: metadata?.architecture,
    supplier: metadata?.maintainer,
    licenses: sorted(licenses.map(({ value }) => value)),
  });

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

const osvScanner: Peer = {
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

/** The peers, in the order of the table. */
export const peers: readonly Peer[] = [syft, osvScanner];
