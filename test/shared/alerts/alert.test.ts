import { describe, expect, it } from 'vitest';
import { alertOf } from '#shared/alerts';
import type { Problem, Transition } from '#shared/findings';
import cases from './alert-cases.json' with { type: 'json' };
import { problem, repair } from './given.ts';

interface Given {
  readonly problem?: Partial<Problem>;
  readonly repair?: { readonly state: 'PLANNED' | 'VERIFIED'; readonly at: string };
  readonly history?: readonly (readonly [Transition, string])[];
  readonly transitions?: readonly Transition[];
  readonly modes?: Readonly<Record<string, 'ask'>>;
}

describe('the alert of a problem', () => {
  it.each(cases)('$name', ({ given, expected }) => {
    const { problem: more, repair: news, history, transitions, modes } = given as unknown as Given;
    const of = problem({
      ...more,
      ...(history === undefined
        ? {}
        : { history: history.map(([transition, at]) => ({ at, transition, text: 'as it was' })) }),
    });
    const made = alertOf(
      of,
      (transitions ?? []).map((transition) => ({ transition, text: 'now' })),
      {
        threshold: { severity: 'high', kev: true },
        modes: modes ?? { '1/local/demo/checkout': 'ask' },
        now: '2026-01-02T00:00:00.000Z',
        ...(news === undefined ? {} : { repair: repair(news.state, news.at) }),
      },
    );
    const shown = {
      ...made,
      buttons: made.buttons.map((button) => button.action),
      now: made.urgency.now,
      reason: made.urgency.reason,
    };
    expect(shown).toMatchObject(expected);
  });
});
