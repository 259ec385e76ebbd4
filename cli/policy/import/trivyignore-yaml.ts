import type { Exception } from '#shared/policy';
import { packageOfPurl } from './package-of-purl.ts';
import { dayBefore } from './trivyignore.ts';
import { dayOf, endless, endsSomehow, type ImportEnds, type Imported, isVulnerabilityId } from './types.ts';

const known: readonly string[] = ['id', 'paths', 'purls', 'expired_at', 'statement'];

/** A `.trivyignore.yaml`: `vulnerabilities` with id, paths, purls, expired_at and statement. A rule of several paths or purls becomes as many exceptions. */
export function importTrivyYaml(file: Readonly<Record<string, unknown>>, ends: ImportEnds): Imported {
  const refused = ['misconfigurations', 'secrets', 'licenses']
    .filter((section) => file[section] !== undefined)
    .map((section) => `${section}: the policy accepts vulnerabilities only`);
  const exceptions: Exception[] = [];
  const rules: readonly unknown[] = Array.isArray(file.vulnerabilities) ? file.vulnerabilities : [];
  for (const [at, rule] of rules.entries()) {
    const read = readRule(rule, ends);
    if (typeof read === 'string') refused.push(`vulnerabilities[${at}]: ${read}`);
    else exceptions.push(...read);
  }
  return { exceptions, refused };
}

function readRule(rule: unknown, ends: ImportEnds): readonly Exception[] | string {
  if (typeof rule !== 'object' || rule === null) return 'it is no rule';
  const fields = rule as Readonly<Record<string, unknown>>;
  const { id, paths, purls, expired_at, statement } = fields;
  if (typeof id !== 'string' || !isVulnerabilityId(id)) return `${String(id).slice(0, 80)} is no id of a vulnerability`;
  const odd = Object.keys(fields).find((name) => !known.includes(name));
  if (odd !== undefined) return `${id}: ${odd} cannot be expressed`;
  const expiry = dayOf(expired_at);
  if (expired_at !== undefined && expiry === undefined) return `${id}: expired_at is no day`;
  if (expiry === undefined && !endsSomehow(ends)) return `${id}: ${endless}`;
  const scopes: { path?: string; package?: string }[] = [];
  for (const path of textsOf(paths)) {
    if (/[\s[\]{}]/.test(path)) return `${id}: the path ${path.slice(0, 80)} cannot be written as a glob of * ** and ?`;
    scopes.push({ path });
  }
  for (const purl of textsOf(purls)) {
    const named = packageOfPurl(purl);
    if ('why' in named) return `${id}: ${purl.slice(0, 120)}: ${named.why}`;
    scopes.push({ package: named.name });
  }
  const reason = typeof statement === 'string' && statement.trim() !== '' ? statement.trim() : undefined;
  return (scopes.length === 0 ? [{}] : scopes).map((scope) => ({
    id,
    scope,
    reason: reason?.slice(0, 1000) ?? 'taken from .trivyignore.yaml, which says no reason',
    ...(expiry === undefined ? ends : { until: dayBefore(expiry) }),
  }));
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
