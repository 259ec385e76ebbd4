import type { Pattern } from './pattern.ts';

/** A pattern that EventBridge would refuse, with the place in it. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
  readonly code = 'bad-pattern';
  readonly path: string;
  constructor(path: string, advice: string) {
    super(`the pattern at ${path}: ${advice}`);
    this.path = path;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const comparisons = new Set(['<', '<=', '=', '>', '>=']);
const maxLength = 4096;

/** Throws PatternError unless EventBridge takes the pattern (user guide, "Event patterns"): shapes, operators, 4,096 characters. */
export function checkPattern(pattern: unknown): asserts pattern is Pattern {
  const length = JSON.stringify(pattern)?.length ?? 0;
  if (length > maxLength)
    throw new PatternError('$', `it has ${length} characters, ${maxLength} are the most; name fewer values`);
  checkObject(pattern, '$');
}

function checkObject(pattern: unknown, path: string): void {
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw new PatternError(path, 'must be an object with at least one field');
  for (const [field, wanted] of Object.entries(pattern)) {
    const at = `${path}.${field}`;
    if (field === '$or') {
      if (!Array.isArray(wanted) || wanted.length < 2) throw new PatternError(at, 'needs two alternatives at least');
      wanted.forEach((one, index) => {
        checkObject(one, `${at}[${index}]`);
      });
    } else if (Array.isArray(wanted)) {
      if (wanted.length === 0) throw new PatternError(at, 'an empty list matches nothing');
      wanted.forEach((filter, index) => {
        checkFilter(filter, `${at}[${index}]`);
      });
    } else checkObject(wanted, at);
  }
}

function checkFilter(filter: unknown, path: string): void {
  if (filter === null || ['string', 'boolean'].includes(typeof filter)) return;
  if (typeof filter === 'number') {
    checkNumber(filter, path);
    return;
  }
  const [operator, value] = onlyMember(filter, path);
  if (operator === 'exists') {
    if (typeof value !== 'boolean') throw new PatternError(path, 'exists is true or false');
  } else if (operator === 'numeric') checkNumeric(value, path);
  else if (operator === 'anything-but') checkAnythingBut(value, path);
  else if ((operator === 'prefix' || operator === 'suffix') && isObject(value)) {
    const [inner, text] = onlyMember(value, path);
    if (inner !== 'equals-ignore-case') throw new PatternError(path, `${operator} holds no ${inner}`);
    checkText(text, path);
  } else checkTextOperator(operator, value, path);
}

function onlyMember(value: unknown, path: string): readonly [string, unknown] {
  const entries = isObject(value) ? Object.entries(value) : [];
  const [first] = entries;
  if (first === undefined || entries.length !== 1)
    throw new PatternError(path, 'a filter is a plain value or an object with one operator');
  return first;
}

function checkTextOperator(operator: string, value: unknown, path: string): void {
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(operator))
    throw new PatternError(path, `${operator} is no operator that is known here`);
  checkText(value, path);
  if (operator === 'wildcard' && /(^|[^\\])\*\*/.test(String(value)))
    throw new PatternError(path, 'two wildcards must not stand side by side');
  if (operator === 'wildcard' && /(^|[^\\])(\\\\)*\\([^*\\]|$)/.test(String(value)))
    throw new PatternError(path, 'a backslash stands before * or \\ only');
}

function checkText(value: unknown, path: string): void {
  if (typeof value !== 'string' || value === '') throw new PatternError(path, 'needs text that is not empty');
}

function checkNumber(value: unknown, path: string): void {
  if (typeof value !== 'number' || !(Math.abs(value) <= 5e9))
    throw new PatternError(path, 'numbers go from -5e9 to 5e9');
}

function checkNumeric(value: unknown, path: string): void {
  if (!Array.isArray(value) || (value.length !== 2 && value.length !== 4))
    throw new PatternError(path, 'numeric is [operator, number] once or twice');
  value.forEach((member, index) => {
    if (index % 2 === 1) checkNumber(member, path);
    else if (!comparisons.has(String(member))) throw new PatternError(path, `${String(member)} is no comparison`);
  });
  if (
    value.length === 4 &&
    !(String(value[0]).startsWith('>') && String(value[2]).startsWith('<') && value[1] < value[3])
  )
    throw new PatternError(path, 'a range starts with > or >= and ends with < or <=');
}

function checkAnythingBut(value: unknown, path: string): void {
  if (typeof value === 'boolean') return;
  if (typeof value === 'number' || typeof value === 'string') {
    if (typeof value === 'number') checkNumber(value, path);
    else checkText(value, path);
    return;
  }
  if (Array.isArray(value)) {
    const kinds = new Set(value.map((member) => typeof member));
    if (value.length === 0 || kinds.size !== 1 || !(kinds.has('string') || kinds.has('number')))
      throw new PatternError(path, 'anything-but lists strings only or numbers only');
    return;
  }
  const [operator, texts] = onlyMember(value, path);
  const list = Array.isArray(texts) ? texts : [texts];
  if (list.length === 0) throw new PatternError(path, 'an empty list matches nothing');
  for (const text of list) checkTextOperator(operator, text, path);
}
