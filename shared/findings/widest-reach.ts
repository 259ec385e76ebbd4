import type { Exposed } from '#shared/fleet';

/** What is not known may be more than what only the inside reaches, and less than what the internet does. */
const order: readonly Exposed['reach'][] = ['internet', 'unknown', 'internal', 'none'];

/** Of several workloads the one that can be reached from farthest; an absent one is unknown. undefined: nothing is known of any. */
export function widestReach(all: readonly (Exposed | undefined)[]): Exposed | undefined {
  const [widest] = all.flatMap((each) => each ?? []).sort((a, b) => order.indexOf(a.reach) - order.indexOf(b.reach));
  return all.includes(undefined) && widest?.reach !== 'internet' ? undefined : widest;
}
