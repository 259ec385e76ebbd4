/** Base score of a CVSS 3.0 or 3.1 vector; undefined if it is not one. Source: CVSS 3.1 specification, sections 7.1 and 7.4, appendix A. */
export function cvss3BaseScore(vector: string): number | undefined {
  const [prefix, ...parts] = vector.split('/');
  if (prefix !== 'CVSS:3.0' && prefix !== 'CVSS:3.1') return undefined;
  const metrics = new Map(parts.map((part) => [part.slice(0, part.indexOf(':')), part.slice(part.indexOf(':') + 1)]));
  if (metrics.size !== parts.length) return undefined;
  const scope = metrics.get('S');
  if (scope !== 'U' && scope !== 'C') return undefined;
  const changed = scope === 'C';
  const weight = (metric: string, values: Readonly<Record<string, number>>): number | undefined => {
    const value = metrics.get(metric) ?? '';
    return Object.hasOwn(values, value) ? values[value] : undefined;
  };
  const av = weight('AV', { N: 0.85, A: 0.62, L: 0.55, P: 0.2 });
  const ac = weight('AC', { L: 0.77, H: 0.44 });
  const pr = weight('PR', changed ? { N: 0.85, L: 0.68, H: 0.5 } : { N: 0.85, L: 0.62, H: 0.27 });
  const ui = weight('UI', { N: 0.85, R: 0.62 });
  const [c, i, a] = [weight('C', impacts), weight('I', impacts), weight('A', impacts)];
  if (
    av === undefined ||
    ac === undefined ||
    pr === undefined ||
    ui === undefined ||
    c === undefined ||
    i === undefined ||
    a === undefined
  )
    return undefined;
  const base = 1 - (1 - c) * (1 - i) * (1 - a);
  const impact = changed ? 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 : 6.42 * base;
  if (impact <= 0) return 0;
  const sum = impact + 8.22 * av * ac * pr * ui;
  return roundUp(Math.min(changed ? 1.08 * sum : sum, 10));
}

const impacts = { N: 0, L: 0.22, H: 0.56 };

/** Up to one decimal, safe against binary fractions (CVSS 3.1, appendix A). */
function roundUp(value: number): number {
  const scaled = Math.round(value * 100_000);
  return scaled % 10_000 === 0 ? scaled / 100_000 : (Math.floor(scaled / 10_000) + 1) / 10;
}
