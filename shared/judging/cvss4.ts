import { macroVectorScores } from './cvss4-scores.ts';

// Source of all rules here: CVSS 4.0 specification, section 8 (scoring by MacroVectors).

/** The values of each metric, gravest first: the place in the text is the severity level. S stands only in modified metrics. */
const scales: Readonly<Record<string, string>> = {
  AV: 'NALP',
  PR: 'NLH',
  UI: 'NPA',
  AC: 'LH',
  AT: 'NP',
  VC: 'HLN',
  VI: 'HLN',
  VA: 'HLN',
  SC: 'HLN',
  SI: 'SHLN',
  SA: 'SHLN',
  CR: 'HML',
  IR: 'HML',
  AR: 'HML',
  E: 'APU',
};

const mandatory = ['AV', 'AC', 'AT', 'PR', 'UI', 'VC', 'VI', 'VA', 'SC', 'SI', 'SA'];

type Metrics = Readonly<Record<string, string>>;

/** Score of a CVSS 4.0 vector with the threat and environmental metrics that it has; undefined if it is not one. */
export function cvss4Score(vector: string): number | undefined {
  const metrics = effective(vector);
  if (metrics === undefined) return undefined;
  if (['VC', 'VI', 'VA', 'SC', 'SI', 'SA'].every((metric) => metrics[metric] === 'N')) return 0;
  const macro = macroVector(metrics);
  const score = scoreOf(macro);
  if (score === undefined) return undefined;
  const distances = classes(macro).flatMap(({ lower, highest, depth }) => {
    const below = lower.map(scoreOf).filter((one) => one !== undefined);
    if (below.length === 0) return [];
    return [((score - Math.max(...below)) * distance(metrics, highest)) / depth];
  });
  const mean = distances.length === 0 ? 0 : distances.reduce((sum, one) => sum + one, 0) / distances.length;
  return Math.round(Math.min(10, Math.max(0, score - mean)) * 10 + 1e-6) / 10;
}

/** Metrics with modified ones in place of theirs, and the worst case where something is not defined. */
function effective(vector: string): Metrics | undefined {
  const [prefix, ...parts] = vector.split('/');
  if (prefix !== 'CVSS:4.0') return undefined;
  const given = new Map(parts.map((part) => [part.slice(0, part.indexOf(':')), part.slice(part.indexOf(':') + 1)]));
  if (
    given.size !== parts.length ||
    mandatory.some((metric) => !inScale(metric, given.get(metric)) || given.get(metric) === 'S')
  )
    return undefined;
  const metrics: Record<string, string> = {};
  for (const metric of Object.keys(scales)) {
    const modified = given.get(`M${metric}`);
    const own = given.get(metric);
    const value = modified !== undefined && modified !== 'X' ? modified : own;
    metrics[metric] = value === undefined || value === 'X' ? (metric === 'E' ? 'A' : 'H') : value;
    if (!inScale(metric, metrics[metric])) return undefined;
  }
  return metrics;
}

const inScale = (metric: string, value: string | undefined): boolean =>
  value?.length === 1 && (scales[metric] ?? '').includes(value);

/** Levels of EQ1 to EQ6 (tables 24 to 29). */
type MacroVector = readonly [number, number, number, number, number, number];

function macroVector(m: Metrics): MacroVector {
  const easy = [m['AV'], m['PR'], m['UI']].filter((value) => value === 'N').length;
  const eq1 = easy === 3 ? 0 : easy > 0 && m['AV'] !== 'P' ? 1 : 2;
  const eq2 = m['AC'] === 'L' && m['AT'] === 'N' ? 0 : 1;
  const eq3 = m['VC'] === 'H' && m['VI'] === 'H' ? 0 : [m['VC'], m['VI'], m['VA']].includes('H') ? 1 : 2;
  const eq4 = m['SI'] === 'S' || m['SA'] === 'S' ? 0 : [m['SC'], m['SI'], m['SA']].includes('H') ? 1 : 2;
  const eq5 = m['E'] === 'A' ? 0 : m['E'] === 'P' ? 1 : 2;
  const required = (['C', 'I', 'A'] as const).some((one) => m[`${one}R`] === 'H' && m[`V${one}`] === 'H');
  return [eq1, eq2, eq3, eq4, eq5, required ? 0 : 1];
}

function scoreOf([eq1, eq2, eq3, eq4, eq5, eq6]: MacroVector): number | undefined {
  if (eq3 === 2 && eq6 === 0) return undefined;
  if (eq4 > 2 || eq5 > 2 || eq6 > 1) return undefined;
  const row = macroVectorScores[`${eq1}${eq2}${eq3}`];
  return eq3 === 2 ? row?.[eq4 * 3 + eq5] : row?.[(eq4 * 3 + eq5) * 2 + eq6];
}

/** One group of metrics that is scored together: the next lower MacroVectors, its gravest vectors, and its depth. */
interface EquivalenceClass {
  readonly lower: readonly MacroVector[];
  readonly highest: readonly string[];
  readonly depth: number;
}

function classes(macro: MacroVector): readonly EquivalenceClass[] {
  const [eq1, eq2, eq3, eq4, eq5, eq6] = macro;
  const both = `${eq3}${eq6}`;
  return [
    { lower: [[eq1 + 1, eq2, eq3, eq4, eq5, eq6]], highest: highest1[eq1] ?? [], depth: [1, 4, 5][eq1] ?? 1 },
    { lower: [[eq1, eq2 + 1, eq3, eq4, eq5, eq6]], highest: highest2[eq2] ?? [], depth: [1, 2][eq2] ?? 1 },
    { lower: lower36(macro), highest: highest36[both] ?? [], depth: depth36[both] ?? 1 },
    { lower: [[eq1, eq2, eq3, eq4 + 1, eq5, eq6]], highest: highest4[eq4] ?? [], depth: [6, 5, 4][eq4] ?? 1 },
    { lower: [[eq1, eq2, eq3, eq4, eq5 + 1, eq6]], highest: [''], depth: 1 },
  ];
}

/** EQ3 and EQ6 are not independent: from the top there are two ways down, of which the better-scored counts. */
function lower36([eq1, eq2, eq3, eq4, eq5, eq6]: MacroVector): readonly MacroVector[] {
  const down3: MacroVector = [eq1, eq2, eq3 + 1, eq4, eq5, eq6];
  const down6: MacroVector = [eq1, eq2, eq3, eq4, eq5, eq6 + 1];
  if (eq3 === 0 && eq6 === 0) return [down3, down6];
  return eq3 === 1 && eq6 === 0 ? [down6] : [down3];
}

/** Steps from the first of the gravest vectors that is at least as grave in every metric. */
function distance(metrics: Metrics, highest: readonly string[]): number {
  for (const vector of highest) {
    const steps = vector
      .split('/')
      .filter((part) => part !== '')
      .map((part) => {
        const [metric = '', value = ''] = part.split(':');
        const scale = scales[metric] ?? '';
        return scale.indexOf(metrics[metric] ?? '') - scale.indexOf(value);
      });
    if (steps.every((step) => step >= 0)) return steps.reduce((sum, step) => sum + step, 0);
  }
  return 0;
}

const highest1 = [
  ['AV:N/PR:N/UI:N'],
  ['AV:A/PR:N/UI:N', 'AV:N/PR:L/UI:N', 'AV:N/PR:N/UI:P'],
  ['AV:P/PR:N/UI:N', 'AV:A/PR:L/UI:P'],
];
const highest2 = [['AC:L/AT:N'], ['AC:H/AT:N', 'AC:L/AT:P']];
const highest4 = [['SC:H/SI:S/SA:S'], ['SC:H/SI:H/SA:H'], ['SC:L/SI:L/SA:L']];
const highest36: Readonly<Record<string, readonly string[]>> = {
  '00': ['VC:H/VI:H/VA:H/CR:H/IR:H/AR:H'],
  '01': ['VC:H/VI:H/VA:L/CR:M/IR:M/AR:H', 'VC:H/VI:H/VA:H/CR:M/IR:M/AR:M'],
  '10': ['VC:L/VI:H/VA:H/CR:H/IR:H/AR:H', 'VC:H/VI:L/VA:H/CR:H/IR:H/AR:H'],
  '11': [
    'VC:L/VI:H/VA:L/CR:H/IR:M/AR:H',
    'VC:L/VI:H/VA:H/CR:H/IR:M/AR:M',
    'VC:H/VI:L/VA:H/CR:M/IR:H/AR:M',
    'VC:H/VI:L/VA:L/CR:M/IR:H/AR:H',
    'VC:L/VI:L/VA:H/CR:H/IR:H/AR:M',
  ],
  '21': ['VC:L/VI:L/VA:L/CR:H/IR:H/AR:H'],
};
const depth36: Readonly<Record<string, number>> = { '00': 7, '01': 6, '10': 8, '11': 8, '21': 10 };
