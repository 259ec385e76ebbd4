import { describe, expect, it } from 'vitest';
import { defaultPolicy, loadPolicy, policyState, savePolicy } from '#shared/policy';
import { keys, memoryTable, packJson } from '#shared/store';
import { faultyTable } from '../faults/table.ts';

const ann = { by: 'ann', now: new Date('2026-11-20T10:00:00Z') };

describe('the stored policy', () => {
  it('is the default while nobody wrote one', async () => {
    expect(await policyState(memoryTable())).toEqual({ policy: defaultPolicy, text: '', rev: 0 });
  });

  it('is what was saved last, with who and when, as it was written', async () => {
    const table = memoryTable();
    const text = '# ours\nmode: ask\n';
    expect(await savePolicy(table, text, ann)).toMatchObject({ saved: true, state: { rev: 1 } });
    expect(await loadPolicy(table)).toEqual({ policy: { ...defaultPolicy, mode: 'ask' }, rev: 1 });
    expect(await policyState(table)).toEqual({
      policy: { ...defaultPolicy, mode: 'ask' },
      text,
      rev: 1,
      by: 'ann',
      at: '2026-11-20T10:00:00.000Z',
    });
    await savePolicy(table, 'mode: auto', { by: 'bob', now: new Date('2026-11-21T10:00:00Z') });
    expect(await loadPolicy(table)).toMatchObject({ policy: { mode: 'auto' }, rev: 2 });
    expect(await policyState(table)).toMatchObject({ policy: { mode: 'auto' }, rev: 2, by: 'bob' });
    expect((await table.get(keys.policy()))?.previous).toEqual({
      text,
      rev: 1,
      by: 'ann',
      at: '2026-11-20T10:00:00.000Z',
    });
  });

  it('stays when a new one has an error', async () => {
    const table = memoryTable();
    await savePolicy(table, 'mode: ask', ann);
    expect(await savePolicy(table, 'mode: atuo', ann)).toEqual({
      saved: false,
      errors: [{ line: 1, column: 7, path: 'mode', text: '"atuo" is not possible; did you mean auto?' }],
    });
    expect(await loadPolicy(table)).toMatchObject({ policy: { mode: 'ask' }, rev: 1 });
  });

  it('keeps an exception without an owner that was put in force before owners were asked for, and takes no new one', async () => {
    const table = memoryTable();
    const text = 'ignore:\n  - {id: CVE-2026-1, reason: r, untilFixed: true}\n';
    const ignore = [{ id: 'CVE-2026-1', scope: {}, reason: 'r', untilFixed: true as const }];
    await table.put({ ...keys.policy(), text, value: packJson({ ignore }), rev: 4, by: 'ann', at: 'x' });
    expect(await loadPolicy(table)).toEqual({ policy: { ...defaultPolicy, ignore }, rev: 4 });
    expect(await policyState(table)).toMatchObject({ policy: { ignore }, text, rev: 4 });
    expect(await savePolicy(table, text, ann)).toMatchObject({ saved: false, errors: [{ path: 'ignore[0].owner' }] });
  });

  it('acts on nothing when this version cannot use what an older one stored, and says why', async () => {
    const table = memoryTable();
    await table.put({ ...keys.policy(), text: 'mode: auto\nforgotten: 1', rev: 4, by: 'ann', at: 'x' });
    expect(await loadPolicy(table)).toMatchObject({
      policy: { mode: 'observe' },
      rev: 4,
      unusable: expect.stringContaining('drydock policy push'),
    });
    expect(await policyState(table)).toMatchObject({
      policy: { mode: 'observe' },
      rev: 4,
      errors: [{ path: 'forgotten' }],
    });
    expect(await savePolicy(table, 'mode: ask', ann)).toMatchObject({ saved: true, state: { rev: 5 } });
  });

  it('takes each of many at once whole, one after the other', async () => {
    const inner = memoryTable();
    const table = faultyTable(inner, { seed: 3, stale: 0.5 });
    const results = await Promise.all(
      ['ask', 'auto', 'observe', 'ask'].map((mode) => savePolicy(table, `mode: ${mode}`, ann)),
    );
    expect(results.map((result) => result.saved && result.state.rev).sort()).toEqual([1, 2, 3, 4]);
    expect((await loadPolicy(inner)).rev).toBe(4);
  });
});
