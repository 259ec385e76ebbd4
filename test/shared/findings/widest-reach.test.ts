import { describe, expect, it } from 'vitest';
import { widestReach } from '#shared/findings';
import type { Exposed } from '#shared/fleet';

const at = (reach: Exposed['reach']): Exposed => ({ reach, why: reach });

describe('the widest reach of workloads', () => {
  it.each<[string, readonly (Exposed | undefined)[], Exposed['reach'] | undefined]>([
    ['none', [], undefined],
    ['one', [at('internal')], 'internal'],
    ['several', [at('none'), at('internal'), at('none')], 'internal'],
    ['the internet, whatever else is not known', [undefined, at('unknown'), at('internet')], 'internet'],
    ['what is not known, which may be more than internal', [at('internal'), at('unknown')], 'unknown'],
    ['a row of an older version, of which nothing is known', [at('internal'), undefined], undefined],
  ])('of %s', (_, all, reach) => {
    expect(widestReach(all)?.reach).toBe(reach);
    expect(widestReach(all.toReversed())?.reach).toBe(reach);
  });
});
