import { describe, expect, it } from 'vitest';
import { makeAlert } from '#functions/alert';
import { ChannelError } from '#shared/alerts';
import { memoryTable } from '#shared/store';
import { keep, problem, recording } from '../../shared/alerts/given.ts';
import { batch, envelope, listening } from '../envelopes.ts';

const keyOf = (name: string) => ({ finding: 'DSA-2896-1', shard: 'Debian:7', name });

const setUp = async (fail?: { readonly name: string; readonly error: unknown }) => {
  const table = memoryTable();
  for (const name of ['a', 'b', 'c']) await keep(table, problem({ key: keyOf(name), package: name }));
  const hook = recording('hook', false);
  const heard = listening();
  const handle = makeAlert({
    table,
    channels: [
      {
        ...hook.channel,
        send: async (alert, earlier) => {
          if (alert.key.name === fail?.name) throw fail.error;
          return hook.channel.send(alert, earlier);
        },
      },
    ],
    threshold: async () => ({ severity: 'high', kev: true }),
    modes: async () => ({}),
    now: () => new Date('2026-01-02T00:00:00Z'),
    report: heard.report,
  });
  return { hook, heard, handle };
};

const plan = (time: string) =>
  envelope(
    'PlanMade',
    { plan: 'plan-1', problems: ['a', 'b', 'c'].map(keyOf), text: 'a clean image is there', approvable: true },
    { time },
  );
const news = (time: string) =>
  envelope(
    'RolloutNews',
    { rollout: 'rollout-1', problems: [keyOf('a')], state: 'ROLLING', text: 'one wave' },
    { time },
  );

describe('alert', () => {
  it('goes by the time at which news were said, not at which they came', async () => {
    const { hook, handle } = await setUp();
    await handle(
      batch(news('2026-01-01T00:02:00.000Z'), plan('2026-01-01T00:01:00.000Z'), news('2026-01-01T00:02:00.000Z')),
    );
    expect(hook.sent.map(({ state, header }) => `${state} ${header.split(' ')[3]}`)).toEqual([
      'ROLLING a',
      'PLANNED b',
      'PLANNED c',
    ]);
  });

  it.each(['HTTP 503', 'HTTP 404'])(
    'a channel that says %s for one problem keeps not the others, and its news come back',
    async (what) => {
      const { hook, heard, handle } = await setUp({ name: 'a', error: new ChannelError('hook', what) });
      expect(await handle(batch(plan('2026-01-01T00:01:00.000Z')))).toEqual({
        batchItemFailures: [{ itemIdentifier: '0' }],
      });
      expect(hook.sent.map(({ state }) => state)).toEqual(['PLANNED', 'PLANNED']);
      expect(heard.reported).toEqual([{ messageId: '0', final: false }]);
    },
  );

  it('refuses for good what is no event of its own', async () => {
    const { hook, heard, handle } = await setUp();
    expect(await handle(batch('', '[]', envelope('ProblemChanged', {}), envelope('Unknown', {})))).toEqual({
      batchItemFailures: [],
    });
    expect(heard.reported.map(({ final }) => final)).toEqual([true, true, true, true]);
    expect(hook.sent).toEqual([]);
  });
});
