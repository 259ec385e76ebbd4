import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { rpmSays } from './installed.ts';
import { found, type Place, put } from './module-images.ts';
import type { Recipe } from './recipe.ts';
import { run } from './run-tool.ts';

interface Release {
  readonly id: string;
  readonly version: string;
  readonly name: string;
  /** the file in which the distribution's own tools look */
  readonly file: string;
}

const centos = (version: string): Release => ({ id: 'centos', version, name: 'CentOS Linux', file: 'centos-release' });
const fedora: Release = { id: 'fedora', version: '35', name: 'Fedora', file: 'fedora-release' };

/** Older ones have no os-release; one is written all the same, for what is compared is the database. */
function release(root: string, { id, version, name, file }: Release): void {
  put(
    root,
    'etc/os-release',
    `NAME="${name}"\nID="${id}"\nVERSION_ID="${version}"\nPRETTY_NAME="${name} ${version}"\n`,
  );
  put(
    root,
    `etc/${file}`,
    `${name} release ${version}
`,
  );
}

// ndb is missing: Debian's rpm reads no Packages.db
const backends: Readonly<Record<string, string>> = { Packages: 'bdb_ro', 'rpmdb.sqlite': 'sqlite' };

const home = 'var/lib/rpm';

/** The rpm database of a published image, below release files that say what it is of; the files that it lists are not there. */
function database(folder: string, file: string, of: Release): Recipe {
  return {
    name: `rpm-database-${folder}`,
    needs: ['go'],
    async make(work) {
      const root = path.join(work, 'root');
      release(root, of);
      mkdirSync(path.join(root, home), { recursive: true });
      const from = await found(['rpmdb', `pkg/testdata/${folder}/${file}`]);
      cpSync(from, path.join(root, home, file));
      const backend = backends[file];
      if (backend === undefined) return { trees: [root] };
      // rpm writes beside a database that it opens
      const copy = path.join(work, 'copy');
      mkdirSync(copy);
      cpSync(from, path.join(copy, file));
      chmodSync(path.join(copy, file), 0o644);
      return { trees: [root], installed: await rpmSays(copy, backend) };
    },
  };
}

const packages: readonly Place[] = [
  ['rpmutils', 'testdata/simple-1.0.1-1.i386.rpm'],
  ['rpmutils', 'testdata/one-epoch-0.1-1.x86_64.rpm'],
  ['rpmutils', 'testdata/zero-epoch-0.1-1.x86_64.rpm'],
  ['rpmutils', 'testdata/nfpm/test-1.0.0.x86_64.rpm'],
];

/** Real packages, installed by rpm itself into a database of the form that it writes today. */
const installed: Recipe = {
  name: 'rpm-installed',
  needs: ['go', 'rpm'],
  async make(work) {
    const root = path.join(work, 'root');
    const files = await Promise.all(packages.map(found));
    mkdirSync(path.join(root, home), { recursive: true });
    const place = ['--root', root, '--dbpath', `/${home}`, '--define', '_db_backend sqlite'];
    const unlinked = ['--nodeps', '--noscripts', '--ignorearch', '--nosignature', '--nodigest'];
    await run('rpm', ['-i', ...place, ...unlinked, ...files]);
    release(root, fedora);
    return { trees: [root], installed: await rpmSays(path.join(root, home), 'sqlite') };
  },
};

/** Images of rpm packages: databases of published ones in all three forms, and packages installed here. */
export const rpmRecipes: readonly Recipe[] = [
  database('centos5-plain', 'Packages', centos('5')),
  database('centos6-many', 'Packages', centos('6')),
  database('centos7-many', 'Packages', centos('7')),
  database('centos7-httpd24', 'Packages', centos('7')),
  database('centos8-modularitylabel', 'Packages', centos('8')),
  database('ubi8-s390x', 'Packages', {
    id: 'rhel',
    version: '8.4',
    name: 'Red Hat Enterprise Linux',
    file: 'redhat-release',
  }),
  database('oraclelinux-9', 'rpmdb.sqlite', {
    id: 'ol',
    version: '9.4',
    name: 'Oracle Linux Server',
    file: 'oracle-release',
  }),
  database('rockylinux-9', 'rpmdb.sqlite', {
    id: 'rocky',
    version: '9.1',
    name: 'Rocky Linux',
    file: 'rocky-release',
  }),
  database('fedora35-plus-mongo', 'rpmdb.sqlite', fedora),
  database('cbl-mariner-2.0', 'rpmdb.sqlite', {
    id: 'mariner',
    version: '2.0',
    name: 'Common Base Linux Mariner',
    file: 'mariner-release',
  }),
  database('sle15-bci', 'Packages.db', { id: 'sles', version: '15.3', name: 'SLES', file: 'SUSE-brand' }),
  installed,
];
