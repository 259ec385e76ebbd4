import { type DrivePorts, driveRollout, type Pass } from '#shared/remedy';
import type { Table } from '#shared/store';
import type { World } from './given.ts';

/** What a driver works with in a world, with some of it replaced. */
export const portsOf = (given: World, table: Table, over: Partial<DrivePorts> = {}): DrivePorts => ({
  table,
  orchestrator: given.fleet,
  proof: { inventoryHas: async (digest) => given.answers.get(digest) ?? { answer: 'unknown', why: 'not read yet' } },
  now: given.clock.date,
  driver: 'one',
  ...over,
});

/** Drives until done; between passes every deployment comes to its end. */
export async function toTheEnd(given: World, ports: DrivePorts, rollout: string): Promise<Pass> {
  for (let pass = 0; pass < 100; pass++) {
    const result = await driveRollout(ports, rollout);
    if (result.done) return result;
    given.clock.pass(Math.max(1_000, Date.parse(result.waitUntil ?? '') - given.clock.now()));
    for (const id of given.ids) given.fleet.complete(id);
  }
  throw new Error('the rollout does not end');
}

/** The deployments that we started. */
export const byUs = (given: World, id: string) => given.fleet.deploymentsOf(id).filter((one) => one.by === 'port');
