import { describe, expect, it } from 'vitest';
import { type Channel, ChannelError, tellBaseline } from '#shared/alerts';
import type { BaselineReport } from '#shared/findings';
import { memoryTable } from '#shared/store';
import { recording } from './given.ts';

const report: BaselineReport = {
  at: '2026-01-01T00:00:00.000Z',
  images: 3,
  workloads: 2,
  problems: 4,
  exploited: 1,
  fixable: 2,
  bySeverity: { critical: 1, high: 3, medium: 0, low: 0, none: 0, unknown: 0 },
  worst: ['CVE-2014-0160 openssl'],
};

describe('the report of the first run', () => {
  it('is told to each channel once, however often its event comes', async () => {
    const table = memoryTable();
    const [one, other] = [recording('one', true), recording('other', false)];
    const channels = [one.channel, other.channel];
    for (let time = 0; time < 3; time += 1) await tellBaseline({ table, channels }, report);
    expect(one.sent.map(({ header }) => header)).toEqual([expect.stringContaining('BASELINE - 4 problems in 2')]);
    expect(other.sent).toHaveLength(1);
  });

  it('is told to the others when one fails, and that one is named', async () => {
    const gone: Channel = {
      name: 'gone',
      edits: false,
      send: async () => {
        throw new ChannelError('gone', 'HTTP 404');
      },
    };
    const other = recording('other', false);
    const told = tellBaseline({ table: memoryTable(), channels: [gone, other.channel] }, report);
    await expect(told).rejects.toMatchObject({ channel: 'gone' });
    expect(other.sent).toHaveLength(1);
  });
});
