import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { FeedFile } from '#shared/advisories';
import { archivedRecords } from '../../../../../shared/advisories/feeds/red-hat/documents.ts';
import { tarOf } from '../make-tar.ts';
import { built, type Line, rhel, vexDocument } from './vex-documents.ts';

const count = 500;
// builds of one update, in as many repositories and architectures as a kernel has
const lines: Line[] = Array.from({ length: 400 }, (_, n) => ({
  on: rhel.extended('eus', `9.${n % 4}`, `Repository${n % 10}`),
  ...built(`kernel-${n}`, '5.14.0-427.13.1.el9_4', n % 4 === 0 ? 'src' : 'x86_64'),
  status: 'fixed',
  advisory: 'RHSA-2024:2394',
}));

test('an archive of a hundred megabytes passes document by document: little more is unpacked than is taken', async () => {
  const template = JSON.stringify(vexDocument(lines, { cve: 'CVE-2024-0000000' }));
  let given = 0;
  async function* open(): AsyncGenerator<Buffer> {
    for (let n = 0; n < count; n += 1) {
      const cve = `2024-${String(1_000_000 + n)}`;
      const bytes = Buffer.from(template.replaceAll('2024-0000000', cve));
      // without the two empty blocks that end a tar
      const part = tarOf([{ name: `2024/cve-${cve}.json`, bytes }]).subarray(0, -1_024);
      given += 1;
      yield zstdCompressSync(part);
    }
    yield zstdCompressSync(Buffer.alloc(1_024));
  }
  const archive: FeedFile = {
    part: 'archive',
    about: 'csaf_vex_2024-06-03.tar.zst',
    stamp: '1',
    modified: '2024-06-03T00:00:00Z',
    open,
    forget: async () => undefined,
  };
  const nowhere = { describe: 'nowhere', file: async () => undefined };
  let taken = 0;
  let ahead = 0;
  let packages = 0;
  for await (const { bytes } of archivedRecords(archive, {
    changes: new Map(),
    deletions: new Map(),
    origin: nowhere,
  })) {
    taken += 1;
    ahead = Math.max(ahead, given - taken);
    if (taken % 250 === 0) packages += (JSON.parse(bytes.toString()) as { affected: object[] }).affected.length;
  }
  expect(taken).toBe(count);
  expect(template.length * count).toBeGreaterThan(100e6);
  expect(ahead).toBeLessThan(60);
  expect(packages).toBeGreaterThan(1);
});
