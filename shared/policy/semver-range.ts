/** A version of a tag: three numbers and, after '-', identifiers (semver.org 2.0.0); build metadata does not count. */
export interface Version {
  readonly numbers: readonly [number, number, number];
  readonly prerelease: readonly string[];
}

const versionForm = /^[vV]?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Reads a tag as a version, missing numbers as 0, with or without v; undefined when it is none. */
export function parseVersion(tag: string): Version | undefined {
  const found = tag.length <= 128 ? versionForm.exec(tag) : null;
  if (found === null) return undefined;
  const [, major, minor, patch, prerelease] = found;
  return { numbers: [Number(major), Number(minor ?? 0), Number(patch ?? 0)], prerelease: prerelease?.split('.') ?? [] };
}

/** Semver precedence (semver.org, section 11). */
export function compareVersions(a: Version, b: Version): number {
  for (const at of [0, 1, 2] as const) if (a.numbers[at] !== b.numbers[at]) return a.numbers[at] - b.numbers[at];
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  for (let at = 0; at < Math.min(a.prerelease.length, b.prerelease.length); at += 1) {
    const order = compareIdentifiers(a.prerelease[at] ?? '', b.prerelease[at] ?? '');
    if (order !== 0) return order;
  }
  return a.prerelease.length - b.prerelease.length;
}

function compareIdentifiers(a: string, b: string): number {
  const numeric = [a, b].map((text) => /^\d+$/.test(text));
  if (numeric[0] && numeric[1]) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

type Operator = '<' | '<=' | '>' | '>=' | '=';
interface Comparator {
  readonly operator: Operator;
  readonly version: Version;
}

/** Alternatives, each a list of comparators that must all hold. */
export type VersionRange = readonly (readonly Comparator[])[];

/** A range that cannot be read, with what was not understood. */
export class RangeSyntaxError extends Error {
  override readonly name = 'RangeSyntaxError';
  readonly code = 'bad-range';
}

const part =
  /^(?:(\^|~>?|<=|>=|<|>|=)\s*)?[vV]?(\d{1,15}|[xX*])(?:\.(\d{1,15}|[xX*]))?(?:\.(\d{1,15}|[xX*]))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * Reads a range as npm writes them: `^1.2`, `~1.2.3`, `1.x`, `>=1.2 <2`, `1.2 - 1.4`, alternatives by `||`. Throws RangeSyntaxError.
 */
export function parseRange(text: string): VersionRange {
  if (text.length > 500) throw new RangeSyntaxError('the range is over 500 characters');
  return text.split('||').map((alternative) => {
    const trimmed = alternative.trim();
    if (trimmed === '') throw new RangeSyntaxError('there is nothing to compare with; write * for any version');
    const hyphen = /^(\S+)\s+-\s+(\S+)$/.exec(trimmed);
    if (hyphen !== null) return [...comparatorsOf(`>=${hyphen[1]}`), ...comparatorsOf(`<=${hyphen[2]}`)];
    return trimmed
      .replace(/(\^|~>?|<=|>=|<|>|=)\s+/g, '$1')
      .split(/[\s,]+/)
      .flatMap(comparatorsOf);
  });
}

const at = (numbers: readonly [number, number, number], prerelease: readonly string[] = []): Version => ({
  numbers,
  prerelease,
});
// the smallest of all versions with these numbers: nothing of the next release, its prereleases included, is below it
const before = (numbers: readonly [number, number, number]): Comparator => ({
  operator: '<',
  version: at(numbers, ['0']),
});

function comparatorsOf(text: string): Comparator[] {
  const found = part.exec(text);
  if (found === null) throw new RangeSyntaxError(`${JSON.stringify(text.slice(0, 60))} is no version or range`);
  const [, operator = '', ...rest] = found;
  const given = rest
    .slice(0, 3)
    .map((number) => (number === undefined || /[xX*]/.test(number) ? undefined : Number(number)));
  const known = given.indexOf(undefined) < 0 ? 3 : given.indexOf(undefined);
  const [major, minor, patch] = [0, 1, 2].map((index) => (index < known ? (given[index] ?? 0) : 0)) as [
    number,
    number,
    number,
  ];
  const prerelease = known === 3 ? (rest[3]?.split('.') ?? []) : [];
  const low = at([major, minor, patch], prerelease);
  const from: Comparator = { operator: '>=', version: low };
  const bumped = (index: number): [number, number, number] => [
    index === 0 ? major + 1 : major,
    index === 0 ? 0 : index === 1 ? minor + 1 : minor,
    index === 2 ? patch + 1 : 0,
  ];
  if (known === 0)
    return operator === '<' || operator === '>'
      ? [{ operator: '<', version: at([0, 0, 0], ['0']) }]
      : [{ operator: '>=', version: at([0, 0, 0]) }];
  if (operator === '^') return [from, before(bumped(major > 0 || known === 1 ? 0 : minor > 0 || known === 2 ? 1 : 2))];
  if (operator.startsWith('~')) return [from, before(bumped(known === 1 ? 0 : 1))];
  if (known < 3) {
    const end = bumped(known - 1);
    if (operator === '>') return [{ operator: '>=', version: at(end) }];
    if (operator === '<=') return [before(end)];
    if (operator === '<') return [before([major, minor, patch])];
    return operator === '>=' ? [from] : [from, before(end)];
  }
  return [{ operator: operator === '' ? '=' : (operator as Operator), version: low }];
}

/**
 * Whether a version lies in a range. As with npm, a prerelease does so only if a comparator of that alternative names a prerelease of the same three numbers:
 * nobody gets 2.0.0-rc.1, or 1.4.2-alpine, by asking for ^1.
 */
export function inRange(range: VersionRange, version: Version): boolean {
  return range.some((comparators) => {
    if (!comparators.every((comparator) => holds(comparator, version))) return false;
    if (version.prerelease.length === 0) return true;
    return comparators.some(
      ({ operator, version: named }) =>
        named.prerelease.length > 0 &&
        !(operator === '<' && named.prerelease.join() === '0') &&
        named.numbers.join() === version.numbers.join(),
    );
  });
}

function holds({ operator, version }: Comparator, candidate: Version): boolean {
  const order = compareVersions(candidate, version);
  if (operator === '=') return order === 0;
  if (order === 0) return operator === '<=' || operator === '>=';
  return operator.startsWith('<') ? order < 0 : order > 0;
}
