import { describe, expect, it } from 'vitest';
import type { BusEvent } from '#shared/events';
import { keys, memoryTable } from '#shared/store';
import { makeEmit } from '../../functions/emit.ts';

const setUp = () => {
  const table = memoryTable();
  const sent: BusEvent[] = [];
  const state = { up: true, count: 0 };
  const emit = makeEmit({
    table,
    put: async (event) => {
      if (!state.up) throw new Error('the bus is down');
      sent.push(event);
    },
    now: () => new Date('2026-01-02T03:04:05Z'),
    id: () => `id-${++state.count}`,
    account: '1',
    region: 'local',
  });
  const rows = async () => {
    const all: Record<string, unknown>[] = [];
    for await (const row of table.query({ pk: keys.timeline('2026-01-02', '', '').pk }))
      all.push(row.event as Record<string, unknown>);
    return all;
  };
  return { emit, sent, state, rows };
};

describe('what functions say', () => {
  it('stands on the timeline and goes to the bus', async () => {
    const { emit, sent, rows } = setUp();
    await emit('PlanApproved', { plan: 'plan-1', by: 'ann' });
    expect(sent).toMatchObject([{ id: 'id-1', source: 'drydock', 'detail-type': 'PlanApproved' }]);
    expect(await rows()).toEqual([
      { id: 'id-1', time: '2026-01-02T03:04:05.000Z', type: 'PlanApproved', detail: { plan: 'plan-1', by: 'ann' } },
    ]);
  });

  it('is one row when the same thing is said twice, also after a bus that was down', async () => {
    const { emit, sent, state, rows } = setUp();
    const identity = { id: 'the-same', time: '2026-01-02T00:00:00.000Z' };
    state.up = false;
    await expect(emit('PlanApproved', { plan: 'plan-1', by: 'ann' }, identity)).rejects.toThrow('down');
    state.up = true;
    for (let n = 0; n < 2; n += 1) await emit('PlanApproved', { plan: 'plan-1', by: 'ann' }, identity);
    expect((await rows()).map(({ id }) => id)).toEqual(['the-same']);
    expect(sent).toHaveLength(2);
  });

  it('is cut on the timeline, never on the bus; plumbing is not shown', async () => {
    const { emit, sent, rows } = setUp();
    const workloads = Array.from({ length: 400 }, (_, n) => ({ id: `w-${n}`, runningDigests: [] }));
    await emit('WorkloadsChanged', { workloads });
    await emit('WorkloadsTouched', { workloads: ['w-1'] });
    expect(sent[0]?.detail.workloads).toHaveLength(400);
    const [row, ...others] = await rows();
    expect(row?.detail).toMatchObject({ workloads: workloads.slice(0, 20) });
    expect(others).toEqual([]);
  });

  it('is refused, and nowhere to be seen, when it is no event of ours', async () => {
    const { emit, sent, rows } = setUp();
    await expect(emit('Nonsense', {})).rejects.toMatchObject({ code: 'bad-event' });
    await expect(emit('PlanApproved', { plan: '' })).rejects.toMatchObject({ code: 'bad-event' });
    expect([sent, await rows()]).toEqual([[], []]);
  });
});
