import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChannelError, listAlerts, type RepairNews, type TellPorts, tellProblem } from '#shared/alerts';
import type { Problem, Transition } from '#shared/findings';
import { memoryTable } from '#shared/store';
import { keep, problem, recording, repair } from './given.ts';

const minute = (n: number): string => new Date(Date.parse('2026-01-01T00:00:00Z') + n * 60_000).toISOString();

const setUp = (more: Partial<TellPorts> = {}) => {
  const table = memoryTable();
  const bot = recording('bot', true);
  const hook = recording('hook', false);
  const ports: TellPorts = {
    table,
    channels: [bot.channel, hook.channel],
    threshold: async () => ({ severity: 'high', kev: true }),
    modes: async (of) => Object.fromEntries(of.workloads.map((id) => [id, 'ask' as const])),
    now: () => new Date('2026-01-02T00:00:00Z'),
    ...more,
  };
  return { table, bot, hook, ports };
};

const { key } = problem();
const history = (...entries: readonly (readonly [Transition, number])[]): Problem['history'] =>
  entries.map(([transition, at]) => ({ at: minute(at), transition, text: transition }));
const states = (sent: readonly { readonly state: string }[]): string[] => sent.map(({ state }) => state);

describe('telling a problem', () => {
  it('posts once and edits that message; a channel that cannot edit hears of states only', async () => {
    const { table, bot, hook, ports } = setUp();
    await keep(table, problem({ history: history(['NEW', 0]) }));
    await tellProblem(ports, key, [{ transition: 'NEW', text: '' }]);
    // it spreads to a hundred services, one after another
    for (let count = 2; count <= 100; count += 1) {
      const workloads = Array.from({ length: count }, (_, n) => `1/local/demo/service-${n}`);
      await keep(table, problem({ workloads, history: history(['NEW', 0], ['SPREAD', count]), rev: count }));
      await tellProblem(ports, key, [{ transition: 'SPREAD', text: '' }]);
    }
    await tellProblem(ports, key, [], repair('PLANNED', minute(200)));
    await tellProblem(ports, key, [], repair('ROLLING', minute(201), { id: 'rollout-1', approvable: false }));
    await keep(table, problem({ workloads: [], state: 'resolved', history: history(['NEW', 0], ['RESOLVED', 202]) }));
    await tellProblem(ports, key, [{ transition: 'RESOLVED', text: '' }]);
    await tellProblem(ports, key, [], repair('VERIFIED', minute(203), { id: 'rollout-1', approvable: false }));
    expect(states(hook.sent)).toEqual(['NEW', 'PLANNED', 'ROLLING', 'RESOLVED', 'VERIFIED']);
    expect(bot.sent.length).toBe(104);
    expect(new Set(bot.sent.slice(1).map(({ earlier }) => earlier))).toEqual(new Set(['ts-1']));
    const [record] = await all(listAlerts(table));
    expect(record?.alert.state).toBe('VERIFIED');
  });

  it('tells the same event only once, and an older one not at all', async () => {
    const { table, bot, hook, ports } = setUp();
    await keep(table, problem({ history: history(['NEW', 0]) }));
    const verified = repair('VERIFIED', minute(9), { id: 'rollout-1', approvable: false });
    await tellProblem(ports, key, [], verified);
    for (const late of [repair('PLANNED', minute(1)), repair('ROLLING', minute(2), { id: 'rollout-1' }), verified])
      await tellProblem(ports, key, [], late);
    expect(states(hook.sent)).toEqual(['VERIFIED']);
    expect(states(bot.sent)).toEqual(['VERIFIED']);
  });

  it('comes to the same alert in whatever order, and however often, its events come', async () => {
    const news: readonly RepairNews[] = [
      repair('PLANNED', minute(1)),
      repair('ROLLING', minute(2), { id: 'rollout-1', approvable: false }),
      repair('ROLLED_BACK', minute(3), { id: 'rollout-1', approvable: false }),
      repair('PLANNED', minute(4), { id: 'plan-2' }),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...news, ...news, undefined, undefined], { minLength: 10, maxLength: 10 }),
        async (events) => {
          const { table, ports, hook } = setUp();
          await keep(table, problem({ history: history(['NEW', 0]) }));
          for (const event of events) await tellProblem(ports, key, [{ transition: 'NEW', text: '' }], event);
          const [record] = await all(listAlerts(table));
          expect(record?.alert).toMatchObject({ state: 'PLANNED', next: expect.stringContaining('approve plan-2') });
          const heard = hook.sent.map(({ state }) => state);
          expect(heard.length).toBeLessThanOrEqual(5);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('waits below the threshold, and then goes on with whoever heard', async () => {
    const { table, hook, ports } = setUp();
    await keep(table, problem({ severity: { level: 'medium', source: 'x' } }));
    await tellProblem(ports, key, [{ transition: 'NEW', text: '' }]);
    expect(hook.sent).toEqual([]);
    await keep(table, problem({ history: history(['NEW', 0], ['ESCALATED', 5]) }));
    await tellProblem(ports, key, [{ transition: 'ESCALATED', text: '' }]);
    expect(states(hook.sent)).toEqual(['ESCALATED']);
  });

  it('tells the second coming of a state again', async () => {
    const { table, hook, ports } = setUp();
    await keep(table, problem({ history: history(['REOPENED', 1]) }));
    await tellProblem(ports, key, [{ transition: 'REOPENED', text: '' }]);
    await keep(table, problem({ history: history(['REOPENED', 1], ['RESOLVED', 2], ['REOPENED', 3]) }));
    await tellProblem(ports, key, [{ transition: 'REOPENED', text: '' }]);
    expect(states(hook.sent)).toEqual(['REOPENED', 'REOPENED']);
  });

  it('a channel that fails keeps none of the others, and is tried again', async () => {
    let up = false;
    const broken = recording('broken', false);
    const { table, hook, bot, ports } = setUp();
    const failing = {
      ...broken.channel,
      send: async (...args: Parameters<typeof broken.channel.send>) => {
        if (!up) throw new ChannelError('broken', 'HTTP 503');
        return broken.channel.send(...args);
      },
    };
    const refused = {
      ...failing,
      name: 'refused',
      send: () => Promise.reject(new ChannelError('r', 'HTTP 400')),
    };
    const with3 = { ...ports, channels: [refused, failing, bot.channel, hook.channel] };
    await keep(table, problem());
    await expect(tellProblem(with3, key, [])).rejects.toMatchObject({
      errors: [{ channel: 'r' }, { channel: 'broken' }],
      message: expect.stringMatching(/r did not take .*HTTP 400; .*broken did not take .*HTTP 503/),
    });
    expect([states(bot.sent), states(hook.sent)]).toEqual([['NEW'], ['NEW']]);
    up = true;
    await expect(tellProblem(with3, key, [])).rejects.toMatchObject({ channel: 'r' });
    expect([states(broken.sent), states(bot.sent), states(hook.sent)]).toEqual([['NEW'], ['NEW'], ['NEW']]);
  });

  it('tells nothing of a problem that is not there', async () => {
    const { hook, ports } = setUp();
    expect(await tellProblem(ports, key, [{ transition: 'NEW', text: '' }])).toBeUndefined();
    expect(hook.sent).toEqual([]);
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
