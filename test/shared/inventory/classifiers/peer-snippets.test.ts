import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { candidatesFor } from '../../../../shared/inventory/classifiers/index.ts';
import { recognised } from './recorded.ts';

// A folder `<product>/<version>/<platform>/<file>` of pieces of real programs, each behind a short header; syft's test data has this form.
const folder = process.env['DRYDOCK_BINARY_SNIPPETS'] ?? '';
const header = '### byte snippet to follow ###\n';

/** Products whose version is written here as advisories write it, or with the build that the folder's name leaves out. */
const otherForms: readonly RegExp[] = [
  /^java[\w-]*\/1\.8\.0_(\d+)-b\d+ 8\.0\.\1$/,
  /^percona-server\/(8\.0\.35) \1-27$/,
  // the server of a cluster, as the MySQL that it is
  /^mysql-cluster\/7\.6\.17 5\.7\.33$/,
];

/** The pieces leave out what proves a Go program: its build information. */
function buildInfoOf(name: string): string[] {
  const modules = candidatesFor(name).flatMap(({ product }) => product.goModule?.path ?? []);
  return modules.map((module) => `${'\0'.repeat(300)}path\t${module}/cmd\nmod\t${module}\t(devel)\t\n`);
}

describe.skipIf(!existsSync(folder))('pieces of real programs that a peer collected', () => {
  test('are recognised with the version that they are of, or not at all', () => {
    const outcome = { right: 0, silent: 0, wrong: [] as string[] };
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || candidatesFor(entry.name).length === 0) continue;
      const file = path.join(entry.parentPath, entry.name);
      const [product = '', version = ''] = path.relative(folder, file).split(path.sep);
      const bytes = readFileSync(file);
      const found = recognised(
        entry.name,
        bytes.subarray(bytes.indexOf(header) + header.length),
        ...buildInfoOf(entry.name),
      );
      const says = `${product}/${version} ${found?.version}`;
      if (found?.version === undefined) outcome.silent += 1;
      else if (version.startsWith(found.version) || otherForms.some((form) => form.test(says))) outcome.right += 1;
      else outcome.wrong.push(says);
    }
    expect(outcome.wrong).toEqual([]);
    // pieces hold what their collector's patterns need, which is not always what ours do
    expect(outcome.right).toBeGreaterThan(200);
  });
});
