import { type MemoryOrchestrator, memoryOrchestrator, type WorkloadId } from '#shared/fleet';
import type { Digest } from '#shared/oci';
import {
  type AffectedContainer,
  type InventoryAnswer,
  type Plan,
  type PlanInput,
  type PlanProblem,
  planNewer,
  type ScannedImage,
} from '#shared/remedy';

/** A digest that one can tell from another at a glance. */
export const digest = (letter: string): Digest => `sha256:${letter.repeat(64).slice(0, 64)}`;

export const old = digest('a');
export const clean = digest('b');
export const sidecar = digest('5');

export const problem: PlanProblem = {
  key: { finding: 'DSA-1-1', shard: 'Debian:12', name: 'openssl' },
  vulnerability: 'CVE-2014-0160',
  aliases: ['DSA-1-1'],
  package: 'openssl',
  severity: 'high',
};

export const heartbleed = {
  id: 'DSA-1-1',
  vulnerability: 'CVE-2014-0160',
  aliases: [],
  package: 'openssl',
  version: '1.0.1e-2',
  severity: 'high',
  status: 'affected',
  fixedIn: '1.0.1e-2+deb7u5',
} as const;

export const running: ScannedImage = {
  repository: 'registry.example/app',
  digest: old,
  tags: ['1'],
  pushedAt: '2026-01-01T00:00:00.000Z',
  platforms: ['linux/amd64'],
  layers: [digest('1'), digest('2')],
  coverage: { state: 'scanned', reasons: [] },
  findings: [heartbleed],
};

export const fixed: ScannedImage = {
  ...running,
  digest: clean,
  tags: ['2'],
  pushedAt: '2026-02-01T00:00:00.000Z',
  layers: [digest('3'), digest('2')],
  findings: [],
};

/** A clock that goes when it is told to. */
export function clockAt(iso: string): { now: () => number; date: () => Date; pass: (ms: number) => void } {
  let at = Date.parse(iso);
  return {
    now: () => at,
    date: () => new Date(at),
    pass: (ms) => {
      at += ms;
    },
  };
}

export interface World {
  readonly clock: ReturnType<typeof clockAt>;
  readonly fleet: MemoryOrchestrator;
  readonly ids: readonly WorkloadId[];
  readonly plan: Plan;
  readonly answers: Map<Digest, InventoryAnswer>;
}

/** Services that run the vulnerable image, in mode auto, and the plan that is made for them. `sameTag`: their own tag means the clean image by now. */
export async function world(
  options: {
    readonly services?: number;
    readonly sameTag?: boolean;
    readonly waves?: PlanInput['policy']['waves'];
    readonly desired?: number;
  } = {},
): Promise<World> {
  const clock = clockAt('2026-03-01T00:00:00.000Z');
  const fleet = memoryOrchestrator({ now: clock.now });
  fleet.pushTag('registry.example/app:1', old);
  fleet.pushTag('registry.example/proxy:7', sidecar);
  const ids = Array.from({ length: options.services ?? 1 }, (_, index) =>
    fleet.addService({
      name: `web-${index}`,
      containers: { app: 'registry.example/app:1', proxy: 'registry.example/proxy:7' },
      desired: options.desired ?? 2,
      tags: { 'drydock:repair': 'auto' },
    }),
  );
  const affected: AffectedContainer[] = [];
  for await (const workload of fleet.list()) affected.push({ workload, container: 'app', current: running });
  if (options.sameTag === true) fleet.pushTag('registry.example/app:1', clean);
  const plan = planNewer({
    problem,
    affected,
    candidates: [{ ...fixed, tags: options.sameTag === true ? ['1'] : ['2'] }],
    policy: {
      modes: Object.fromEntries(ids.map((id) => [id, 'auto'])),
      named: {},
      waves: options.waves ?? { canary: 1, percent: 50, max: 10 },
    },
    holdDowns: [],
    approvals: [],
    withdrawals: [],
    now: clock.date().toISOString(),
  });
  const absent: InventoryAnswer = { answer: 'absent', generation: 7, why: 'openssl 1.0.1e-2+deb7u5 is not affected' };
  return { clock, fleet, ids, plan, answers: new Map([[clean, absent]]) };
}
