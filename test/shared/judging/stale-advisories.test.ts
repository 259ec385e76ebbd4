import { describe, expect, it } from 'vitest';
import { type AdvisorySource, advisoryBook, refreshAdvisories, SourceUnavailable } from '#shared/advisories';
import type { PackageKey } from '#shared/inventory';
import { coverageOfJudging } from '#shared/judging';
import { memoryBlobs, memoryTable } from '#shared/store';

const day = 24 * 3_600_000;

const records = (release: string) =>
  Array.from({ length: 60 }, (_, n) => ({
    id: `DSA-${release}${n}-1`,
    modified: '2026-01-01T00:00:00Z',
    upstream: [`CVE-2026-${1000 + n}`],
    affected: [
      {
        package: { ecosystem: `Debian:${release}`, name: `p${n}` },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0' }] }],
      },
    ],
  }));

/** A source of Debian's releases that is asked by hand, at a time of its own. */
async function setUp() {
  let now = Date.parse('2026-06-01T00:00:00Z');
  let releases: readonly string[] | undefined = ['12', '13'];
  const source: AdvisorySource = {
    describe: 'debian',
    ecosystems: async () => ['Debian'],
    async *records() {
      for (const one of (releases ?? []).flatMap(records))
        yield { id: one.id, bytes: Buffer.from(JSON.stringify(one)) };
    },
    modified: async () => {
      if (releases === undefined) throw new SourceUnavailable('debian', 'it answers 503');
      return releases.join();
    },
  };
  const ports = { blobs: memoryBlobs(), table: memoryTable() };
  const book = advisoryBook(ports, { maxAge: 0, clock: () => now });
  const refresh = () => refreshAdvisories({ ...ports, source, now: () => new Date(now) });
  const key = (release: string): PackageKey => ({ ecosystem: 'Debian', release, name: 'p1', version: '1.0' });
  const reasons = async (release: string) =>
    (await coverageOfJudging([key(release)], book)).filter(({ code }) => code === 'stale-advisories');
  await refresh();
  return {
    book,
    refresh,
    reasons,
    publish: (next: readonly string[] | undefined) => {
      releases = next;
    },
    wait: (days: number) => {
      now += days * day;
    },
  };
}

describe('what was judged by old advisories', () => {
  it('says so, from a day after the last good answer on, until there is a good one', async () => {
    const made = await setUp();
    made.publish(undefined);
    made.wait(0.9);
    await made.refresh();
    expect(await made.reasons('12')).toEqual([]);
    made.wait(0.2);
    await made.refresh();
    expect(await made.reasons('12')).toEqual([
      {
        code: 'stale-advisories',
        text: expect.stringMatching(/^advisories for debian-12 are old: .*last good answer 2026-06-01T.*503/),
      },
    ]);
    made.publish(['12', '13']);
    await made.refresh();
    expect(await made.reasons('12')).toEqual([]);
  });

  it('keeps what was known of a release that its source gave up, and says since when nothing comes', async () => {
    const made = await setUp();
    const known = (await made.book.shard('Debian:12'))?.hash;
    made.publish(['13']);
    expect((await made.refresh()).refused).toMatchObject([{ reason: 'smaller', about: 'Debian:12' }]);
    made.wait(7);
    expect(await made.refresh()).toMatchObject({ published: true, changes: [], refused: [] });
    expect((await made.book.shard('Debian:12'))?.hash).toBe(known);
    expect(await made.reasons('12')).toEqual([
      { code: 'stale-advisories', text: expect.stringContaining('published no more, what is known is of 2026-01-01') },
    ]);
    expect(await made.reasons('13')).toEqual([]);
    // and that is the end of it: the feed is whole without that release
    made.publish(['13', '14']);
    expect((await made.refresh()).refused).toEqual([]);
    expect(await made.reasons('12')).toHaveLength(1);
    made.publish(['12', '13', '14']);
    expect((await made.refresh()).refused).toEqual([]);
    expect(await made.reasons('12')).toEqual([]);
  });
});
