import { compareNumberLists, compareNumbers, digitsEnd, isDigit, isNumber, stripZeros } from './digits.ts';
import { compareText, type Sign, type VersionOrder } from './order.ts';
import { remembered } from './remembered.ts';

interface Pep440Version {
  readonly epoch: string;
  readonly release: readonly string[];
  /** 0 alpha, 1 beta, 2 candidate; -1 below all of them (only .dev), 3 above all (none) */
  readonly phase: number;
  readonly phaseNumber: string;
  readonly post: string | undefined;
  readonly dev: string | undefined;
  readonly local: readonly string[] | undefined;
}

const PHASES: ReadonlyMap<string, number> = new Map([
  ['a', 0],
  ['alpha', 0],
  ['b', 1],
  ['beta', 1],
  ['c', 2],
  ['rc', 2],
  ['pre', 2],
  ['preview', 2],
]);

/** Appendix B of the PEP, piece by piece and each anchored where the last one ended, so that nothing is tried twice. */
const PRE = /[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]*)/y;
const IMPLICIT_POST = /-([0-9]+)/y;
const POST = /[-_.]?(?:post|rev|r)[-_.]?([0-9]*)/y;
const DEV = /[-_.]?dev[-_.]?([0-9]*)/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Number of a suffix without leading zeros; a suffix without a number has 0. */
function numberOf(match: RegExpExecArray | undefined, group: number): string | undefined {
  return match === undefined ? undefined : stripZeros(match[group] ?? '');
}

function readLocal(text: string): readonly string[] | undefined {
  const parts = text.split(/[._-]/);
  return parts.every((part) => /^[a-z0-9]+$/.test(part)) ? parts : undefined;
}

/** Reads a normalised or loosely written PEP 440 version (appendix B of the PEP); undefined if it is none. */
function parse(lower: string): Pep440Version | undefined {
  let at = lower.startsWith('v') ? 1 : 0;
  let end = digitsEnd(lower, at);
  if (end === at) return undefined;
  let epoch = '';
  if (lower[end] === '!') {
    epoch = stripZeros(lower.slice(at, end));
    at = end + 1;
    end = digitsEnd(lower, at);
    if (end === at) return undefined;
  }
  const release = [stripZeros(lower.slice(at, end))];
  while (lower[end] === '.' && isDigit(lower.charCodeAt(end + 1))) {
    at = end + 1;
    end = digitsEnd(lower, at);
    release.push(stripZeros(lower.slice(at, end)));
  }
  at = end;

  const pre = matchAt(PRE, lower, at);
  at += pre?.[0].length ?? 0;
  const postMatch = matchAt(IMPLICIT_POST, lower, at) ?? matchAt(POST, lower, at);
  at += postMatch?.[0].length ?? 0;
  const devMatch = matchAt(DEV, lower, at);
  at += devMatch?.[0].length ?? 0;
  let local: readonly string[] | undefined;
  if (lower[at] === '+') {
    local = readLocal(lower.slice(at + 1));
    if (local === undefined) return undefined;
  } else if (at < lower.length) return undefined;

  const post = numberOf(postMatch, 1);
  const dev = numberOf(devMatch, 1);
  const none = post === undefined && dev !== undefined ? -1 : 3;
  const phase = pre === undefined ? none : (PHASES.get(pre[1] ?? '') ?? none);
  return { epoch, release, phase, phaseNumber: numberOf(pre, 2) ?? '', post, dev, local };
}

const read = remembered(parse);

/** Compares two numbers that may be absent; `absent` is the sign of an absent one against a present one. */
function compareOptional(a: string | undefined, b: string | undefined, absent: Sign): Sign {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? absent : absent === 1 ? -1 : 1;
  return compareNumbers(a, b);
}

/** Parts in turn, numbers above text, the shorter of two equal beginnings first. */
function compareParts(a: readonly string[], b: readonly string[]): Sign {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    const xNumber = isNumber(x);
    if (xNumber !== isNumber(y)) return xNumber ? 1 : -1;
    const sign = xNumber ? compareNumbers(stripZeros(x), stripZeros(y)) : compareText(x, y);
    if (sign !== 0) return sign;
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

function comparePep440(a: Pep440Version, b: Pep440Version): Sign {
  return (
    compareNumbers(a.epoch, b.epoch) ||
    compareNumberLists(a.release, b.release) ||
    (a.phase === b.phase ? compareNumbers(a.phaseNumber, b.phaseNumber) : a.phase < b.phase ? -1 : 1) ||
    compareOptional(a.post, b.post, -1) ||
    compareOptional(a.dev, b.dev, 1) ||
    (a.local === undefined || b.local === undefined
      ? compareOptional(a.local && '', b.local && '', -1)
      : compareParts(a.local, b.local))
  );
}

/** Words that setuptools' rule before PEP 440 placed: `dev` first, candidates alike, a hyphen after `final`. */
const LEGACY_WORDS: ReadonlyMap<string, string> = new Map([
  ['pre', 'c'],
  ['preview', 'c'],
  ['rc', 'c'],
  ['-', 'final-'],
  ['dev', '@'],
]);

/** Parts of a version that PEP 440 does not know, by setuptools' rule before it: runs of digits, of letters, and the rest. */
function legacyParts(lower: string): readonly string[] {
  const parts: string[] = [];
  const add = (part: string): void => {
    if (!isNumber(part)) {
      if (part < 'final') while (parts.at(-1) === 'final-') parts.pop();
      while (parts.length > 0 && isNumber(parts.at(-1) ?? '') && stripZeros(parts.at(-1) ?? '') === '') parts.pop();
    }
    parts.push(part);
  };
  for (const [part] of lower.matchAll(/[0-9]+|[a-z]+|-|[^0-9a-z.-]+/g)) add(LEGACY_WORDS.get(part) ?? part);
  add('final');
  return parts;
}

/**
 * PyPI: PEP 440 with epochs, post, dev and local releases. What PEP 440 does not know orders below everything that it
 * knows, among itself by setuptools' older rule. Source: PEP 440, pypa/packaging version.py (LegacyVersion until 21.3).
 */
export const pep440Order: VersionOrder = {
  name: 'pep440',
  compare(a, b) {
    if (a === b) return 0;
    const x = a.trim().toLowerCase();
    const y = b.trim().toLowerCase();
    const left = read(x);
    const right = read(y);
    if (left !== undefined && right !== undefined) return comparePep440(left, right);
    if (left === undefined && right === undefined) return compareParts(legacyParts(x), legacyParts(y));
    return left === undefined ? -1 : 1;
  },
  valid(v) {
    return read(v.trim().toLowerCase()) !== undefined;
  },
};
