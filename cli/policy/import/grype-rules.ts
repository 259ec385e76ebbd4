import type { Exception } from '#shared/policy';
import { endless, endsSomehow, type ImportEnds, type Imported } from './types.ts';

type Fields = Readonly<Record<string, unknown>>;

const known: readonly string[] = ['vulnerability', 'include-aliases', 'reason', 'fix-state', 'package'];
const knownOfPackage: readonly string[] = ['name', 'upstream-name', 'location', 'type'];
const osTypes: readonly string[] = ['deb', 'rpm', 'apk', 'alpm'];

/**
 * `ignore` of a Grype configuration. `fix-state: not-fixed` becomes `untilFixed`; a rule that says more than the policy can (one version, a namespace, another fix
 * state, a pattern) is refused: without that part it would accept more than it did.
 */
export function importGrype(file: Fields, ends: ImportEnds): Imported {
  const exceptions: Exception[] = [];
  const refused: string[] = [];
  const rules: readonly unknown[] = Array.isArray(file.ignore) ? file.ignore : [];
  for (const [at, rule] of rules.entries()) {
    const read = readRule(fieldsOf(rule), ends);
    if (typeof read === 'string') refused.push(`ignore[${at}]: ${read}`);
    else exceptions.push(read);
  }
  return { exceptions, refused };
}

function readRule(rule: Fields, given: ImportEnds): Exception | string {
  const wanted = fieldsOf(rule.package);
  const odd =
    Object.keys(rule).find((name) => !known.includes(name)) ??
    Object.keys(wanted).find((name) => !knownOfPackage.includes(name) && wanted[name] !== '');
  if (odd !== undefined) return `${odd} cannot be expressed`;
  const id = textOf(rule.vulnerability);
  if (id !== undefined && !/^[A-Za-z0-9][A-Za-z0-9:._~-]{2,127}$/.test(id))
    return `${id.slice(0, 80)} is no id of one vulnerability`;
  const state = textOf(rule['fix-state']);
  if (state !== undefined && state !== 'not-fixed') return `fix-state ${state.slice(0, 40)} cannot be expressed`;
  const scope = scopeOf(wanted, id);
  if (typeof scope === 'string') return scope;
  if (id === undefined && scope.package === undefined && scope.path === undefined)
    return 'it names neither a vulnerability nor a package nor a place';
  const ends: ImportEnds = state === 'not-fixed' ? { ...given, untilFixed: true } : given;
  if (!endsSomehow(ends)) return `${id ?? scope.package ?? scope.path}: ${endless}`;
  return {
    ...(id === undefined ? {} : { id }),
    scope,
    reason: textOf(rule.reason)?.slice(0, 1000) ?? 'taken from Grype, which says no reason',
    ...ends,
  };
}

function scopeOf(wanted: Fields, id: string | undefined): { package?: string; path?: string } | string {
  const [name, upstream, location, type] = ['name', 'upstream-name', 'location', 'type'].map((key) =>
    textOf(wanted[key]),
  );
  if (type !== undefined && id === undefined) return `package.type ${type} without a vulnerability cannot be expressed`;
  const mayBeBinary = type === undefined ? id === undefined : osTypes.includes(type);
  if (name !== undefined && upstream === undefined && mayBeBinary)
    return `package.name ${name.slice(0, 80)} may be a binary package; exceptions name the source package (upstream-name)`;
  const named = upstream ?? name;
  if (named !== undefined && !/^[A-Za-z0-9@._:/+-]+$/.test(named))
    return `the pattern ${named.slice(0, 80)} cannot be expressed`;
  if (location !== undefined && /[\s[\]{}]/.test(location))
    return `the place ${location.slice(0, 80)} cannot be expressed`;
  return { ...(named === undefined ? {} : { package: named }), ...(location === undefined ? {} : { path: location }) };
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
