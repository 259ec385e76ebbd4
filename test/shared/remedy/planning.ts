import { keepWorkload, reconcileWorkload } from '#shared/findings';
import type { RepairMode, Workload } from '#shared/fleet';
import { approvalsOf, type GatherPorts, holdDownsOf } from '#shared/remedy';
import { checkout } from '../../../local/demo/images.ts';
import { heartbleed, shellshock, workload, world } from '../findings/world.ts';

export const repository = 'registry.test/checkout';
export const openssl = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };
export const bash = { finding: 'DSA-3032-1', shard: 'Debian:7', name: 'bash' };

export interface PlanningOptions {
  readonly services?: number;
  readonly mode?: RepairMode | ((workload: Workload) => RepairMode);
}

/** Services that run a vulnerable image, in one mode or each in its own, and what planning reads them with. The clean image is tag 2, once `pushClean` was called. */
export async function planning(options: PlanningOptions = {}) {
  const made = world({ records: [heartbleed, shellshock] });
  const old = made.push('checkout', '1', checkout('1', 'vulnerable').image);
  await made.scan('checkout', '1');
  const names = Array.from({ length: options.services ?? 1 }, (_, n) => `checkout-${n}`);
  const run = async (name: string, digest = old, more: object = {}) => {
    const at = made.ports.now().toISOString();
    await keepWorkload(made.table, { ...workload(name, `${repository}:1`, digest, at), ...more });
    await reconcileWorkload(made.ports, `1/local/demo/${name}`);
  };
  for (const name of names) await run(name);
  const now = () => made.ports.now().toISOString();
  const { mode = 'ask' } = options;
  const ports: GatherPorts = {
    ...made.ports,
    policy: async () => ({
      mode: typeof mode === 'function' ? mode : () => mode,
      named: () => new Map(),
      waves: { canary: 1, percent: 50, max: 10 },
      bases: [],
    }),
    approvals: (ids) => approvalsOf(made.table, ids, now()),
    holdDowns: async (ids) => (await Promise.all(ids.map((id) => holdDownsOf(made.table, id, now())))).flat(),
  };
  return {
    made,
    ports,
    old,
    run,
    ids: names.map((name) => `1/local/demo/${name}`),
    async pushClean(tag = '2') {
      const clean = made.push('checkout', tag, checkout('2', 'patched').image);
      await made.scan('checkout', tag);
      return clean;
    },
  };
}
