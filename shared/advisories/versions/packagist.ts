import { compareNumberLists, compareNumbers, digitsEnd, isDigit, isNumber, stripZeros } from './digits.ts';
import { compareText, type Sign, type VersionOrder } from './order.ts';

/** What can stand at one place after the numbers, lowest first; PHP looks at the beginning of a word only. */
const UNKNOWN = 0;
const END = 5;
const NUMBER = 6;
const WORDS: readonly (readonly [string, number])[] = [
  ['dev', 1],
  ['a', 2],
  ['b', 3],
  ['rc', 4],
  ['p', 7],
];

/** Composer writes the open end of a branch (`2.1.x-dev`) with this number. */
const BRANCH = '9999999';
const PARTS = 4;

interface ComposerVersion {
  /** whether it begins with a number; a branch name does not */
  readonly numbered: boolean;
  /** numbers without leading zeros */
  readonly core: readonly string[];
  readonly tail: readonly string[];
}

function parse(version: string): ComposerVersion {
  const lower = version.trim().toLowerCase();
  const plus = lower.indexOf('+');
  const text = plus < 0 ? lower : lower.slice(0, plus);
  const core: string[] = [];
  let at = text.startsWith('v') && isDigit(text.charCodeAt(1)) ? 1 : 0;
  while (isDigit(text.charCodeAt(at))) {
    const end = digitsEnd(text, at);
    core.push(stripZeros(text.slice(at, end)));
    at = text[end] === '.' && isDigit(text.charCodeAt(end + 1)) ? end + 1 : end;
  }
  const numbered = core.length > 0;
  // At most `.x.x.x-dev`: one character more of it makes the pattern fail instead of cutting the text.
  const isBranch = numbered && /^(?:\.[x*]){1,3}(?:-dev)?$/.test(text.slice(at, at + 11));
  while (isBranch && core.length < PARTS) core.push(BRANCH);
  const tail = (text.slice(at).match(/[0-9]+|[^0-9._-]+/g) ?? []).filter((word) => word !== 'stable');
  return { numbered, core, tail: isBranch ? ['dev'] : tail };
}

function rankOf(word: string | undefined): number {
  if (word === undefined) return END;
  if (isNumber(word)) return NUMBER;
  return WORDS.find(([start]) => word.startsWith(start))?.[1] ?? UNKNOWN;
}

function compareWords(a: string | undefined, b: string | undefined): Sign {
  const left = rankOf(a);
  const right = rankOf(b);
  if (left !== right) return left < right ? -1 : 1;
  if (a === undefined || b === undefined) return 0;
  if (left === NUMBER) return compareNumbers(stripZeros(a), stripZeros(b));
  return left === UNKNOWN ? compareText(a, b) : 0;
}

const NUMBERED =
  /^v?[0-9]+(?:\.[0-9]+){0,3}(?:[._-]?(?:stable|beta|b|rc|alpha|a|patch|pl|p)(?:[.-]?[0-9]+(?:[.-][0-9]+)*)?)?(?:[.-]?dev)?(?:\+[^\s]+)?$/i;

/**
 * Packagist: Composer's normal form (`1.0` = `1.0.0.0`, `v` and `+build` dropped, `2.x-dev` above every 2.*), then PHP's
 * version_compare: unknown words < dev < alpha = a < beta = b < rc < (end) < numbers < patch = pl = p. A branch
 * (`dev-main`) lies below all numbers. Source: composer/semver VersionParser, Comparator; php.net version_compare.
 */
export const packagistOrder: VersionOrder = {
  name: 'packagist',
  compare(a, b) {
    if (a === b) return 0;
    const left = parse(a);
    const right = parse(b);
    if (left.numbered !== right.numbered) return left.numbered ? 1 : -1;
    const core = compareNumberLists(left.core, right.core);
    if (core !== 0) return core;
    const length = Math.max(left.tail.length, right.tail.length);
    for (let i = 0; i < length; i++) {
      const sign = compareWords(left.tail[i], right.tail[i]);
      if (sign !== 0) return sign;
    }
    return 0;
  },
  valid(v) {
    return NUMBERED.test(v) || /^dev-[^\s]+$/.test(v) || /^[vV]?[0-9]+(?:\.[0-9]+){0,2}\.[xX*](?:-dev)?$/.test(v);
  },
};
