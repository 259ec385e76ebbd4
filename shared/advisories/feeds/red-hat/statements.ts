import { isObject, listOf } from '../read-file.ts';
import type { FindProduct, Product } from './product-tree.ts';

/** What Red Hat says of a product. */
export type Said =
  /** repaired in `version`; the advisory that brought it */
  | { readonly kind: 'fixed'; readonly version: string; readonly advisory?: string }
  /** what will be done, in Red Hat's words: `affected`, `will-not-fix`, `fix-deferred`, `out-of-support-scope` */
  | { readonly kind: 'affected'; readonly status: string }
  | { readonly kind: 'investigated' }
  /** why not: `vulnerable_code_not_present`, `component_not_present` … */
  | { readonly kind: 'not-affected'; readonly justification?: string };

/** One thing that a document says of one product. */
export interface Statement {
  readonly product: Product;
  readonly said: Said;
  /** Red Hat's rating: Critical, Important, Moderate, Low */
  readonly impact?: string;
  /** CVSS vector */
  readonly vector?: string;
}

/**
 * Everything that a vulnerability of a CSAF VEX document says of rpms of Red Hat Enterprise Linux. Debug packages are passed over: nothing of them runs.
 *
 * @param find what product ids stand for
 */
export function statementsOf(vulnerability: Readonly<Record<string, unknown>>, find: FindProduct): Statement[] {
  const status = isObject(vulnerability['product_status']) ? vulnerability['product_status'] : {};
  const facts = factsOf(vulnerability);
  const statements: Statement[] = [];
  const add = (field: string, saidOf: (id: string, product: Product) => Said | undefined): void => {
    for (const id of listOf(status[field])) {
      const product = typeof id === 'string' ? find(id) : undefined;
      if (typeof id !== 'string' || product === undefined || isDebug(product.name)) continue;
      const said = saidOf(id, product);
      const impact = facts.impacts.get(id);
      const vector = facts.vectors.get(id);
      // not rated and worth nothing: Red Hat found that it is no flaw
      if (said === undefined || (impact === undefined && facts.worthless.has(id))) continue;
      const rated = { ...(impact === undefined ? {} : { impact }), ...(vector === undefined ? {} : { vector }) };
      statements.push({ product, said, ...rated });
    }
  };
  add('fixed', (id, { version }) => {
    const advisory = facts.advisories.get(id);
    return version === undefined
      ? undefined
      : { kind: 'fixed', version, ...(advisory === undefined ? {} : { advisory }) };
  });
  add('known_affected', (id) => ({ kind: 'affected', status: facts.plans.get(id) ?? 'affected' }));
  add('under_investigation', () => ({ kind: 'investigated' }));
  add('known_not_affected', (id) => {
    const justification = facts.flags.get(id);
    return { kind: 'not-affected', ...(justification === undefined ? {} : { justification }) };
  });
  return statements;
}

const isDebug = (name: string): boolean => /-debug(?:info|source)(?:-common)?$/.test(name);

interface Facts {
  readonly advisories: ReadonlyMap<string, string>;
  readonly plans: ReadonlyMap<string, string>;
  readonly flags: ReadonlyMap<string, string>;
  readonly impacts: ReadonlyMap<string, string>;
  readonly vectors: ReadonlyMap<string, string>;
  /** products with a base score of 0 */
  readonly worthless: ReadonlySet<string>;
}

function factsOf(vulnerability: Readonly<Record<string, unknown>>): Facts {
  const advisories = new Map<string, string>();
  const plans = new Map<string, string>();
  const members = (field: string): Readonly<Record<string, unknown>>[] => listOf(vulnerability[field]).filter(isObject);
  for (const remediation of members('remediations')) {
    const advisory = /\/errata\/(RH[SBE]A-\d{4}:\d{1,7})$/.exec(textOf(remediation['url']))?.[1];
    const plan = planOf(remediation['category'], textOf(remediation['details']));
    if (remediation['category'] === 'vendor_fix' && advisory !== undefined) name(advisories, remediation, advisory);
    if (plan !== undefined) name(plans, remediation, plan);
  }
  const flags = new Map<string, string>();
  for (const flag of members('flags'))
    if (/^[a-z_]{1,80}$/.test(textOf(flag['label']))) name(flags, flag, textOf(flag['label']));
  const impacts = new Map<string, string>();
  for (const threat of members('threats'))
    if (threat['category'] === 'impact' && /^[A-Za-z]{2,20}$/.test(textOf(threat['details'])))
      name(impacts, threat, textOf(threat['details']));
  const vectors = new Map<string, string>();
  const worthless = new Set<string>();
  for (const score of members('scores')) {
    const cvss = [score['cvss_v3'], score['cvss_v4'], score['cvss_v2']].find(isObject);
    if (cvss === undefined) continue;
    for (const id of listOf(score['products'])) {
      if (typeof id !== 'string') continue;
      if (textOf(cvss['vectorString']) !== '') vectors.set(id, textOf(cvss['vectorString']).slice(0, 200));
      if (cvss['baseScore'] === 0) worthless.add(id);
    }
  }
  return { advisories, plans, flags, impacts, vectors, worthless };
}

/** "Will not fix", "Out of support scope", "Affected", "Fix deferred" (Red Hat's security data guidelines, "Remediations"). */
function planOf(category: unknown, details: string): string | undefined {
  if (category === 'no_fix_planned') return /support scope/i.test(details) ? 'out-of-support-scope' : 'will-not-fix';
  if (category === 'none_available') return /defer/i.test(details) ? 'fix-deferred' : 'affected';
  return undefined;
}

function name(into: Map<string, string>, member: Readonly<Record<string, unknown>>, text: string): void {
  for (const id of listOf(member['product_ids'])) if (typeof id === 'string') into.set(id, text);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
