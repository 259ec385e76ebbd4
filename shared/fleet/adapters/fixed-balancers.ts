import type { LoadBalancer, LoadBalancers } from '../load-balancers.ts';

/** Load balancers that are known from the start: those of the embedded fleet, and of tests. */
export const fixedBalancers = (known: Readonly<Record<string, readonly LoadBalancer[]>>): LoadBalancers => ({
  inFront: async (targets) =>
    new Map(targets.map((target) => [target, Object.hasOwn(known, target) ? (known[target] ?? []) : []])),
});
