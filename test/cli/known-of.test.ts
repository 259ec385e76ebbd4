import { describe, expect, test } from 'vitest';
import { knownLines, severityText } from '../../cli/scan/known-of.ts';

describe('what is known of an id beside findings', () => {
  const trace = {
    id: 'GHSA-1',
    aliases: ['CVE-2024-1000'],
    source: 'osv.example',
    at: '2026-01-02T03:04:05Z',
    shards: ['npm'],
  };

  test('is said with the day, and by whom', () => {
    expect(
      knownLines({
        withdrawn: [
          { ...trace, how: 'withdrawn' },
          { ...trace, aliases: [], how: 'gone' },
        ],
      }),
    ).toEqual([
      'withdrawn GHSA-1 (CVE-2024-1000) on 2026-01-02 by its publisher; it came from osv.example',
      'withdrawn GHSA-1: since 2026-01-02 it is no longer in osv.example',
    ]);
    expect(knownLines({ withdrawn: [] })).toEqual([]);
  });

  test('a CVE that nobody rates says so, and a severity without a vector has none', () => {
    const cve = {
      cve: 'CVE-2024-1000',
      state: 'PUBLISHED',
      disputed: false,
      cna: '',
      ratings: [],
      updated: '2024-06-01T00:00:00Z',
    } as const;
    expect(knownLines({ cve, withdrawn: [] })).toEqual([
      'CVE List  CVE-2024-1000 of its CNA, last changed 2024-06-01',
      '          neither its CNA nor CISA rates it',
    ]);
    expect(severityText({ level: 'unknown', source: 'nobody rates it' })).toBe('unknown (nobody rates it)');
  });
});
