import { describe, expect, it } from 'vitest';
import {
  cataloguesOf,
  keepWorkload,
  readExposures,
  readProblem,
  readWorkload,
  reconcileWorkload,
  rematch,
} from '#shared/findings';
import type { Exposed } from '#shared/fleet';
import { savePolicy } from '#shared/policy';
import { vulnerabilitySet } from '#shared/remedy';
import { policyPorts } from '../../functions/policy-ports.ts';
import { checkout } from '../../local/demo/images.ts';
import { heartbleed, isReconciled, world } from '../shared/findings/world.ts';

const id = '1/local/demo/checkout';

/** One service that runs a vulnerable image, under a policy with one exception. */
async function accepted(fields: string, scope = '{}') {
  const made = world({ records: [{ ...heartbleed, affected: [unfixed] }] });
  const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
  await made.scan('checkout', '1');
  await made.run('checkout', 'checkout', digest);
  const policy = `ignore:\n  - {id: CVE-2014-0160, reason: behind a proxy, owner: team-a, scope: ${scope}, ${fields}}\n`;
  const saved = await savePolicy(made.table, policy, { by: 'test', now: made.ports.now() });
  if (!saved.saved) throw new Error(JSON.stringify(saved.errors));
  const bound = policyPorts(made.table, 'registry.test');
  await bound.refresh();
  const world_ = { ...made, ports: { ...made.ports, accept: bound.accept } };
  await reconcileWorkload(world_.ports, id);
  return { ...world_, digest };
}

const unfixed = {
  package: { ecosystem: 'Debian:7', name: 'openssl' },
  ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
};

const told = ({ told: changes }: Awaited<ReturnType<typeof accepted>>): string[] =>
  changes.flatMap(({ transitions }) => transitions.map(({ transition, text }) => `${transition}: ${text}`));

describe('an exception of the policy, on what runs', () => {
  it('ends when there is a fix, and says so', async () => {
    const made = await accepted('untilFixed: true');
    made.book.turn([heartbleed]);
    await rematch(made.ports, [{ shard: 'Debian:7', names: ['openssl'] }]);
    await reconcileWorkload(made.ports, id);
    expect(told(made)).toEqual([
      'ACCEPTED: accepted until a fix: behind a proxy (team-a)',
      'ACCEPTANCE_ENDED: the exception has ended: it is fixed in 1.0.1e-2+deb7u5; runs in checkout',
      'FIX_AVAILABLE: fixed in 1.0.1e-2+deb7u5',
    ]);
  });

  it.each([
    ['untilKev: true', { kev: async () => ({ cve: 'CVE-2014-0160', dateAdded: '2022-05-04', ransomware: false }) }],
    ['untilEpss: 0.5', { epss: async () => ({ score: 0.94, percentile: 0.99 }) }],
  ])('with %s is looked at again when the catalogues change, and ends', async (ends, says) => {
    const made = await accepted(ends);
    const workload = (await readWorkload(made.table, id))!;
    const old = cataloguesOf(await made.book.manifest());
    expect(await isReconciled(made.table, workload, made.ports.now(), old)).toBe(true);
    expect(await isReconciled(made.table, workload, made.ports.now(), 'newer ones')).toBe(false);
    await reconcileWorkload({ ...made.ports, book: { ...made.book, ...says } }, id);
    expect(told(made)[1]).toMatch(
      /^ACCEPTANCE_ENDED: the exception has ended: (it is known to be exploited since 2022-05-04|an exploit has become likely: EPSS 0.94)/,
    );
  });

  it('with untilExposed: true ends when the internet reaches the service, and not for less', async () => {
    const made = await accepted('untilExposed: true');
    const exposed = async (to: Exposed): Promise<boolean> => {
      const workload = (await readWorkload(made.table, id))!;
      await keepWorkload(made.table, { ...workload, exposed: to, readAt: made.ports.now().toISOString() });
      const before = await isReconciled(made.table, (await readWorkload(made.table, id))!, made.ports.now());
      await reconcileWorkload(made.ports, id);
      return before;
    };
    for (const reach of ['none', 'internal', 'unknown'] as const) await exposed({ reach, why: 'whatever' });
    expect(told(made)).toEqual(['ACCEPTED: accepted until a way in from the internet: behind a proxy (team-a)']);
    const shop: Exposed = { reach: 'internet', why: 'load balancer shop-alb (internet-facing)' };
    // the full read looks at it again, though it runs what it ran
    expect(await exposed(shop)).toBe(false);
    expect(await exposed(shop)).toBe(true);
    expect(told(made)[1]).toBe(
      'ACCEPTANCE_ENDED: the exception has ended: the internet reaches it: load balancer shop-alb (internet-facing); runs in checkout',
    );
    const key = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };
    expect(await readProblem(made.table, key)).toMatchObject({ state: 'open', exposed: shop });
    expect(await readExposures(made.table, key)).toMatchObject([{ workload: id, exposed: shop }]);
  });

  it('that ends on no catalogue is not looked at again for one', async () => {
    const made = await accepted('until: 2030-01-01');
    const workload = (await readWorkload(made.table, id))!;
    expect(await isReconciled(made.table, workload, made.ports.now(), 'newer ones')).toBe(true);
  });

  it.each([
    ['{repository: checkout}', true],
    ['{service: demo/checkout}', true],
    ['{path: var/lib/dpkg/**}', true],
    ['{path: opt/**}', false],
    ['{repository: other}', false],
    [`{digest: "sha256:${'0'.repeat(64)}"}`, false],
  ])('holds within %s: %s', async (scope, holds) => {
    const made = await accepted('until: 2030-01-01', scope);
    expect(told(made)[0]).toMatch(holds ? /^ACCEPTED/ : /^NEW/);
  });

  it('for a digest holds on that digest and on no other', async () => {
    const { digest } = await accepted('until: 2030-01-01');
    const made = await accepted('until: 2030-01-01', `{digest: "${digest}"}`);
    expect(told(made)[0]).toMatch(/^ACCEPTED/);
  });
});

describe('a CVE id that is given later', () => {
  it('moves no exception, no approval and no problem', async () => {
    const made = world({ records: [{ ...heartbleed, upstream: [] }] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    await made.run('checkout', 'checkout', digest);
    const policy = 'ignore: [{id: DSA-2896-1, reason: behind a proxy, owner: team-a, until: 2030-01-01}]';
    await savePolicy(made.table, policy, { by: 'test', now: made.ports.now() });
    const { accept, refresh } = policyPorts(made.table, 'registry.test');
    await refresh();
    const ports = { ...made.ports, accept };
    await reconcileWorkload(ports, id);
    const key = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };
    const before = await readProblem(made.table, key);
    expect(before).toMatchObject({ state: 'accepted', vulnerability: 'DSA-2896-1' });

    made.book.turn([heartbleed]);
    await rematch(ports, [{ shard: 'Debian:7', names: ['openssl'] }]);
    await reconcileWorkload(ports, id);
    const after = await readProblem(made.table, key);
    expect(after).toMatchObject({ state: 'accepted', vulnerability: 'CVE-2014-0160', key: before?.key });
    expect(vulnerabilitySet(after!)).toBe(vulnerabilitySet(before!));
    expect(made.told.flatMap(({ transitions }) => transitions.map(({ transition }) => transition))).toEqual([
      'ACCEPTED',
    ]);
  });
});
