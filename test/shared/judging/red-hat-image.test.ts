import { describe, expect, test } from 'vitest';
import { advisoryBook, refreshAdvisories } from '#shared/advisories';
import { matchName, shardName } from '#shared/inventory';
import { coverageOfJudging, judge } from '#shared/judging';
import { memoryBlobs, memoryTable } from '#shared/store';
import { redHatArchive } from '../advisories/feeds/publications.ts';
import { mirror, sourceOver } from '../advisories/feeds/publish.ts';
import { anySource, built, type Line, rhel, vexDocument } from '../advisories/feeds/red-hat/vex-documents.ts';
import { inventoryOf, type Tree } from '../inventory/images.ts';

const time = '2024-06-03T05:00:00Z';
const document = (cve: string, lines: readonly Line[]): Record<string, object> => ({
  [`2024/${cve.toLowerCase()}.json`]: vexDocument(lines, { cve, released: time }),
});
const on9 = rhel.unfixed(9);

/** What Red Hat says, from its archive to a book. */
async function bookOf() {
  const { folder, publish } = await mirror();
  const documents = {
    ...document('CVE-2024-0001', [
      { on: rhel.main('9.4'), ...built('krb5', '1.21.1-2.el9_4', 'src'), status: 'fixed', advisory: 'RHSA-2024:3268' },
      { on: rhel.main('9.4'), ...built('krb5-libs', '1.21.1-2.el9_4', 'x86_64'), status: 'fixed' },
      { on: rhel.main('9.4'), ...built('krb5-libs', '1.21.1-2.el9_4', 'aarch64'), status: 'fixed' },
      { on: rhel.main('9.4'), ...built('krb5-libs', '1.21.1-2.el9_4', 'ppc64le'), status: 'fixed' },
      { on: rhel.main('9.4'), ...built('krb5-libs', '1.21.1-2.el9_4', 's390x'), status: 'fixed' },
      {
        on: rhel.extended('eus', '9.2'),
        ...built('krb5', '1.20.1-9.el9_2.1', 'src'),
        status: 'fixed',
        advisory: 'RHSA-2024:3269',
      },
    ]),
    ...document('CVE-2024-0002', [
      { on: on9, ...anySource('krb5'), status: 'known_affected', plan: 'Will not fix', impact: 'Low' },
    ]),
    ...document('CVE-2024-0003', [
      { on: on9, ...anySource('krb5'), status: 'known_not_affected', flag: 'vulnerable_code_not_present' },
    ]),
    ...document('CVE-2024-0004', [{ on: on9, ...anySource('bash'), status: 'under_investigation' }]),
  };
  await publish('red-hat-vex', redHatArchive(documents, time), time);
  const now = new Date('2024-06-30T00:00:00Z');
  const ports = { blobs: memoryBlobs(), table: memoryTable() };
  const result = await refreshAdvisories({
    ...ports,
    source: sourceOver(folder),
    ecosystems: ['Red Hat'],
    now: () => now,
  });
  expect(result).toMatchObject({ published: true, refused: [], broken: [] });
  return advisoryBook(ports, { maxAge: 0, clock: () => now.getTime() });
}

const line = (name: string, version: string, source: string): string =>
  [name, version, '1', '1', 'Red Hat, Inc.', '(none)', '1', 'x86_64', '0', `${source}.src.rpm`].join('\t');

/** An image of Red Hat whose packages are of a minor release, from content sets. */
const imageOf = (minor: string, krb5: string, ...sets: readonly string[]): Tree => ({
  'etc/os-release': `NAME="Red Hat Enterprise Linux"\nID="rhel"\nVERSION_ID="${minor}"\n`,
  'var/lib/rpmmanifest/container-manifest-2': `${line('krb5-libs', krb5, `krb5-${krb5}`)}\n${line('bash', '5.1.8-9.el9', 'bash-5.1.8-9.el9')}\n`,
  'usr/share/buildinfo/content-sets.json': JSON.stringify({ content_sets: sets }),
});

async function found(tree: Tree): Promise<string[]> {
  const book = await bookOf();
  const { packages } = await inventoryOf(tree);
  const keys = packages.map(({ key }) => key);
  expect(await coverageOfJudging(keys, book)).toEqual([]);
  const findings: string[] = [];
  for (const key of keys) {
    const shard = await book.shard(shardName(key));
    const judgement = judge(key, shard?.lookup(matchName(key)) ?? [], { shard: shardName(key), generation: 1 });
    for (const { vulnerability, package: about, status, fixedIn, severity } of judgement.findings)
      findings.push([vulnerability.slice(-4), about.name, status, severity.level, fixedIn].filter(Boolean).join(' '));
  }
  return findings.sort();
}

describe('an image of Red Hat', () => {
  const main = 'rhel-9-for-x86_64-baseos-rpms';
  const eus = 'rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2';

  test('of the main stream is judged by that: what is fixed, what will not be, what is looked into, and not by what it does not have', async () => {
    expect(await found(imageOf('9.4', '1.21.1-1.el9', main))).toEqual([
      '0001 krb5-libs affected medium 1.21.1-2.el9_4',
      '0002 krb5-libs will_not_fix low',
      '0004 bash under_investigation medium',
    ]);
  });

  test('of an extended update stream is judged by the fixes of that, and by the main stream’s word where there is none', async () => {
    expect(await found(imageOf('9.2', '1.20.1-9.el9_2', eus))).toEqual([
      '0001 krb5-libs affected medium 1.20.1-9.el9_2.1',
      '0002 krb5-libs will_not_fix low',
      '0004 bash under_investigation medium',
    ]);
    expect(await found(imageOf('9.2', '1.20.1-9.el9_2.1', eus))).toEqual([
      '0002 krb5-libs will_not_fix low',
      '0004 bash under_investigation medium',
    ]);
  });

  test('of the main stream has not the fix of an extended one', async () => {
    expect(await found(imageOf('9.2', '1.20.1-9.el9_2.1', main))).toContain(
      '0001 krb5-libs affected medium 1.21.1-2.el9_4',
    );
  });
});
