import type { VersionOrder } from '../../../../shared/advisories/versions/index.ts';

/**
 * Checks that the order is a total preorder on the given strings and says which law fails for which: signs only,
 * reflexive, antisymmetric, transitive, and that equal versions stand alike to every other.
 */
export function brokenLaw(order: VersionOrder, versions: readonly string[]): string | undefined {
  const signs = versions.map((a) => versions.map((b) => order.compare(a, b)));
  const show = (...at: number[]): string => at.map((i) => JSON.stringify(versions[i])).join(', ');
  const sign = (i: number, j: number): number => signs[i]?.[j] ?? Number.NaN;
  for (const i of versions.keys()) {
    if (!Object.is(sign(i, i), 0)) return `not reflexive: ${show(i)}`;
    for (const j of versions.keys()) {
      if (![-1, 0, 1].some((s) => Object.is(s, sign(i, j)))) return `no sign: ${show(i, j)}`;
      if (sign(i, j) !== 0 - sign(j, i)) return `not antisymmetric: ${show(i, j)}`;
      for (const k of versions.keys()) {
        const through =
          sign(i, j) === 0 ? sign(j, k) : sign(j, k) === 0 || sign(j, k) === sign(i, j) ? sign(i, j) : undefined;
        if (through !== undefined && sign(i, k) !== through) return `not transitive: ${show(i, j, k)}`;
      }
    }
  }
  return undefined;
}
