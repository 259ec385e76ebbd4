import { compareNumbers, compareRuns, digitsEnd, isDigit, isLetter, stripZeros } from './digits.ts';
import { compareText, type Sign, type VersionOrder } from './order.ts';

/** What can stand at one place, lowest first; every other character only separates. */
const TILDE = 0;
const END = 1;
const CARET = 2;
const LETTERS = 3;
const DIGITS = 4;

function kindOf(code: number): number | undefined {
  if (Number.isNaN(code)) return END;
  if (isDigit(code)) return DIGITS;
  if (isLetter(code)) return LETTERS;
  if (code === 126) return TILDE;
  return code === 94 ? CARET : undefined;
}

function skipSeparators(text: string, from: number): number {
  let at = from;
  while (kindOf(text.charCodeAt(at)) === undefined) at++;
  return at;
}

function lettersEnd(text: string, from: number): number {
  let end = from;
  while (isLetter(text.charCodeAt(end))) end++;
  return end;
}

/** Compares two versions or two releases as rpmvercmp does. */
function compareParts(a: string, b: string): Sign {
  let i = 0;
  let j = 0;
  for (;;) {
    i = skipSeparators(a, i);
    j = skipSeparators(b, j);
    const kind = kindOf(a.charCodeAt(i)) ?? END;
    const other = kindOf(b.charCodeAt(j)) ?? END;
    if (kind !== other) return kind < other ? -1 : 1;
    if (kind === END) return 0;
    if (kind === TILDE || kind === CARET) {
      i++;
      j++;
      continue;
    }
    const aEnd = kind === DIGITS ? digitsEnd(a, i) : lettersEnd(a, i);
    const bEnd = kind === DIGITS ? digitsEnd(b, j) : lettersEnd(b, j);
    const sign =
      kind === DIGITS ? compareRuns(a, i, aEnd, b, j, bEnd) : compareText(a.slice(i, aEnd), b.slice(j, bEnd));
    if (sign !== 0) return sign;
    i = aEnd;
    j = bEnd;
  }
}

/** `1:3.0.7-16.el9` -> `3.0.7-16.el9` */
function withoutEpoch(version: string): string {
  const digits = digitsEnd(version, 0);
  return version[digits] === ':' ? version.slice(digits + 1) : version;
}

interface RpmVersion {
  readonly epoch: string;
  readonly version: string;
  readonly release: string | undefined;
}

function split(text: string): RpmVersion {
  const digits = digitsEnd(text, 0);
  const hasEpoch = text[digits] === ':';
  const rest = hasEpoch ? text.slice(digits + 1) : text;
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: hasEpoch ? stripZeros(text.slice(0, digits)) : '',
    version: hyphen < 0 ? rest : rest.slice(0, hyphen),
    release: hyphen < 0 ? undefined : rest.slice(hyphen + 1),
  };
}

/**
 * rpm's [epoch:]version[-release]: no epoch is 0; `~` before the end, `^` after it, letters before digits, other
 * characters only separate. A version without release comes before the same with one: rpm skips the release then, which
 * is no order (1-1 = 1 = 1-2), and an unknown release is rather affected than not. Malformed strings have their natural
 * place. Source: rpm rpmio/rpmvercmp.c, rpm-version(7); osv-scalibr for the missing release.
 */
export const rpmOrder: VersionOrder = {
  name: 'rpm',
  compare(a, b) {
    if (a === b) return 0;
    const left = split(a);
    const right = split(b);
    const sign = compareNumbers(left.epoch, right.epoch) || compareParts(left.version, right.version);
    if (sign !== 0) return sign;
    if (left.release === undefined || right.release === undefined) {
      return left.release === right.release ? 0 : left.release === undefined ? -1 : 1;
    }
    return compareParts(left.release, right.release);
  },
  valid(v) {
    const { version, release } = split(v);
    const part = /^[A-Za-z0-9._+~^]+$/;
    return part.test(version) && (release === undefined || part.test(release));
  },
};

/**
 * The same with epochs left out on both sides, for source packages that are known by their file name, which has none (reference
 * detection.md section 4, trap 5).
 */
export const rpmSourceOrder: VersionOrder = {
  name: 'rpm',
  compare: (a, b) => rpmOrder.compare(withoutEpoch(a), withoutEpoch(b)),
  valid: rpmOrder.valid,
};
