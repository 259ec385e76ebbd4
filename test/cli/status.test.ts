import { describe, expect, test } from 'vitest';
import { sweepSentence } from '../../cli/commands/status.ts';

const last = {
  at: '2026-11-28T02:31:00.000Z',
  wanted: 3,
  postponed: 0,
  forgettable: 0,
  forgotten: 0,
  forgets: false,
  history: 0,
};

describe('what status says of the sweep', () => {
  test('nothing before the first one', () => {
    expect(sweepSentence({ sweep: {} })).toEqual([]);
  });

  test('what was asked for, and what waits for the next day', () => {
    expect(sweepSentence({ sweep: { last } })).toEqual(['last sweep 2026-11-28 02:31 UTC: 3 images to be read']);
    expect(sweepSentence({ sweep: { last: { ...last, wanted: 1, postponed: 2 } } })).toEqual([
      'last sweep 2026-11-28 02:31 UTC: 1 image to be read, 2 postponed',
    ]);
  });

  test('what may be forgotten, and what was', () => {
    expect(sweepSentence({ sweep: { last: { ...last, forgettable: 12 } } })).toEqual([
      'last sweep 2026-11-28 02:31 UTC: 3 images to be read; 12 images may be forgotten (sweep.forget in the policy does it)',
    ]);
    expect(sweepSentence({ sweep: { last: { ...last, forgettable: 12, forgotten: 12, forgets: true } } })).toEqual([
      'last sweep 2026-11-28 02:31 UTC: 3 images to be read; 12 images forgotten',
    ]);
    expect(sweepSentence({ sweep: { last: { ...last, forgettable: 12, history: 1_204 } } })).toEqual([
      'last sweep 2026-11-28 02:31 UTC: 3 images to be read; 12 images may be forgotten (sweep.forget in the policy does it); 1204 rows of history forgotten (sweep.keepHistoryDays)',
    ]);
  });

  test('that one is under way', () => {
    const underWay = { began: '2026-11-29T02:17:00.000Z', stage: 'rows' };
    expect(sweepSentence({ sweep: { last, underWay } })).toEqual([
      'last sweep 2026-11-28 02:31 UTC: 3 images to be read',
      'a sweep is under way since 2026-11-29 02:17 UTC (rows)',
    ]);
  });
});
