import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { apkRepository } from './apk-repository.ts';
import { found, modules, type Place, put, saved } from './module-images.ts';
import type { Recipe } from './recipe.ts';
import { goModule, run } from './run-tool.ts';

interface Release {
  readonly osRelease: string;
  readonly repositories: string;
}

const wolfi: Release = {
  osRelease: 'ID=wolfi\nNAME="Wolfi"\nPRETTY_NAME="Wolfi"\nVERSION_ID="20230201"\n',
  repositories: 'https://packages.wolfi.dev/os\n',
};

function alpine(version: string): Release {
  const line = version.split('.').slice(0, 2).join('.');
  const from = (part: string): string => `https://dl-cdn.alpinelinux.org/alpine/v${line}/${part}\n`;
  return {
    osRelease: `ID=alpine\nNAME="Alpine Linux"\nPRETTY_NAME="Alpine Linux v${line}"\nVERSION_ID=${version}\n`,
    repositories: from('main') + from('community'),
  };
}

function release(root: string, { osRelease, repositories }: Release): void {
  put(root, 'etc/os-release', osRelease);
  put(root, 'etc/apk/repositories', repositories);
}

/** The database of a published image, below the release files of its distribution; the files that it lists are not there. */
function database(name: string, place: Place, home: 'lib' | 'usr/lib', of: Release): Recipe {
  return {
    name: `apk-database-${name}`,
    needs: ['go'],
    async make(folder) {
      const root = path.join(folder, 'root');
      release(root, of);
      mkdirSync(path.join(root, home, 'apk/db'), { recursive: true });
      cpSync(await found(place), path.join(root, home, 'apk/db/installed'));
      return { trees: [root] };
    },
  };
}

/** Real packages, installed by apko as the builders of Wolfi's images do it. */
function installed(name: string, architecture: string, places: readonly Place[], of: Release): Recipe {
  return {
    name: `apk-installed-${name}`,
    needs: ['go', 'tar'],
    async make(folder) {
      const program = path.join(folder, 'apko');
      await run('go', ['build', '-o', program, '.'], await goModule(...modules.apko));
      const repository = path.join(folder, 'repository');
      const names = await apkRepository(repository, architecture, await Promise.all(places.map(found)));
      const wanted = path.join(folder, 'image.yaml');
      const archive = path.join(folder, 'root.tar');
      writeFileSync(wanted, JSON.stringify({ contents: { repositories: [repository], packages: names } }));
      await run(
        program,
        ['build-minirootfs', '--ignore-signatures', '--build-arch', architecture, wanted, archive],
        folder,
      );
      const root = path.join(folder, 'root');
      mkdirSync(root);
      await run('tar', ['-xf', archive, '-C', root, '--no-same-owner', '--exclude=dev', '--exclude=proc']);
      release(root, of);
      return { trees: [root] };
    },
  };
}

const layered = 'artifact/image/layerscanning/image/testdata';
const images = 'pkg/fanal/test/testdata';
const packages = 'pkg/apk/apk/testdata';
const own = 'internal/cli/testdata';
const alpineDatabases = 'syft/pkg/cataloger/alpine/testdata';

/** Images of apk packages: published ones, databases of such, and packages installed here. */
export const apkRecipes: readonly Recipe[] = [
  saved('apk-alpine-3.8', ['trivy', `${images}/image1.tar`]),
  saved('apk-alpine-3.10', ['trivy', `${images}/alpine-310.tar.gz`]),
  saved('apk-alpine-3.11', ['trivy', `${images}/alpine-311.tar.gz`]),
  saved('apk-alpine-3.20', ['scalibr', `${layered}/alpine-with-packages.tar`]),
  saved('apk-alpine-3.20-upper-layers', ['scalibr', `${layered}/recreate-file.tar`]),
  saved('apk-wolfi', ['openvex', 'test/e2e/testdata/wolfi-base-docker.tar']),
  database('alpine-3.4', ['trivy', 'pkg/fanal/analyzer/pkg/apk/testdata/apk'], 'lib', alpine('3.4.6')),
  database('alpine-3.16', ['apko', `${packages}/root/usr/lib/apk/db/installed`], 'usr/lib', alpine('3.16.0')),
  database('alpine-3.18', ['scalibr', 'extractor/filesystem/os/apk/testdata/installed'], 'lib', alpine('3.18.0')),
  database('wolfi-2022', ['syft', `${alpineDatabases}/very-large-entries`], 'lib', wolfi),
  database('wolfi-2025', ['apko', `${packages}/installed/wolfi-base`], 'usr/lib', wolfi),
  database('wolfi-redis', ['apko', `${packages}/installed/redis-operator-compat`], 'usr/lib', wolfi),
  installed(
    'alpine',
    'aarch64',
    [
      ['apko', `${packages}/alpine-316/alpine-baselayout-3.2.0-r23.apk`],
      ['apko', `${packages}/replaces/replaces-0.0.1-r0.apk`],
      ['apko', 'pkg/apk/fs/testdata/hello-2.12-r0.apk'],
      ['rekor', 'pkg/types/alpine/tests/test_alpine.apk'],
    ],
    alpine('3.16.3'),
  ),
  installed(
    'wolfi',
    'x86_64',
    [
      ['apko', `${packages}/hello-wolfi-2.12.1-r0.apk`],
      ['apko', `${packages}/hello-0.1.0-r0.apk`],
      ['apko', `${own}/packages/x86_64/pretend-baselayout-1.0.0-r0.apk`],
      ['apko', `${own}/packages/x86_64/replayout-1.0.0-r0.apk`],
      ['apko', `${own}/private_packages/packages/x86_64/package-x-1.0.0-r0.apk`],
      ['apko', `${own}/private_packages/packages/x86_64/package-y-1.0.0-r0.apk`],
    ],
    wolfi,
  ),
];
