import { versionOrderOf } from './ecosystems.ts';
import { UnknownEcosystemError } from './errors.ts';
import type { Sign } from './order.ts';

export { epochlessOrderOf, versionOrderOf } from './ecosystems.ts';
export { UnknownEcosystemError } from './errors.ts';
export type { Sign, VersionOrder } from './order.ts';

/**
 * Sign of a compared with b in the order of `ecosystem` (as OSV writes it: 'Debian:12', 'npm', 'Alpine:v3.20', 'Maven').
 * Total over all strings: malformed versions never throw, each order gives them a place. 0 also stands between two
 * spellings of one version. OSV's `introduced: "0"` means "before everything" and is no version: do not compare with it.
 *
 * @throws UnknownEcosystemError when no order is known for the ecosystem
 */
export function compareVersions(ecosystem: string, a: string, b: string): Sign {
  const order = versionOrderOf(ecosystem);
  if (order === undefined) throw new UnknownEcosystemError(ecosystem);
  return order.compare(a, b);
}
