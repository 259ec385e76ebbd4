import { type BuiltImage, type BuiltLayer, buildImage, buildLayer, type TarInput } from '#shared/oci';

/** Installed packages by name: their versions. */
export type Packages = Readonly<Record<string, string>>;

/** A base layer as Debian 12 has it: release file and dpkg's status. */
export const debianLayer = (packages: Packages, more: readonly TarInput[] = []): BuiltLayer =>
  buildLayer([
    {
      path: 'etc/os-release',
      content: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
    },
    { path: 'var/lib/dpkg/status', content: statusOf(packages) },
    ...more,
  ]);

/** dpkg's status for these packages. */
export const statusOf = (packages: Packages): string =>
  Object.entries(packages)
    .map(([name, version]) =>
      [
        `Package: ${name}`,
        'Status: install ok installed',
        'Architecture: amd64',
        `Version: ${version}`,
        'Maintainer: Somebody <somebody@example.org>',
        'Description: made by a test',
        '',
      ].join('\n'),
    )
    .join('\n');

/** What an application adds: one layer that only depends on its text. */
export const appLayer = (text: string): BuiltLayer => buildLayer([{ path: 'app/main.js', content: `// ${text}\n` }]);

/** An image of a base with these packages and the application of that text. */
export const debianImage = (packages: Packages, app: string): BuiltImage =>
  buildImage({ layers: [debianLayer(packages), appLayer(app)], config: { entrypoint: ['/app/main.js'] } });
