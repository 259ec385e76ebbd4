import { describe, expect, test } from 'vitest';
import { inventoryOf, named, type Tree } from './images.ts';

const elf = { content: '\x7fELFx', mode: 0o755 };
const gentoo: Tree = {
  'etc/os-release': 'NAME=Gentoo\nID=gentoo\nPRETTY_NAME="Gentoo Linux"\nVERSION_ID="2.14"\n',
  'var/db/pkg/app-shells/bash-5.2_p15-r6/CONTENTS':
    'dir /bin\nobj /bin/bash 0f343b0931126a20f133d67c2b018a3b 1700000000\nsym /bin/sh -> bash 1700000000\n',
  'var/db/pkg/app-shells/bash-5.2_p15-r6/SIZE': '8011\n',
  'var/db/pkg/dev-libs/libnl-3.9.0/CONTENTS': 'obj /usr/lib64/libnl 3.so 0f343b0931126a20f133d67c2b018a3b 1700000000\n',
  'var/db/pkg/virtual/libc-1-r1/CONTENTS': '',
  'var/db/pkg/x11-libs/gtk+-2.24.33-r3/CONTENTS': 'dir /usr\n',
  'var/db/pkg/sys-apps/-MERGING-portage-3.0.57/CONTENTS': 'dir /usr\n',
  'bin/bash': elf,
  'usr/lib64/libnl 3.so': elf,
};

describe('portage', () => {
  test('given a database, then its packages are there with their categories, own their files, and are judged by nobody', async () => {
    const inventory = await inventoryOf(gentoo);
    expect(named(inventory)).toEqual([
      'app-shells/bash@5.2_p15-r6',
      'dev-libs/libnl@3.9.0',
      'x11-libs/gtk+@2.24.33-r3',
    ]);
    expect(inventory.packages[0]).toMatchObject({
      key: { ecosystem: 'os-gentoo', release: '2.14' },
      purl: 'pkg:ebuild/app-shells/bash@5.2_p15-r6?distro=gentoo-2.14',
    });
    expect(inventory.executables.map(({ path, owner }) => [path, owner])).toEqual([
      ['bin/bash', 'ebuild:app-shells/bash'],
      ['usr/lib64/libnl 3.so', 'ebuild:dev-libs/libnl'],
    ]);
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test('given a package that a layer updates, then only the newer is there; given none any more, then that is told', async () => {
    const old = 'var/db/pkg/app-shells/bash-5.2_p15-r6';
    const newer = { [old]: null, 'var/db/pkg/app-shells/bash-5.2_p21/CONTENTS': 'obj /bin/bash aa 1\n' };
    expect(named(await inventoryOf(gentoo, newer))).toContain('app-shells/bash@5.2_p21');
    expect(named(await inventoryOf(gentoo, newer))).not.toContain('app-shells/bash@5.2_p15-r6');
    const { coverage } = await inventoryOf(gentoo, { 'var/db/pkg': null });
    expect(coverage.reasons[0]).toMatchObject({ code: 'database-deleted', path: 'var/db/pkg' });
  });

  test('given a line with a million places at which its path may end, then it is read as any other', async () => {
    const line = `sym /bin/sh${' -> a'.repeat(500_000)} \n`;
    const { coverage, executables } = await inventoryOf(gentoo, {
      'var/db/pkg/app-shells/bash-5.2_p15-r6/CONTENTS': `${line}obj /bin/bash aa 1\nobj /bin/none\nsym /bin/sh bash 1\n`,
    });
    expect(coverage.state).toBe('scanned');
    expect(executables[0]).toMatchObject({ path: 'bin/bash', owner: 'ebuild:app-shells/bash' });
  });
});
