import { describe, expect, it } from 'vitest';
import { extractorsVersion } from '#shared/inventory';
import type { Digest } from '#shared/oci';
import { keys, memoryBlobs, memoryTable, type Table } from '#shared/store';
import { type ListedImage, type SweepReport, sweepState, sweepTurn } from '#shared/sweep';
import { readRun } from '../../../shared/sweep/run.ts';
import { listedRegistry, readsAll } from './listed-registry.ts';
import { dyingAt } from './swept-world.ts';

const digestOf = (name: string): Digest => `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0')}` as Digest;

const listed: readonly ListedImage[] = Array.from({ length: 40 }, (_, repository) =>
  Array.from({ length: 5 }, (_, tag) => ({
    registry: 'registry.test',
    repository: `app-${String(repository).padStart(2, '0')}`,
    digest: digestOf(`${repository}/${tag}`),
    tags: [`v${tag}`],
    bytes: 100,
    pushedAt: `2026-01-0${tag + 1}T00:00:00Z`,
  })),
).flat();

/** A sweep over many repositories, rows and blobs; each asking for the time takes `tick` milliseconds. */
function swept(tick: number, dailyBytes = 1e9) {
  let time = Date.parse('2026-02-01T00:00:00Z');
  const now = () => {
    time += tick;
    return new Date(time);
  };
  const table = memoryTable();
  const blobs = memoryBlobs(() => new Date('2026-01-01T00:00:00Z'));
  const wanted: ListedImage[] = [];
  const ports = (on: Table) => ({
    table: on,
    blobs,
    catalogue: listedRegistry(listed),
    policy: async () => ({ ...readsAll, dailyBytes }),
    extractors: extractorsVersion,
    now,
    want: async ({ image }: { readonly image: ListedImage }) => void wanted.push(image),
  });
  const fill = async (): Promise<void> => {
    for (let at = 0; at < 6_000; at += 1)
      await table.put({
        ...keys.setImage(`set-${at}`, digestOf('gone')),
        digest: digestOf('gone'),
        at: '2026-01-01T00:00:00Z',
      });
    for (let at = 0; at < 3_000; at += 1) await blobs.put(`sets/set-${at}`, Buffer.from('x'));
  };
  return { table, blobs, wanted, ports, fill, now, pass: (ms: number) => (time += ms) };
}

async function toItsEnd(made: ReturnType<typeof swept>): Promise<SweepReport> {
  for (let turns = 0; turns < 1_000; turns += 1) {
    const turn = await sweepTurn(made.ports(made.table), { begin: true });
    if (turn.state === 'done') return turn.report;
    expect(turn.state).toBe('unfinished');
  }
  throw new Error('it does not end');
}

describe('a sweep of many turns', () => {
  it('comes to what one long turn comes to, and asks for nothing twice', async () => {
    const one = swept(0);
    await one.fill();
    const whole = await toItsEnd(one);
    expect(whole).toMatchObject({ turns: 1, listed: 200, wanted: 200, orphans: 6_000, blobs: 3_000 });
    const many = swept(60_000);
    await many.fill();
    const { turns, ...report } = await toItsEnd(many);
    expect(turns).toBeGreaterThan(10);
    const { turns: _, ...once } = whole;
    const timeless = { began: '', at: '', quietSince: '' };
    expect({ ...report, ...timeless }).toEqual({ ...once, ...timeless });
    expect(many.wanted).toEqual(one.wanted);
    expect(await sweepState(many.table)).toMatchObject({ last: { wanted: 200 } });
    expect(await readRun(many.table)).toBeUndefined();
    expect(await toItsEnd(many)).toMatchObject({ wanted: 200, orphans: 0, blobs: 0 });
  });

  it("keeps to the day's bytes over all turns, each repository's newest first", async () => {
    const made = swept(20_000, 6_000);
    const report = await toItsEnd(made);
    expect(report).toMatchObject({ wanted: 60, bytes: 6_000, postponed: 140 });
    expect(made.wanted.slice(0, 40).map(({ tags }) => tags[0])).toEqual(Array(40).fill('v4'));
    expect((await toItsEnd(made)).wanted).toBe(0);
    made.pass(24 * 60 * 60_000);
    expect((await toItsEnd(made)).wanted).toBe(60);
  });

  it('goes on after a death at any write, loses no image, and begins anew after a day', async () => {
    for (let at = 0; ; at += 1) {
      const made = swept(60_000);
      const died = await sweepTurn(made.ports(dyingAt(made.table, at)), { begin: true }).then(
        () => false,
        () => true,
      );
      if (!died) break;
      const again = await sweepTurn(made.ports(made.table), { begin: true });
      if (at > 0) expect(again.state, 'it may still be alive').toBe('busy');
      made.pass(15 * 60_000);
      const report = await toItsEnd(made);
      expect(new Set(made.wanted.map(({ digest }) => digest)).size, `died at ${at}`).toBe(200);
      expect(report.wanted).toBeGreaterThanOrEqual(200 - (at === 0 ? 0 : 40));
    }
    const made = swept(60_000);
    await sweepTurn(made.ports(made.table), { begin: true });
    const began = (await readRun(made.table))?.began;
    made.pass(10 * 60 * 60_000);
    await sweepTurn(made.ports(made.table), { begin: true });
    expect((await readRun(made.table))?.began).toBe(began);
    made.pass(11 * 60 * 60_000);
    await sweepTurn(made.ports(made.table), { begin: true });
    expect((await readRun(made.table))?.began).not.toBe(began);
  });

  it('is left to the turn that took it over', async () => {
    const made = swept(1_000);
    let asked = 0;
    const slow = {
      ...made.ports(made.table),
      want: async () => {
        asked += 1;
        if (asked !== 20) return;
        made.pass(15 * 60_000);
        await toItsEnd(made);
      },
    };
    expect(await sweepTurn(slow, { begin: true })).toEqual({ state: 'busy' });
    expect(made.wanted).toHaveLength(200);
    expect(await sweepTurn(made.ports(made.table), { begin: false })).toEqual({ state: 'idle' });
  });
});
