import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inventoryOf, named } from './images.ts';

const arch = 'NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\nVERSION_ID=20240101.0.204074\n';
const description = (name: string, version: string, base = name): string =>
  `%NAME%\n${name}\n\n%VERSION%\n${version}\n\n%BASE%\n${base}\n\n%DESC%\nIt is one\n\n%ARCH%\nx86_64\n\n%BUILDDATE%\n1700000000\n\n%PACKAGER%\nA. Packager <a@archlinux.org>\n\n%LICENSE%\nGPL-3.0-or-later\nMIT\n\n%DEPENDS%\nglibc\n\n`;
const local = 'var/lib/pacman/local';
const tree = {
  'etc/os-release': arch,
  [`${local}/ALPM_DB_VERSION`]: '9\n',
  [`${local}/bash-5.2.021-1/desc`]: description('bash', '5.2.021-1'),
  [`${local}/bash-5.2.021-1/files`]: '%FILES%\nusr/\nusr/bin/\nusr/bin/bash\n\n%BACKUP%\netc/bash.bashrc\tabc\n',
  [`${local}/gcc-libs-13.2.1-3/desc`]: description('gcc-libs', '13.2.1-3', 'gcc'),
  [`${local}/shadow-1:4.14-1/desc`]: description('shadow', '1:4.14-1'),
  'usr/bin/bash': { content: '\x7fELF bash', mode: 0o755 },
};

describe('pacman', () => {
  test('given a local database, then packages, bases, epochs and owned files are there, and nobody judges them', async () => {
    const inventory = await inventoryOf(tree);
    expect(named(inventory, 'alpm')).toEqual(['bash@5.2.021-1', 'gcc-libs@13.2.1-3', 'shadow@1:4.14-1']);
    expect(inventory.packages[1]).toMatchObject({
      key: { ecosystem: 'os-arch', source: 'gcc', architecture: 'x86_64' },
      purl: 'pkg:alpm/arch/gcc-libs@13.2.1-3?arch=x86_64&distro=arch-20240101.0.204074&upstream=gcc',
      licenses: ['GPL-3.0-or-later'],
    });
    expect(inventory.executables).toMatchObject([{ path: 'usr/bin/bash', owner: 'alpm:bash' }]);
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test('given a package that a layer replaces, then only the newer is there', async () => {
    const inventory = await inventoryOf(tree, {
      [`${local}/bash-5.2.021-1`]: null,
      [`${local}/bash-5.2.026-2/desc`]: description('bash', '5.2.026-2'),
    });
    expect(named(inventory)).toContain('bash@5.2.026-2');
    expect(named(inventory)).not.toContain('bash@5.2.021-1');
    expect(inventory.coverage.reasons.map(({ code }) => code)).not.toContain('database-deleted');
  });

  test('given a database that is deleted, then that is told', async () => {
    const { coverage } = await inventoryOf(tree, { 'var/lib/pacman/local': null });
    expect(coverage.reasons[0]).toMatchObject({ code: 'database-deleted', path: local });
  });

  test('given an entry without a name, then it is named as unreadable', async () => {
    const place = `${local}/x-1-1/desc`;
    const { coverage } = await inventoryOf({ ...tree, [place]: '%VERSION%\n1-1\n' });
    expect(coverage.reasons[0]).toMatchObject({ code: 'unreadable-evidence', path: place });
  });

  test('given any text, then reading ends and loses nothing without a word', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('%NAME%', '%VERSION%', '%', '', 'bash', '1-1', '%FILES%', '\0', '<b>'), {
          minLength: 1,
        }),
        async (lines) => {
          const { packages, coverage } = await inventoryOf({
            'etc/os-release': arch,
            [`${local}/x-1-1/desc`]: lines.join('\n') || '\n',
          });
          expect(packages.length > 0 || coverage.state !== 'scanned').toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});
