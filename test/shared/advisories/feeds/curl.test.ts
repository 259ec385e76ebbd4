import { describe, expect, test } from 'vitest';
import { judged } from './judged.ts';
import { curlAdvisory } from './publications.ts';
import { recordsOf } from './publish.ts';

const published = (...advisories: readonly object[]) =>
  recordsOf('curl', { 'vuln.json': Buffer.from(JSON.stringify(advisories)) });
const key = (version: string) => ({ ecosystem: 'curl', name: 'curl', version });

describe("curl's advisories", () => {
  test('judge curl by the releases that they name, under the CVE, by their own rating', async () => {
    const records = await published(
      curlAdvisory('CVE-2023-38545', '7.69.0', '8.4.0'),
      curlAdvisory('CVE-2000-0973', '6.0', '7.4', { database_specific: { severity: 'Low' } }),
    );
    const [found, ...others] = await judged(records, key('7.88.1'));
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      id: 'CURL-CVE-2023-38545',
      vulnerability: 'CVE-2023-38545',
      fixedIn: '8.4.0',
      status: 'affected',
      severity: { level: 'high' },
    });
    expect(await judged(records, key('8.4.0'))).toEqual([]);
    expect(await judged(records, key('7.68.0'))).toEqual([]);
    expect((await judged(records, key('7.1'))).map(({ vulnerability }) => vulnerability)).toEqual(['CVE-2000-0973']);
  });

  test.each([
    ['another document', '{"id":"CURL-CVE-2023-38545"}'],
    ['an advisory without an id', '[{"affected":[]}]'],
    ['an id of somebody else', '[{"id":"CVE-2023-38545","affected":[]}]'],
    ['no range of releases', '[{"id":"CURL-CVE-2023-38545","affected":[{"ranges":[{"type":"GIT","events":[]}]}]}]'],
    ['a page of a proxy', '<html></html>'],
  ])('%s is refused', async (_, text) => {
    await expect(recordsOf('curl', { 'vuln.json': Buffer.from(text) })).rejects.toMatchObject({
      code: 'broken-archive',
    });
  });
});
