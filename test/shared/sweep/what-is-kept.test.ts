import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Key, keys } from '#shared/store';
import { historyRuleOf } from '../../../shared/sweep/history-rules.ts';
import { orphanRules } from '../../../shared/sweep/orphan-rules.ts';

const lines = readFileSync(new URL('../../../docs/what-is-kept.md', import.meta.url), 'utf8').split('\n');
/** By the key's name in the code: what the table says of it. */
const table = new Map(
  lines.flatMap((line) => {
    const [, key = '', taken = ''] = /^\| (\w+) \| ([^|]+) \| [^|]+ \|$/.exec(line) ?? [];
    return key === '' || key === 'key' ? [] : [[key, taken] as const];
  }),
);

/** A row of each kind, by names that tell nothing. */
const rows = Object.entries(keys).flatMap(([name, make]): [string, Key][] => {
  const made: object = Reflect.apply(make, undefined, name === 'sweep' ? ['2026-01-01'] : ['a', 'b', 'c', 'd']);
  return 'sk' in made ? [[name, made as Key]] : [];
});
const isOrphan = ({ pk, sk }: Key): boolean => Object.hasOwn(orphanRules, `${pk.split('#')[0]} ${sk.split('#')[0]}`);

describe('the table of what is kept', () => {
  it('knows every kind of row, and no other', () => {
    expect([...table.keys()].toSorted()).toEqual(Object.keys(keys).toSorted());
  });

  it.each(rows)('says of %s by which rule the sweep takes it away', (name, key) => {
    const said = table.get(name) ?? '';
    expect({ orphan: /\borphan\b/.test(said), history: /\bhistory\b/.test(said) }).toEqual({
      orphan: isOrphan(key),
      history: historyRuleOf(key) !== undefined,
    });
  });
});
