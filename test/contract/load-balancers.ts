import { describe, expect, it } from 'vitest';
import type { LoadBalancer, LoadBalancers } from '#shared/fleet';

/** What is there: targets (ARNs of target groups, names of classic load balancers) with what stands in front of them. */
export type BalancersThere = Readonly<Record<string, readonly LoadBalancer[]>>;

const group = (name: string): string =>
  `arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/${name}/73e2d6bc24d8a067`;

/** What every adapter of the port must do: see `LoadBalancers` in #shared/fleet. */
export function loadBalancersContract(name: string, make: (there: BalancersThere) => LoadBalancers): void {
  describe(`the load balancers contract: ${name}`, () => {
    const shop = { name: 'shop-alb', internetFacing: true };
    const back = { name: 'back-nlb', internetFacing: false };
    const there: BalancersThere = {
      [group('shop')]: [shop],
      [group('both')]: [shop, back],
      [group('idle')]: [],
      'old-elb': [{ name: 'old-elb', internetFacing: true }],
    };
    const of = async (...targets: readonly string[]) => {
      const found = await make(there).inFront(targets);
      return targets.map((target) => found?.get(target)?.toSorted((a, b) => (a.name < b.name ? 1 : -1)) ?? []);
    };

    it('gives what stands in front of each target group, none for one that nothing stands before', async () => {
      expect(await of(group('shop'), group('both'), group('idle'))).toEqual([[shop], [shop, back], []]);
    });

    it('knows classic load balancers by their own name', async () => {
      expect(await of('old-elb', group('shop'))).toEqual([[{ name: 'old-elb', internetFacing: true }], [shop]]);
    });

    it('has nothing for what is not there, whatever it is called', async () => {
      expect(await of(group('gone'), 'constructor', '')).toEqual([[], [], []]);
    });

    it('asks for nothing when there is nothing to ask for', async () => {
      expect((await make({}).inFront([]))?.size ?? 0).toBe(0);
    });
  });
}
