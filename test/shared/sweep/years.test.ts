import { expect, it } from 'vitest';
import { forgetWorkload, readWorkload, reconcileWorkloads } from '#shared/findings';
import type { Blobs, Table } from '#shared/store';
import { makeEmit } from '../../../functions/emit.ts';
import { tellChange } from '../../../functions/news.ts';
import { keepApproval } from '../../../shared/remedy/approvals.ts';
import { holdDown } from '../../../shared/remedy/rollout-store.ts';
import { heartbleed, shellshock } from '../findings/world.ts';
import { idOf, planned, rolled } from './past-rollouts.ts';
import { imageOf, sweptWorld } from './swept-world.ts';

const services = ['shop', 'pay', 'mail'];
const [years, daysOfStep, keptTags] = [5, 10, 3];

/** How many rows, and blobs, there are of each kind. */
async function countByKind(table: Table, blobs: Blobs): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for await (const { pk, sk } of table.scan()) {
    const [partition, first = ''] = [pk.split('#')[0], sk.split('#')[0]];
    const kind = /^[A-Z]$/.test(first) ? `${partition} ${first}` : String(partition);
    found.set(kind, (found.get(kind) ?? 0) + 1);
  }
  for await (const { key } of blobs.list()) {
    const kind = `blobs of ${key.split('/')[0]}`;
    found.set(kind, (found.get(kind) ?? 0) + 1);
  }
  return found;
}

it('five years of pushes, new advisories, repairs and lone tasks leave as many rows of each kind as two', async () => {
  const made = sweptWorld();
  made.state.policy = { ...made.state.policy, keepDays: 60, keepHistoryDays: 200 };
  const { table, ports, now } = made;
  let said = 0;
  const emit = makeEmit({
    table,
    put: async () => undefined,
    now,
    id: () => `event-${said++}`,
    account: '1',
    region: 'local',
  });
  const telling = { ...ports, tell: tellChange(emit, now) };
  const live = async (name: string, repository: string, tag: string): Promise<void> => {
    const digest = made.push(repository, tag, imageOf(`${repository}-${tag}`));
    await made.scan(repository, tag);
    const coverage = { state: 'scanned', reasons: [] };
    await emit('ImageScanned', { registry: 'registry.test', repository, tag, digest, coverage, counts: {} });
    await made.run(name, repository, digest);
    await reconcileWorkloads(telling, [idOf(name)]);
  };
  const counts: ReadonlyMap<string, number>[] = [];
  for (let step = 0, days = 0; counts.length < years; step += 1, days += daysOfStep) {
    const name = services[step % services.length] as string;
    await live(name, name, `v${step}`);
    const at = now().toISOString();
    // a job that nobody sees again
    await live(`task:${step}`, 'job', 'v1');
    const task = await readWorkload(table, idOf(`task:${step}`));
    if (task !== undefined) await forgetWorkload(table, task, now().toISOString());
    await reconcileWorkloads(telling, [idOf(`task:${step}`)]);
    if (step % 4 === 0) {
      made.book.turn(step % 8 === 0 ? [heartbleed, shellshock] : [shellshock]);
      await reconcileWorkloads(telling, services.map(idOf));
      await rolled(table, `r${step}`, 'verified', [name], at);
      await planned(table, `p${step}`, 'superseded', undefined, at);
      const word = { workload: idOf(name), remedy: 'newer', by: 'ann', at, digests: [] } as const;
      await keepApproval(table, { ...word, vulnerabilities: `CVE-${step}/npm/a` });
      const hold = { workload: idOf(name), kind: 'failed', reason: '', rollout: `r${step}`, since: at } as const;
      await holdDown(table, { ...hold, digest: `sha256:${String(step).padStart(64, '0')}`, until: at });
    }
    // a registry that keeps the newest of each repository under a tag
    for (const service of [...services, 'job'])
      for (const { digest } of made.listed.filter(({ repository }) => repository === service).slice(0, -keptTags))
        made.untag(digest);
    made.listed.splice(0, made.listed.length, ...made.listed.filter(({ tags }) => tags.length > 0));
    made.wait(daysOfStep - 1);
    await made.nights(1);
    if (Math.floor((days + daysOfStep) / 365) > Math.floor(days / 365))
      counts.push(await countByKind(table, ports.blobs));
  }
  const kinds = [...new Set(counts.flatMap((each) => [...each.keys()]))].toSorted();
  const table5 = kinds.map((kind) => [kind, ...counts.map((each) => each.get(kind) ?? 0)]);
  if (process.env.DRYDOCK_SHOW !== undefined)
    process.stdout.write(`${table5.map((row) => row.join('\t')).join('\n')}\n`);
  expect(kinds.length).toBeGreaterThan(25);
  for (const kind of kinds) {
    const [, second = 0, ...later] = counts.map((each) => each.get(kind) ?? 0);
    for (const count of later)
      expect(count, `${kind}: ${counts.map((each) => each.get(kind))}`).toBeLessThanOrEqual(second * 1.1 + 3);
  }
});
