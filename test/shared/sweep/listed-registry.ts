import {
  type ForgetPolicy,
  type ListedImage,
  type RegistryCatalogue,
  type SweepPolicy,
  type SweepPorts,
  type SweepReport,
  sweepTurn,
} from '#shared/sweep';

/** A registry that lists these images, whatever they are when it is asked. */
export const listedRegistry = (listed: readonly ListedImage[], registry = 'registry.test'): RegistryCatalogue => ({
  registry,
  async *repositories() {
    yield* new Set(listed.filter((image) => image.registry === registry).map(({ repository }) => repository));
  },
  async *images(repository) {
    yield* listed.filter((image) => image.registry === registry && image.repository === repository);
  },
});

/** A policy that reads everything and forgets nothing. */
export const readsAll: SweepPolicy & ForgetPolicy = {
  images: 'all',
  dailyBytes: 1e9,
  forget: false,
  keepDays: 90,
  keepHistoryDays: 400,
  bases: [],
};

/** A whole sweep, turn after turn. */
export async function sweepWhole(ports: SweepPorts): Promise<SweepReport> {
  for (let turns = 0; turns < 10_000; turns += 1) {
    const turn = await sweepTurn(ports, { begin: true });
    if (turn.state === 'done') return turn.report;
    if (turn.state !== 'unfinished') throw new Error(`the sweep is ${turn.state}`);
  }
  throw new Error('the sweep does not come to an end');
}
