import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildShard, changedNames, type MatchRecord, openShard } from '#shared/advisories';

const record = (id: string, fixed: string, extra: Partial<MatchRecord> = {}): MatchRecord => ({
  id,
  source: id.split('-')[0] ?? id,
  modified: '2024-01-01T00:00:00Z',
  aliases: [],
  upstream: [],
  related: [],
  severity: [],
  affected: [{ ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }], versions: [] }],
  ...extra,
});

const row = (name: string, id: string, fixed: string, extra: Partial<MatchRecord> = {}) => ({
  package: name,
  record: record(id, fixed, extra),
});

const names = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
  fc.constantFrom('a', 'a-b', 'ab', 'é', '__proto__', 'org.x:y', '@s/p'),
);
const rows = fc.array(
  fc.record({
    name: names,
    id: fc.constantFrom('DSA-1', 'DSA-2', 'GHSA-3'),
    fixed: fc.constantFrom('1', '2', '3'),
    modified: fc.constantFrom('2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z'),
    malware: fc.boolean(),
  }),
  { maxLength: 40 },
);
type Row = { name: string; id: string; fixed: string; modified: string; malware: boolean };
const asRows = (list: readonly Row[]) =>
  list.map(({ name, id, fixed, modified, malware }) =>
    row(name, id, fixed, { modified, ...(malware ? { malicious: true as const } : {}) }),
  );

describe('shards', () => {
  test('every package gives back its records, others none', () => {
    fc.assert(
      fc.property(rows, names, (list, other) => {
        const shard = openShard(buildShard('Debian:12', asRows(list)).bytes);
        const expected = new Map<string, Set<string>>();
        for (const one of list) expected.set(one.name, (expected.get(one.name) ?? new Set()).add(one.id));
        expect([...shard.names()].sort()).toEqual([...expected.keys()].sort());
        for (const [name, ids] of expected) {
          expect(shard.lookup(name).map((found) => found.id)).toEqual([...ids].sort());
          expect(JSON.parse(shard.text(name)?.toString() ?? '')).toEqual(shard.lookup(name));
        }
        if (!expected.has(other)) expect(shard.lookup(other)).toEqual([]);
      }),
    );
  });

  test('the same rows in any order are the same bytes', () => {
    fc.assert(
      fc.property(
        rows.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
        ),
        ([list, shuffled]) => {
          expect(buildShard('npm', asRows(shuffled)).hash).toBe(buildShard('npm', asRows(list)).hash);
        },
      ),
    );
  });

  test('of two states of one record the later counts', () => {
    const built = buildShard('npm', [
      row('a', 'GHSA-1', '2', { modified: '2025-01-01T00:00:00Z' }),
      row('a', 'GHSA-1', '1'),
    ]);
    expect(openShard(built.bytes).lookup('a')).toHaveLength(1);
    expect(openShard(built.bytes).lookup('a')[0]).toEqual(record('GHSA-1', '2', { modified: '2025-01-01T00:00:00Z' }));
    expect(built).toMatchObject({ records: 1, asOf: '2025-01-01T00:00:00Z' });
  });

  test('names are asked for as their ecosystem compares them', () => {
    expect(openShard(buildShard('PyPI', [row('foo-bar', 'PYSEC-1', '1')]).bytes).lookup('Foo_Bar')).toHaveLength(1);
    expect(
      openShard(buildShard('NuGet', [row('newtonsoft.json', 'GHSA-1', '1')]).bytes).lookup('Newtonsoft.Json'),
    ).toHaveLength(1);
    expect(openShard(buildShard('npm', [row('foo-bar', 'GHSA-1', '1')]).bytes).lookup('Foo-Bar')).toHaveLength(0);
  });

  test('bytes that are not what the hash says are refused', () => {
    const { bytes, hash } = buildShard('npm', [row('a', 'GHSA-1', '1')]);
    const other = Buffer.from(bytes);
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
    expect(() => openShard(other, hash)).toThrow(expect.objectContaining({ code: 'broken-shard' }));
  });

  test('whatever bytes come without a hash, they are read or refused', () => {
    const malware = [row('c', 'MAL-1', '1', { malicious: true }), row('d', 'MAL-2', '1', { malicious: true })];
    const { bytes } = buildShard('npm', [row('a', 'GHSA-1', '1'), row('b', 'GHSA-2', '1'), ...malware]);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), fc.boolean(), (at, value, cut) => {
        const damaged = cut ? bytes.subarray(0, at) : Buffer.from(bytes);
        if (!cut) damaged[at] = value;
        try {
          const shard = openShard(damaged);
          for (const name of shard.names()) shard.lookup(name);
        } catch (error) {
          expect(error).toMatchObject({ code: 'broken-shard' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('packages that are malware', () => {
  const malware = (name: string, id: string, more: Partial<MatchRecord> = {}) =>
    row(name, id, '9', { malicious: true, ...more });

  test('are found among hundreds, whichever block they lie in; others with a flaw as well lie with the others', () => {
    const all = Array.from({ length: 300 }, (_, n) => malware(`evil-${n}`, `MAL-2024-${n}`));
    const shard = openShard(
      buildShard('npm', [...all, row('left-pad', 'GHSA-1', '1'), malware('left-pad', 'MAL-2024-9999')]).bytes,
    );
    for (const { package: name, record: said } of all) expect(shard.lookup(name)).toEqual([said]);
    expect(shard.lookup('left-pad').map(({ id }) => id)).toEqual(['GHSA-1', 'MAL-2024-9999']);
    for (const name of ['', 'a', 'evil', 'evil-', 'evil-300', 'evil-1-', 'zzz', '\uffff'])
      expect(shard.lookup(name)).toEqual([]);
    expect(new Set(shard.names()).size).toBe(301);
  });

  test('weigh a third of what they would among the others, and nothing in the index of these', () => {
    const name = (n: number): string => `${((n * 2_654_435_761) % 2 ** 32).toString(16)}-${n % 7}`;
    const many = (malicious: boolean) =>
      Array.from({ length: 5_000 }, (_, n) =>
        row(name(n), `MAL-2024-${n}`, '1', {
          summary: `Malicious code in ${name(n)} (npm)`,
          ...(malicious ? { malicious: true } : {}),
        }),
      );
    const few = buildShard('npm', [row('a', 'GHSA-1', '1')]);
    const apart = buildShard('npm', [row('a', 'GHSA-1', '1'), ...many(true)]);
    expect(apart.bytes.length * 3).toBeLessThan(buildShard('npm', many(false)).bytes.length);
    const indexLength = ({ bytes }: { readonly bytes: Buffer }): number =>
      bytes.readUInt32LE(16 + 4 + bytes.readUInt32LE(16));
    expect(indexLength(apart)).toBe(indexLength(few));
  });

  test('that come, go, or are said otherwise are named as changed, and no others of their block', () => {
    const open = (list: readonly ReturnType<typeof row>[]) => openShard(buildShard('npm', list).bytes);
    const before = open(['a', 'b', 'c', 'd'].map((name) => malware(name, `MAL-${name}`)));
    const after = open([
      malware('a', 'MAL-a', { modified: '2026-01-01T00:00:00Z' }),
      malware('b', 'MAL-b', { aliases: ['GHSA-b'] }),
      row('d', 'MAL-d', '9'),
      malware('e', 'MAL-e'),
    ]);
    expect(changedNames(before, after)).toEqual(['b', 'c', 'd', 'e']);
  });
});

describe('what changed between two shards', () => {
  const open = (list: readonly ReturnType<typeof row>[]) => openShard(buildShard('npm', list).bytes);
  const before = open([row('a', 'GHSA-1', '1'), row('b', 'GHSA-2', '1'), row('c', 'GHSA-3', '1')]);

  test('changed, new and vanished names, and no others', () => {
    const after = open([row('a', 'GHSA-1', '1'), row('b', 'GHSA-2', '2'), row('d', 'GHSA-4', '1')]);
    expect(changedNames(before, after)).toEqual(['b', 'c', 'd']);
  });

  test('a new time of modification alone changes nothing', () => {
    const after = open([
      row('a', 'GHSA-1', '1', { modified: '2026-01-01T00:00:00Z' }),
      row('b', 'GHSA-2', '1'),
      row('c', 'GHSA-3', '1'),
    ]);
    expect(after.hash).not.toBe(before.hash);
    expect(changedNames(before, after)).toEqual([]);
  });

  test('a shard that appears or goes names all of it, another matcher too', () => {
    expect(changedNames(undefined, before)).toEqual(['a', 'b', 'c']);
    expect(changedNames(before, undefined)).toEqual(['a', 'b', 'c']);
    expect(changedNames(before, before)).toEqual([]);
    expect(changedNames(before, before, true)).toEqual(['a', 'b', 'c']);
  });
});
