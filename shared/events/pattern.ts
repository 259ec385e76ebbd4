import { wildcardMatches } from './wildcard.ts';

/** A value that a pattern compares with as it is. */
export type Scalar = string | number | boolean | null;

type Text = string | { readonly 'equals-ignore-case': string };
type Texts = string | readonly string[];
type Comparison = '<' | '<=' | '=' | '>' | '>=';

/** One alternative for a field (EventBridge user guide, "Comparison operators"); cidr is left out, nothing here speaks of addresses. */
export type Filter =
  | Scalar
  | { readonly prefix: Text }
  | { readonly suffix: Text }
  | { readonly 'equals-ignore-case': string }
  | { readonly wildcard: string }
  | { readonly exists: boolean }
  | { readonly numeric: readonly [Comparison, number] | readonly [Comparison, number, Comparison, number] }
  | {
      readonly 'anything-but':
        | Exclude<Scalar, null>
        | readonly (string | number)[]
        | { readonly prefix: Texts }
        | { readonly suffix: Texts }
        | { readonly 'equals-ignore-case': Texts }
        | { readonly wildcard: Texts };
    };

/** An EventBridge event pattern: every field must match, a field matches by any of its filters; `$or` holds alternative patterns. */
export interface Pattern {
  readonly [field: string]: Pattern | readonly Filter[] | readonly Pattern[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (object: Record<string, unknown>, field: string): unknown =>
  Object.hasOwn(object, field) ? object[field] : undefined;

/**
 * Whether EventBridge would hand `event` to a rule with this pattern. Arrays in the event match by any element; of an array of objects one element must
 * match all fields of the nested pattern. A pattern that EventBridge refuses must not get here: see checkPattern.
 */
export function matches(pattern: Pattern, event: unknown): boolean {
  if (Array.isArray(event) && event.length > 0) return event.some((element) => matches(pattern, element));
  // a missing object still satisfies fields that must be absent
  const object = isObject(event) ? event : {};
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or') return (wanted as readonly Pattern[]).some((one) => matches(one, object));
    const value = own(object, field);
    return Array.isArray(wanted) ? leafMatches(wanted as readonly Filter[], value) : matches(wanted as Pattern, value);
  });
}

/** The values of a leaf: none when it is absent, an object or an empty array; arrays give each of their scalars. */
function valuesOf(value: unknown): Scalar[] {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return [value];
  return Array.isArray(value) ? value.flatMap(valuesOf) : [];
}

function leafMatches(filters: readonly Filter[], value: unknown): boolean {
  const values = valuesOf(value);
  return filters.some((filter) => {
    if (isObject(filter) && 'exists' in filter) return filter.exists === values.length > 0;
    return values.some((one) => filterMatches(filter, one));
  });
}

function filterMatches(filter: Filter, value: Scalar): boolean {
  if (filter === null || typeof filter !== 'object') return filter === value;
  if ('numeric' in filter) return typeof value === 'number' && inRange(filter.numeric, value);
  if ('anything-but' in filter) return isAnythingBut(filter['anything-but'], value);
  if (typeof value !== 'string') return false;
  if ('prefix' in filter) return textMatches(filter.prefix, value, (text, part) => text.startsWith(part));
  if ('suffix' in filter) return textMatches(filter.suffix, value, (text, part) => text.endsWith(part));
  if ('equals-ignore-case' in filter) return fold(filter['equals-ignore-case']) === fold(value);
  return 'wildcard' in filter && wildcardMatches(filter.wildcard, value);
}

const fold = (text: string): string => text.toLowerCase();

const textMatches = (wanted: Text, value: string, test: (text: string, part: string) => boolean): boolean =>
  typeof wanted === 'string' ? test(value, wanted) : test(fold(value), fold(wanted['equals-ignore-case']));

type AnythingBut = Extract<Filter, { 'anything-but': unknown }>['anything-but'];

function isAnythingBut(but: AnythingBut, value: Scalar): boolean {
  if (typeof but !== 'object') return value !== but;
  if (Array.isArray(but)) return !but.some((one) => one === value);
  if (typeof value !== 'string') return true;
  const object = but as { readonly [operator: string]: Texts };
  const [operator = '', texts = []] = Object.entries(object)[0] ?? [];
  const list = typeof texts === 'string' ? [texts] : texts;
  return !list.some((text) => filterMatches({ [operator]: text } as unknown as Filter, value));
}

function inRange(numeric: readonly (string | number)[], value: number): boolean {
  for (let at = 0; at < numeric.length; at += 2) {
    const bound = Number(numeric[at + 1]);
    const holds = {
      '<': value < bound,
      '<=': value <= bound,
      '=': value === bound,
      '>': value > bound,
      '>=': value >= bound,
    }[String(numeric[at])];
    if (holds !== true) return false;
  }
  return true;
}
