import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { redHatArchive } from '../shared/advisories/feeds/publications.ts';
import { anySource, built, rhel, vexDocument } from '../shared/advisories/feeds/red-hat/vex-documents.ts';
import { drydock, freshFolder } from './command.ts';

const home = freshFolder();

function write(folder: string, files: Readonly<Record<string, string | Buffer>>): string {
  for (const [name, content] of Object.entries(files)) {
    const place = path.join(home, folder, name);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, content);
  }
  return path.join(home, folder);
}

const time = '2024-06-03T05:00:00Z';
const documents = {
  '2024/cve-2024-0001.json': vexDocument(
    [
      { on: rhel.main('9.4'), ...built('krb5', '1.21.1-2.el9_4', 'src'), status: 'fixed', advisory: 'RHSA-2024:3268' },
      {
        on: rhel.extended('eus', '9.2'),
        ...built('krb5', '1.20.1-9.el9_2.1', 'src'),
        status: 'fixed',
        advisory: 'RHSA-2024:3269',
      },
    ],
    { cve: 'CVE-2024-0001', released: time },
  ),
  '2024/cve-2024-0002.json': vexDocument(
    [
      {
        on: rhel.unfixed(9),
        ...anySource('krb5'),
        status: 'known_not_affected',
        flag: 'vulnerable_code_not_present',
      },
    ],
    { cve: 'CVE-2024-0002', released: time },
  ),
};
const advisories = write(
  'advisories',
  Object.fromEntries(
    Object.entries(redHatArchive(documents, time)).map(([name, bytes]) => [`feeds/red-hat-vex/${name}`, bytes]),
  ),
);
const line = (version: string): string =>
  ['krb5-libs', version, '1', '1', 'Red Hat, Inc.', '(none)', '1', 'x86_64', '0', `krb5-${version}.src.rpm`].join('\t');
const rootfs = write('rootfs', {
  'etc/os-release': 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nVERSION_ID="9.2"\n',
  'var/lib/rpmmanifest/container-manifest-2': `${line('1.20.1-9.el9_2')}\n`,
  'usr/share/buildinfo/content-sets.json': JSON.stringify({
    content_sets: ['rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2'],
  }),
});

test('an image of an extended update stream is scanned with a mirror’s copy of Red Hat’s archive: its stream, its fix, and why not', async () => {
  const run = (...args: string[]) => drydock([...args, '--advisories', advisories], { home });
  const scanned = await run('scan', rootfs);
  expect(scanned.stdout).toContain('rhel-9.2 (eus-9.2)');
  expect(scanned.stdout).toContain('CVE-2024-0001');
  expect(scanned.stdout).toContain('1.20.1-9.el9_2.1');
  expect(scanned.stdout).not.toContain('1.21.1-2.el9_4');
  expect(scanned.stdout).not.toContain('CVE-2024-0002');
  const why = await run('explain', 'CVE-2024-0001', rootfs);
  expect(why.stdout).toContain('(rpm, RHSA-2024:3269)');
  expect((await run('explain', 'CVE-2024-0002', rootfs)).stdout).toContain(
    'REDHAT-CVE-2024-0002 (not affected: vulnerable code not present)',
  );
});
