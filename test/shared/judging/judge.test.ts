import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryBook, parseOsv } from '#shared/advisories';
import { matchName, type PackageKey, shardName } from '#shared/inventory';
import { coverageOfJudging, type Finding, judge } from '#shared/judging';

interface Case {
  readonly name: string;
  readonly given: { readonly records: readonly object[]; readonly package: PackageKey };
  readonly expected: { readonly findings: readonly Readonly<Record<string, unknown>>[] };
}

const cases = JSON.parse(readFileSync(new URL('./judge-cases.json', import.meta.url), 'utf8')) as Case[];

async function judgeBy(records: readonly object[], key: PackageKey): Promise<readonly Finding[]> {
  const book = memoryBook(records.map((record) => parseOsv(record)));
  const shard = await book.shard(shardName(key));
  return judge(key, shard?.lookup(matchName(key)) ?? [], { shard: shardName(key), generation: 1 }).findings;
}

describe('judgements', () => {
  test.each(cases)('$name', async ({ given, expected }) => {
    const findings = await judgeBy(given.records, given.package);
    expect(findings).toHaveLength(expected.findings.length);
    for (const [at, finding] of expected.findings.entries()) expect(findings[at]).toMatchObject(finding);
  });
});
