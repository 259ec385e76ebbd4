import { describe, expect, test } from 'vitest';
import { matchRecords, parseOsv } from '#shared/advisories';
import type { PackageKey } from '#shared/inventory';
import { recordSaid } from '../../cli/scan/record-said.ts';
import { vexRecord } from '../../shared/advisories/feeds/red-hat/vex-record.ts';
import { anySource, built, type Line, rhel, vexDocument } from '../shared/advisories/feeds/red-hat/vex-documents.ts';

const of = (channel?: string): PackageKey => ({
  ecosystem: 'Red Hat',
  release: 'enterprise_linux:9',
  architecture: 'x86_64',
  name: 'krb5-libs',
  version: '1.20.1-8.el9',
  source: 'krb5',
  ...(channel === undefined ? {} : { channel }),
});

function said(lines: readonly Line[], key: PackageKey): string {
  const read = vexRecord('REDHAT-CVE-2024-1000', Buffer.from(JSON.stringify(vexDocument(lines))));
  const [row] = matchRecords(parseOsv('bytes' in read ? read.bytes : read));
  if (row === undefined) throw new Error('it says nothing');
  return recordSaid(row.record, key).replace('REDHAT-CVE-2024-1000 ', '');
}

describe('what a record says', () => {
  const lines: Line[] = [
    { on: rhel.main('9.4'), ...built('krb5', '1.21.1-2.el9_4', 'src'), status: 'fixed', advisory: 'RHSA-2024:3268' },
    {
      on: rhel.extended('eus', '9.2'),
      ...built('krb5', '1.20.1-9.el9_2.1', 'src'),
      status: 'fixed',
      advisory: 'RHSA-2024:3269',
    },
  ];

  test('is only what it says of the stream of a package', () => {
    expect(said(lines, of())).toBe('(introduced 0, fixed 1.21.1-2.el9_4, RHSA-2024:3268)');
    expect(said(lines, of('eus-9.2'))).toBe('(introduced 0, fixed 1.20.1-9.el9_2.1, RHSA-2024:3269, eus-9.2)');
  });

  test('is what will be done, and why a package is not affected', () => {
    const line = (more: Partial<Line>): Line[] => [
      { on: rhel.unfixed(9), ...anySource('krb5'), status: 'known_affected', ...more },
    ];
    expect(said(line({ plan: 'Will not fix' }), of())).toBe('(introduced 0, will not fix)');
    expect(said(line({ status: 'known_not_affected', flag: 'vulnerable_code_not_present' }), of())).toBe(
      '(not affected: vulnerable code not present)',
    );
    expect(said(line({ status: 'known_not_affected' }), of())).toBe('(not affected)');
  });

  test('is nothing where it speaks of other modules alone', () => {
    const modular: Line[] = [
      { on: rhel.unfixed(9), component: 'krb5:1/krb5', status: 'known_affected', plan: 'Will not fix' },
    ];
    expect(said(modular, of())).toBe('(nothing of its stream, module or architecture)');
  });
});
