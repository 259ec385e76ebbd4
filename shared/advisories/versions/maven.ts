import { compareNumbers, digitsEnd, isDigit, stripZeros } from './digits.ts';
import { compareText, type Sign, type VersionOrder } from './order.ts';
import { remembered } from './remembered.ts';

/** At one place: `-qualifier` and `.qualifier` alike < `-number` < `.number` (POM reference, "Version Order Specification"). */
const QUALIFIER = 0;
const DASH_NUMBER = 1;
const DOT_NUMBER = 2;

const RELEASE = 5;
const UNKNOWN = 7;
const RANKS: ReadonlyMap<string, number> = new Map([
  ['alpha', 0],
  ['beta', 1],
  ['milestone', 2],
  ['rc', 3],
  ['cr', 3],
  ['snapshot', 4],
  ['', RELEASE],
  ['ga', RELEASE],
  ['final', RELEASE],
  ['release', RELEASE],
  ['sp', 6],
]);
const SHORT: ReadonlyMap<string, string> = new Map([
  ['a', 'alpha'],
  ['b', 'beta'],
  ['m', 'milestone'],
]);

interface Token {
  readonly kind: number;
  /** of a qualifier */
  readonly rank: number;
  readonly text: string;
  /** a number's value, or the number right behind a qualifier (`rc2`, `rc-2`) */
  readonly number: string | undefined;
}

/** What a version that has ended goes on with: nothing is the same as `ga`, `final` and `release`. */
const NOTHING: Token = { kind: QUALIFIER, rank: RELEASE, text: '', number: undefined };

function numberToken(kind: number, number: string): Token {
  return { kind, rank: 0, text: '', number };
}

/** `shortened`: whether the number follows without a hyphen, so that `b2` is beta-2; `b-2` is a word that Maven does not know. */
function qualifierToken(word: string, number: string | undefined, shortened: boolean): Token {
  const name = shortened ? (SHORT.get(word) ?? word) : word;
  const rank = RANKS.get(name) ?? UNKNOWN;
  // ga0 says no more than ga does, whereas alpha0 comes after alpha.
  const kept = rank === RELEASE && number === '' ? undefined : number;
  return { kind: QUALIFIER, rank, text: rank === UNKNOWN ? name : '', number: kept };
}

function isBoundary(text: string, at: number): boolean {
  const char = text[at];
  return char === '.' || char === '-';
}

function scan(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let kind = DOT_NUMBER;
  let at = 0;
  while (at < text.length) {
    if (isBoundary(text, at)) {
      tokens.push(numberToken(kind, ''));
    } else if (isDigit(text.charCodeAt(at))) {
      const end = digitsEnd(text, at);
      tokens.push(numberToken(kind, stripZeros(text.slice(at, end))));
      at = end;
    } else {
      let end = at;
      while (end < text.length && !isBoundary(text, end) && !isDigit(text.charCodeAt(end))) end++;
      const digits = text[end] === '-' && isDigit(text.charCodeAt(end + 1)) ? end + 1 : end;
      const numberEnd = digitsEnd(text, digits);
      const number = numberEnd > digits ? stripZeros(text.slice(digits, numberEnd)) : undefined;
      tokens.push(qualifierToken(text.slice(at, end), number, number !== undefined && digits === end));
      at = number === undefined ? end : numberEnd;
    }
    // A change between digits and letters separates like a hyphen.
    kind = text[at] === '.' ? DOT_NUMBER : DASH_NUMBER;
    if (isBoundary(text, at)) at++;
  }
  return tokens;
}

/** Drops zeros at the end and before qualifiers: 1.0.0-rc is 1-rc. */
function parse(version: string): readonly Token[] {
  const tokens = scan(version.trim().toLowerCase());
  const kept: Token[] = [];
  for (let i = tokens.length - 1; i >= 0; i--) {
    const token = tokens[i];
    if (token === undefined) continue;
    const next = kept.at(-1);
    const isZero = token.kind !== QUALIFIER && token.number === '';
    if (!isZero || (next !== undefined && next.kind !== QUALIFIER)) kept.push(token);
  }
  return kept.reverse();
}

const read = remembered(parse);

function compareTokens(a: Token, b: Token): Sign {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  const text = compareText(a.text, b.text);
  if (text !== 0) return text;
  if (a.number === undefined || b.number === undefined) {
    return a.number === b.number ? 0 : a.number === undefined ? -1 : 1;
  }
  return compareNumbers(a.number, b.number);
}

/**
 * Maven: alpha < beta < milestone < rc = cr < snapshot < (nothing) = ga = final = release < sp < other qualifiers by
 * text < numbers. Tokens are compared in turn, a version that ended goes on with nothing; Maven's own nesting of lists
 * is not transitive for every string, this flat form is, and agrees with it on versions as they are written. Every
 * string is a version to Maven. Source: maven.apache.org/pom.html#version-order-specification, ComparableVersion 3.9/4.
 */
export const mavenOrder: VersionOrder = {
  name: 'maven',
  compare(a, b) {
    if (a === b) return 0;
    const left = read(a);
    const right = read(b);
    const length = Math.max(left.length, right.length);
    for (let i = 0; i < length; i++) {
      const sign = compareTokens(left[i] ?? NOTHING, right[i] ?? NOTHING);
      if (sign !== 0) return sign;
    }
    return 0;
  },
  valid(v) {
    return v.length > 0 && !/[\s\p{Cc}]/u.test(v);
  },
};
