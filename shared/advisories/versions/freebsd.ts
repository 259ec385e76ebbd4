import { compareNumbers, digitsEnd, isDigit, isLetter, stripZeros } from './digits.ts';
import type { Sign, VersionOrder } from './order.ts';

/** Between two signs: a number, a letter, a patch level. A missing number (`a` in `1.a`) lies below zero, `*` below that. */
interface Component {
  readonly rank: -2 | -1 | 0;
  /** without leading zeros; counts at rank 0 */
  readonly number: string;
  readonly letter: number;
  /** undefined: a letter without one, which lies below `0` */
  readonly level: string | undefined;
}

const NOTHING: Component = { rank: 0, number: '', letter: 0, level: '' };

const PLUS = 43;
const STAR = 42;

// `pl` and `snap` lie below every letter; the others are as their first letter, but begin a component of their own.
const STAGES: readonly (readonly [word: string, letter: number])[] = [
  ['pl', 0],
  ['snap', 1],
  ['alpha', letterOf(97)],
  ['beta', letterOf(98)],
  ['pre', letterOf(112)],
  ['rc', letterOf(114)],
];

function letterOf(code: number): number {
  return (code | 32) - 97 + 2;
}

function lettersEnd(text: string, from: number): number {
  let end = from;
  while (isLetter(text.charCodeAt(end))) end++;
  return end;
}

/** Reads the component at a place, and returns where the next one begins. */
function componentAt(text: string, from: number): readonly [Component, number] {
  let at = from;
  let rank: Component['rank'] = 0;
  let number = '';
  if (isDigit(text.charCodeAt(at))) {
    at = digitsEnd(text, at);
    number = stripZeros(text.slice(from, at));
  } else if (text.charCodeAt(at) === STAR) {
    rank = -2;
    const plus = text.indexOf('+', at);
    at = plus < 0 ? text.length : plus;
  } else rank = -1;

  let letter = 0;
  let level: string | undefined = '';
  const end = lettersEnd(text, at);
  const stage = end - at > 1 && end - at <= 5 ? stageOf(text.slice(at, end)) : undefined;
  if (end > at && (stage === undefined || rank === -1)) {
    letter = stage ?? letterOf(text.charCodeAt(at));
    at = digitsEnd(text, end);
    level = at > end ? stripZeros(text.slice(end, at)) : undefined;
  }
  return [{ rank, number, letter, level }, separatorsEnd(text, at)];
}

function stageOf(word: string): number | undefined {
  const lower = word.toLowerCase();
  return STAGES.find(([stage]) => stage === lower)?.[1];
}

function separatorsEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code) || isLetter(code) || code === PLUS || code === STAR) break;
  }
  return at;
}

function compareComponents(a: Component, b: Component): Sign {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  const number = compareNumbers(a.number, b.number);
  if (number !== 0) return number;
  if (a.letter !== b.letter) return a.letter < b.letter ? -1 : 1;
  if (a.level === undefined || b.level === undefined) return a.level === b.level ? 0 : a.level === undefined ? -1 : 1;
  return compareNumbers(a.level, b.level);
}

/** Compares what stands between signs, in turn; a missing component is 0. `+` ends a block: what follows it counts after all that stands before. */
export function compareFreeBsdParts(a: string, b: string): Sign {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const aEnds = i >= a.length || a.charCodeAt(i) === PLUS;
    const bEnds = j >= b.length || b.charCodeAt(j) === PLUS;
    if (aEnds && bEnds) {
      i++;
      j++;
      continue;
    }
    const [left, aNext] = aEnds ? [NOTHING, i] : componentAt(a, i);
    const [right, bNext] = bEnds ? [NOTHING, j] : componentAt(b, j);
    const sign = compareComponents(left, right);
    if (sign !== 0) return sign;
    i = aNext;
    j = bNext;
  }
  return 0;
}

interface PortVersion {
  readonly version: string;
  readonly revision: string;
  readonly epoch: string;
}

const numberAt = (text: string): string => stripZeros(text.slice(0, digitsEnd(text, 0)));

/** version[_revision][,epoch]; a release of the base system is read as its advisories write it: `14.3-RELEASE-p2` is `14.3_2`. */
function split(text: string): PortVersion {
  const trimmed = text.trim().replace(/-RELEASE(?:-p([0-9]+))?$/, (_, level?: string) => (level ? `_${level}` : ''));
  const underscore = trimmed.lastIndexOf('_');
  const comma = trimmed.indexOf(',', underscore + 1) < 0 ? -1 : trimmed.lastIndexOf(',');
  const end = underscore >= 0 ? underscore : comma >= 0 ? comma : trimmed.length;
  return {
    version: trimmed.slice(0, end),
    revision: underscore < 0 ? '' : numberAt(trimmed.slice(underscore + 1)),
    epoch: comma < 0 ? '' : numberAt(trimmed.slice(comma + 1)),
  };
}

/**
 * Packages and releases of FreeBSD: the epoch, then the version component by component, then the port's revision. `1.0a` lies above `1.0`, `1.0rc1` and
 * `1.0.a` below. Every string has its natural place. Source: pkg(8) libpkg/pkg_version.c, Porter's Handbook 5.2; for releases its periodic base audit.
 */
export const freebsdOrder: VersionOrder = {
  name: 'freebsd',
  compare(a, b) {
    if (a === b) return 0;
    const left = split(a);
    const right = split(b);
    return (
      compareNumbers(left.epoch, right.epoch) ||
      compareFreeBsdParts(left.version, right.version) ||
      compareNumbers(left.revision, right.revision)
    );
  },
  valid(v) {
    return /^[0-9A-Za-z][0-9A-Za-z.+]*(?:_[0-9]+)?(?:,[0-9]+)?$|^[0-9]+\.[0-9]+-RELEASE(?:-p[0-9]+)?$/.test(v);
  },
};

/** Tags of one project, as it writes them: `curl-7_88_1`, `OpenSSL_1_1_1k`, `v3.0.0-alpha1`, `php-7.4.3RC1`. What stands before the first number is a name. */
const tagNumbers = (tag: string): string => tag.slice(Math.max(0, tag.search(/[0-9]/)));

/**
 * OSS-Fuzz: any project's own tags. Nobody defines an order of them and its records list versions and commits; this is the one in which a letter after a
 * number is later, and alpha, beta, pre and rc are earlier.
 */
export const projectTagOrder: VersionOrder = {
  name: 'project tags',
  compare(a, b) {
    return a === b ? 0 : compareFreeBsdParts(tagNumbers(a), tagNumbers(b));
  },
  valid(v) {
    return /^[A-Za-z0-9][A-Za-z0-9._+/-]*$/.test(v) && /[0-9]/.test(v);
  },
};
