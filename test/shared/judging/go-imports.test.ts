import { describe, expect, test } from 'vitest';
import { memoryBook, parseOsv } from '#shared/advisories';
import { judge } from '#shared/judging';

const name = 'golang.org/x/net';
const key = { ecosystem: 'Go', name, version: '0.7.0' };

/** A record of the Go team, as its database has it (GO-2023-1988), or GitHub's of the same flaw. */
function record(id: string, imports?: unknown, more: readonly object[] = []): object {
  const range = { type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '0.13.0' }] };
  return {
    schema_version: '1.3.1',
    id,
    modified: '2024-05-20T16:03:47Z',
    aliases: ['CVE-2023-3978'],
    affected: [
      {
        package: { ecosystem: 'Go', name },
        ranges: [range],
        ...(imports === undefined ? {} : { ecosystem_specific: { imports } }),
      },
      ...more,
    ],
  };
}

async function importsBy(...records: readonly object[]): Promise<readonly string[] | undefined> {
  const shard = await memoryBook(records.map((one) => parseOsv(one))).shard('Go');
  const { findings } = judge(key, shard?.lookup(name) ?? [], { shard: 'Go', generation: 1 });
  expect(findings).toHaveLength(1);
  return findings[0]?.imports;
}

const html = [{ path: `${name}/html`, symbols: ['Render', 'render1'] }];

describe('the packages of a Go module that a flaw is in (trap 27)', () => {
  test('given what the Go team says, then it is said with the finding, whoever else tells the same flaw', async () => {
    expect(await importsBy(record('GO-2023-1988', html))).toEqual([`${name}/html`]);
    expect(await importsBy(record('GHSA-2wrh-6pvc-2jm9'), record('GO-2023-1988', html))).toEqual([`${name}/html`]);
  });

  test.each([
    ['nothing of packages', undefined],
    ['an empty list', []],
    ['a list of something else', [{ symbols: ['Render'] }]],
    ['names that are none', [{ path: `${name}/html` }, { path: 'a b' }]],
    ['more than anybody would', Array.from({ length: 101 }, (_, index) => ({ path: `${name}/p${index}` }))],
  ])('given %s, then the flaw may be in any of them', async (_, imports) => {
    expect(await importsBy(record('GO-2023-1988', imports))).toBeUndefined();
  });

  test('given an entry of the same versions that names none, then too', async () => {
    const whole = {
      package: { ecosystem: 'Go', name },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0.5.0' }] }],
    };
    expect(await importsBy(record('GO-2023-1988', html, [whole]))).toBeUndefined();
    const later = {
      package: { ecosystem: 'Go', name },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0.9.0' }] }],
    };
    expect(await importsBy(record('GO-2023-1988', html, [later]))).toEqual([`${name}/html`]);
  });

  test('given GitHub alone, then nothing is known of it', async () => {
    expect(await importsBy(record('GHSA-2wrh-6pvc-2jm9', html))).toBeUndefined();
  });
});
