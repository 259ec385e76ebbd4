import { describe, expect, test } from 'vitest';
import { deltaSince, parseModifiedIds, watermarkOf } from '#shared/advisories';

const now = new Date('2026-09-01T00:00:00Z');
const csv = (...rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');
const many = (count: number): string[] => Array.from({ length: count }, (_, n) => `2026-01-01T00:00:00Z,GHSA-${n}`);

describe('a list of changes', () => {
  test('gives each id its newest time, fractions of any length in order', () => {
    const ids = parseModifiedIds(
      csv(
        '2026-08-21T12:00:00.5Z,A-1',
        '2026-08-21T12:00:00Z,A-2',
        '2026-08-21T11:59:59.123456Z,A-3',
        '2026-08-20T00:00:00+00:00,A-1',
      ),
      'm.csv',
    );
    expect([...ids.keys()]).toEqual(['A-1', 'A-2', 'A-3']);
    expect(watermarkOf(ids, now)).toBe('2026-08-21T12:00:00.500000000');
    const since = '2026-08-21T12:00:00.000000000';
    expect(deltaSince('npm', ids, since, new Set(), now)?.changed).toEqual(['A-1', 'A-2']);
  });

  test('what shares the time of the watermark is asked for again', () => {
    const ids = parseModifiedIds(
      csv('2026-08-21T12:00:00Z,A-1', '2026-08-21T12:00:00Z,A-2', '2026-08-20T00:00:00Z,A-3'),
      'm.csv',
    );
    const delta = deltaSince('npm', ids, watermarkOf(ids, now), new Set(['A-1', 'A-2', 'A-3']), now);
    expect(delta).toEqual({ changed: ['A-1', 'A-2'], deleted: [], watermark: '2026-08-21T12:00:00.000000000' });
  });

  test('a time of the future hides nothing that comes before it', () => {
    const ids = parseModifiedIds(csv('2027-07-09T00:00:00Z,PYSEC-9', '2026-08-20T00:00:00Z,PYSEC-1'), 'm.csv');
    expect(watermarkOf(ids, now)).toBe('2026-08-20T00:00:00.000000000');
    const later = parseModifiedIds(
      csv('2027-07-09T00:00:00Z,PYSEC-9', '2026-08-22T00:00:00Z,PYSEC-2', '2026-08-20T00:00:00Z,PYSEC-1'),
      'm.csv',
    );
    expect(deltaSince('PyPI', later, '2026-08-21T00:00:00.000000000', new Set(), now)?.changed).toEqual([
      'PYSEC-2',
      'PYSEC-9',
    ]);
  });

  test('what is known and not in it is deleted', () => {
    const ids = parseModifiedIds(csv(...many(100)), 'm.csv');
    const known = new Set([...ids.keys(), 'GHSA-gone']);
    expect(
      deltaSince('npm', ids, '2026-01-01T00:00:01.000000000'.replace('01.0', '00.0'), known, now)?.deleted,
    ).toEqual(['GHSA-gone']);
  });

  test('when too much changed, or too much is gone, everything is taken again', () => {
    const ids = parseModifiedIds(csv(...many(201)), 'm.csv');
    expect(deltaSince('npm', ids, '2026-01-01T00:00:00.000000000', new Set(), now)).toBeUndefined();
    const few = parseModifiedIds(csv(...many(100)), 'm.csv');
    const known = new Set(Array.from({ length: 121 }, (_, n) => `GHSA-${n}`));
    expect(deltaSince('npm', few, '2026-01-01T00:00:00.000000000', known, now)).toBeUndefined();
  });

  test('one that went back in time is refused', () => {
    const ids = parseModifiedIds(csv(...many(3)), 'm.csv');
    expect(() => deltaSince('npm', ids, '2026-02-01T00:00:00.000000000', new Set(), now)).toThrow(
      expect.objectContaining({ code: 'feed-refused', reason: 'older' }),
    );
  });

  test.each([
    ['nothing', ''],
    ['a line that is cut', '2026-01-01T00:00:00Z,GHSA-1\n2026-01-01T00:0'],
    ['a page of a proxy', '<html>\n</html>\n'],
    ['an id that leads elsewhere', '2026-01-01T00:00:00Z,../../etc/passwd\n'],
    ['only empty lines', '\n\n'],
  ])('%s is refused', (_, text) => {
    expect(() => parseModifiedIds(text, 'm.csv')).toThrow(expect.objectContaining({ code: 'broken-archive' }));
  });
});
