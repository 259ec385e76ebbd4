import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { rpm } from '../../../shared/inventory/extractors/rpm.ts';

// A folder of folders that each hold a real database (`centos7/Packages`, `fedora35/rpmdb.sqlite`); go-rpmdb's test data has this form.
const folder = process.env['DRYDOCK_RPM_DATABASES'] ?? '';
const kinds: Readonly<Record<string, string>> = { Packages: 'bdb_ro', 'rpmdb.sqlite': 'sqlite' };
const databases =
  folder === ''
    ? []
    : readdirSync(folder).flatMap((name) =>
        Object.keys(kinds)
          .filter((file) => existsSync(path.join(folder, name, file)))
          .map((file) => ({ name, file })),
      );
if (databases.length === 0)
  console.warn('SKIPPED: real rpm databases beside rpm itself; set DRYDOCK_RPM_DATABASES to a folder of them');

describe.runIf(databases.length > 0)('real databases', () => {
  test.each(databases)('$name/$file holds what rpm -qa says', async ({ name, file }) => {
    const copy = mkdtempSync(path.join(tmpdir(), 'drydock-rpmdb-'));
    try {
      cpSync(path.join(folder, name, file), path.join(copy, file));
      const format = '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE} %{ARCH}\\n';
      const listed = execFileSync(
        'rpm',
        ['--dbpath', copy, '--define', `_db_backend ${kinds[file]}`, '-qa', '--qf', format],
        {
          encoding: 'utf8',
          maxBuffer: 2 ** 26,
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      );
      const expected = listed
        .trim()
        .split('\n')
        .filter((line) => !/^(?:gpg-pubkey|\S+-debug(?:info|source)) /.test(line));
      const bytes = await readFile(path.join(folder, name, file));
      const drafts = rpm.read({ path: `var/lib/rpm/${file}`, base: file, size: bytes.length, mode: 0o644, bytes });
      const found = drafts.flatMap((draft) => (draft.kind === 'packages' ? draft.packages : []));
      const lines = found.map(
        (one) => `${one.name} ${/^\d+:/.test(one.version) ? '' : '0:'}${one.version} ${one.architecture}`,
      );
      expect(lines.sort()).toEqual(expected.sort());
      expect(drafts.filter(({ kind }) => kind === 'trouble')).toEqual([]);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
