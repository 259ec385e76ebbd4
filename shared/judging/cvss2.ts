/** Base score of a CVSS 2 vector (`AV:N/AC:L/Au:N/C:P/I:P/A:P`, no prefix); undefined if it is not one. Source: CVSS 2.0 guide, section 3.2.1. */
export function cvss2BaseScore(vector: string): number | undefined {
  const parts = vector.replace(/^\(|\)$/g, '').split('/');
  const metrics = new Map(parts.map((part) => [part.slice(0, part.indexOf(':')), part.slice(part.indexOf(':') + 1)]));
  // a metric that is there twice says two things
  if (metrics.size !== parts.length) return undefined;
  const weight = (metric: keyof typeof weights): number | undefined => weights[metric].get(metrics.get(metric) ?? '');
  const [av, ac, au, c, i, a] = [weight('AV'), weight('AC'), weight('Au'), weight('C'), weight('I'), weight('A')];
  if (av === undefined || ac === undefined || au === undefined || c === undefined || i === undefined || a === undefined)
    return undefined;
  const impact = 10.41 * (1 - (1 - c) * (1 - i) * (1 - a));
  const exploitability = 20 * av * ac * au;
  const score = (0.6 * impact + 0.4 * exploitability - 1.5) * (impact === 0 ? 0 : 1.176);
  return Math.max(0, Math.round(score * 10) / 10);
}

const values = (entries: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(entries));

const impactWeights = values({ N: 0, P: 0.275, C: 0.66 });

const weights = {
  AV: values({ L: 0.395, A: 0.646, N: 1 }),
  AC: values({ H: 0.35, M: 0.61, L: 0.71 }),
  Au: values({ M: 0.45, S: 0.56, N: 0.704 }),
  C: impactWeights,
  I: impactWeights,
  A: impactWeights,
};
