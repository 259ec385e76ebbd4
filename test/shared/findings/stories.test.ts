import { describe, expect, it } from 'vitest';
import { advisoryBook } from '#shared/advisories';
import { readImageHead } from '#shared/findings';
import { critical, debian, debianRecord, high, other, story } from './story.ts';

// Well-known cases as they came over time.

describe('a well-known case', () => {
  it('Shellshock: the first fix was incomplete; what has it is clean of the first flaw and open to the second', async () => {
    const first = debianRecord('DSA-3032-1', '7', 'bash', '4.2+dfsg-0.1+deb7u1', 'CVE-2014-6271', high);
    const second = debianRecord('DSA-3035-1', '7', 'bash', '4.2+dfsg-0.1+deb7u3', 'CVE-2014-7169', high);
    const made = await story({
      old: debian('7', { bash: '4.2+dfsg-0.1' }),
      incomplete: debian('7', { bash: '4.2+dfsg-0.1+deb7u1' }),
      fixed: debian('7', { bash: '4.2+dfsg-0.1+deb7u3' }),
    });
    expect(await made.publish([other('7'), other('12'), first])).toEqual(['CVE-2014-6271 NEW']);
    expect(await made.open()).toEqual(['CVE-2014-6271 old -> 4.2+dfsg-0.1+deb7u1']);
    expect(await made.publish([other('7'), other('12'), first, second])).toEqual(['CVE-2014-7169 NEW']);
    expect(await made.open()).toEqual([
      'CVE-2014-6271 old -> 4.2+dfsg-0.1+deb7u1',
      'CVE-2014-7169 incomplete,old -> 4.2+dfsg-0.1+deb7u3',
    ]);
  });

  it('curl of bookworm: a backport that the upstream version hides', async () => {
    const made = await story({
      old: debian('12', { curl: '7.88.1-10+deb12u3' }),
      backported: debian('12', { curl: '7.88.1-10+deb12u4' }),
    });
    const record = debianRecord('DSA-5523-1', '12', 'curl', '7.88.1-10+deb12u4', 'CVE-2023-38545', critical);
    expect(await made.publish([other('7'), other('12'), record])).toEqual(['CVE-2023-38545 NEW']);
    expect(await made.open()).toEqual(['CVE-2023-38545 old -> 7.88.1-10+deb12u4']);
  });

  it('xz of bookworm: what only a later release ever shipped is no finding', async () => {
    const made = await story({ bookworm: debian('12', { 'xz-utils': '5.4.1-0.2' }) });
    const trixie = debianRecord('DSA-5649-1', '13', 'xz-utils', '5.6.1+really5.4.5-1', 'CVE-2024-3094', critical);
    expect(await made.publish([other('7'), other('12'), trixie])).toEqual([]);
    expect(await made.open()).toEqual([]);
  });

  it('exploitation becomes known later: the problem escalates, and no image is read again', async () => {
    const record = debianRecord('DSA-3032-1', '7', 'bash', '4.2+dfsg-0.1+deb7u1', 'CVE-2014-6271', high);
    const made = await story({ old: debian('7', { bash: '4.2+dfsg-0.1' }) });
    await made.publish([other('7'), other('12'), record]);
    const before = await readImageHead(made.table, made.digests.get('old')!);
    const reads = made.reads();
    expect(await made.publish([other('7'), other('12'), record], ['CVE-2014-6271'])).toEqual([
      'CVE-2014-6271 ESCALATED',
    ]);
    expect(await made.publish([other('7'), other('12'), record], ['CVE-2014-6271'])).toEqual([]);
    expect(await readImageHead(made.table, made.digests.get('old')!)).toEqual(before);
    expect(made.reads()).toBe(reads);
  });
});

describe('what people care about of a change of advisories', () => {
  const bash = (fixed: string, score: object) => debianRecord('DSA-3032-1', '7', 'bash', fixed, 'CVE-2014-6271', score);
  const rest = [other('7'), other('12')];
  const one = () => story({ old: debian('7', { bash: '4.2+dfsg-0.1' }) });

  it('is told once each: new, a fix, a higher severity, withdrawn; a lower severity and another date are not', async () => {
    const made = await one();
    expect(await made.publish([...rest, bash('', high)])).toEqual(['CVE-2014-6271 NEW']);
    expect(await made.publish([...rest, bash('4.2+dfsg-0.1+deb7u1', high)])).toEqual(['CVE-2014-6271 FIX_AVAILABLE']);
    expect(await made.publish([...rest, bash('4.2+dfsg-0.1+deb7u1', critical)])).toEqual(['CVE-2014-6271 ESCALATED']);
    expect(await made.publish([...rest, bash('4.2+dfsg-0.1+deb7u1', high)])).toEqual([]);
    const dated = { ...bash('4.2+dfsg-0.1+deb7u1', high), modified: '2025-05-05T00:00:00Z' };
    expect(await made.publish([...rest, dated])).toEqual([]);
    expect(await made.publish([...rest, { ...dated, withdrawn: '2026-01-01T00:00:00Z' }])).toEqual([
      'CVE-2014-6271 WITHDRAWN',
    ]);
    expect(await made.open()).toEqual([]);
  });

  it('is part of the baseline, and no news, while the first look goes on', async () => {
    const made = await story({ old: debian('7', { bash: '4.2+dfsg-0.1' }) }, true);
    expect(await made.publish([...rest, bash('', high)])).toEqual(['CVE-2014-6271 NEW (baseline)']);
  });
});

describe('feeds with known defects', () => {
  const bash = debianRecord('DSA-3032-1', '7', 'bash', '4.2+dfsg-0.1+deb7u1', 'CVE-2014-6271', high);

  it('keep a generation whole: dates of the future, no dates, names of no ecosystem, rows copied everywhere', async () => {
    const made = await story({ old: debian('7', { bash: '4.2+dfsg-0.1' }) });
    const copied = {
      ...debianRecord('DSA-3032-1', '7', 'bash', '4.2+dfsg-0.1+deb7u1', 'CVE-2014-6271', high),
      affected: ['Debian:7', 'Debian:7', 'Debian:8', 'Debian:12', 'Wrong Name:7', 'debian:7'].map((ecosystem) => ({
        package: { ecosystem, name: 'bash' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '4.2+dfsg-0.1+deb7u1' }] }],
      })),
    };
    const odd = [
      { ...debianRecord('DSA-9001-1', '7', 'bash', '0.1', 'CVE-2031-0001'), modified: '2031-07-09T00:00:00Z' },
      { ...debianRecord('DSA-9002-1', '7', 'bash', '0.1', 'CVE-2001-0001'), modified: '0001-01-01T00:00:00Z' },
      { ...debianRecord('DSA-9003-1', '7', 'bash', '0.1', 'CVE-2001-0002'), modified: 'yesterday' },
    ];
    expect(await made.publish([other('7'), other('12'), ...odd, copied])).toEqual(['CVE-2014-6271 NEW']);
    expect(await made.open()).toEqual(['CVE-2014-6271 old -> 4.2+dfsg-0.1+deb7u1']);
    const { shards } = await advisoryBook(made, { maxAge: 0 }).manifest();
    expect(Object.keys(shards).sort()).toEqual(['Debian:12', 'Debian:7', 'Debian:8']);
    // and what comes after the record of the future is still taken
    expect(await made.publish([other('7'), other('12'), ...odd])).toEqual(['CVE-2014-6271 WITHDRAWN']);
    expect(await made.publish([other('7'), other('12'), ...odd, bash])).toEqual(['CVE-2014-6271 REOPENED']);
  });
});
