import { compareNumbers, digitsEnd, isDigit, stripZeros } from './digits.ts';
import { compareDebianParts } from './dpkg.ts';
import { compareText, type Sign, type VersionOrder } from './order.ts';

/**
 * What can stand at one place of a version, lowest first. apk-tools ranks a version that goes on above one that ends,
 * unless it goes on with a pre-release suffix; of two that go on differently, the earlier part of the grammar wins.
 */
const PRE_SUFFIX = 0;
const INVALID = 1;
const END = 2;
const REVISION = 3;
const HASH = 4;
const SUFFIX_NUMBER = 5;
const POST_SUFFIX = 6;
const LETTER = 7;
const COMPONENT = 8;
const FIRST = 9;

const PRE_SUFFIXES = ['alpha', 'beta', 'pre', 'rc'];
const POST_SUFFIXES = ['cvs', 'svn', 'git', 'hg', 'p'];

interface Cursor {
  readonly text: string;
  at: number;
  kind: number;
  value: string;
  /** where in the list of suffixes */
  rank: number;
}

/** Keeps what cannot be read, for the order among malformed versions. */
function stop(cursor: Cursor): number {
  cursor.value = cursor.text.slice(cursor.at);
  return INVALID;
}

function readNumber(cursor: Cursor, from: number, kind: number): number {
  const end = digitsEnd(cursor.text, from);
  if (end === from) return stop(cursor);
  cursor.value = cursor.text.slice(from, end);
  cursor.at = end;
  return kind;
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}

function readSuffix(cursor: Cursor): number {
  let end = cursor.at + 1;
  while (isLower(cursor.text.charCodeAt(end))) end++;
  const word = cursor.text.slice(cursor.at + 1, end);
  const pre = PRE_SUFFIXES.indexOf(word);
  const post = POST_SUFFIXES.indexOf(word);
  if (pre < 0 && post < 0) return stop(cursor);
  cursor.rank = pre >= 0 ? pre : post;
  cursor.at = end;
  return pre >= 0 ? PRE_SUFFIX : POST_SUFFIX;
}

function isHex(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 102);
}

function readHash(cursor: Cursor): number {
  const from = cursor.at + 1;
  let end = from;
  while (isHex(cursor.text.charCodeAt(end))) end++;
  if (end === from) return stop(cursor);
  cursor.value = cursor.text.slice(from, end);
  cursor.at = end;
  return HASH;
}

/** Reads what stands next and returns its kind; what may follow depends on the kind before it. */
function readNext(cursor: Cursor): number {
  const { text, at, kind } = cursor;
  if (at >= text.length) return END;
  const code = text.charCodeAt(at);
  const inNumbers = kind === FIRST || kind === COMPONENT;
  const beforeHash = kind !== HASH && kind !== REVISION;
  if (text[at] === '.' && inNumbers) return readNumber(cursor, at + 1, COMPONENT);
  // apk 2 goes on with numbers after a letter, and BellSoft's JDKs rely on it: 8u372_p7-r0.
  if (isDigit(code) && kind === LETTER) return readNumber(cursor, at, COMPONENT);
  if (isDigit(code) && (kind === PRE_SUFFIX || kind === POST_SUFFIX)) return readNumber(cursor, at, SUFFIX_NUMBER);
  if (isLower(code) && inNumbers) {
    cursor.value = text.charAt(at);
    cursor.at = at + 1;
    return LETTER;
  }
  if (text[at] === '_' && beforeHash) return readSuffix(cursor);
  if (text[at] === '~' && beforeHash) return readHash(cursor);
  if (text.startsWith('-r', at) && kind !== REVISION) return readNumber(cursor, at + 2, REVISION);
  return stop(cursor);
}

function advance(cursor: Cursor): void {
  cursor.kind = readNext(cursor);
}

function begin(text: string): Cursor {
  const cursor: Cursor = { text, at: 0, kind: FIRST, value: '', rank: 0 };
  cursor.kind = readNumber(cursor, 0, FIRST);
  return cursor;
}

function compareValues(a: Cursor, b: Cursor): Sign {
  switch (a.kind) {
    case PRE_SUFFIX:
    case POST_SUFFIX:
      return a.rank === b.rank ? 0 : a.rank < b.rank ? -1 : 1;
    case COMPONENT:
      // A component after the first with a leading zero is a decimal fraction: it compares as text (1.02 < 1.1).
      if (a.value.startsWith('0') || b.value.startsWith('0')) return compareText(a.value, b.value);
      return compareNumbers(a.value, b.value);
    case FIRST:
    case SUFFIX_NUMBER:
    case REVISION:
      return compareNumbers(stripZeros(a.value), stripZeros(b.value));
    case INVALID:
      return compareDebianParts(a.value, b.value);
    default:
      return compareText(a.value, b.value);
  }
}

/**
 * Versions of apk packages: number{.number}{letter}{_suffix{number}}{~hash}{-rN}. Where apk 2 and 3 differ, apk 3 is
 * followed, except that a letter may be followed by digits. A malformed version counts as far as it can be read, then
 * orders below one that ends there; two of them by what is left, runs of digits by value. Source: apk-tools
 * src/version.c (3.0 and 2.14), apk-package(5).
 */
export const apkOrder: VersionOrder = {
  name: 'apk',
  compare(a, b) {
    if (a === b) return 0;
    const left = begin(a);
    const right = begin(b);
    while (left.kind === right.kind) {
      if (left.kind === END) return 0;
      const sign = compareValues(left, right);
      if (sign !== 0 || left.kind === INVALID) return sign;
      advance(left);
      advance(right);
    }
    return left.kind < right.kind ? -1 : 1;
  },
  valid(v) {
    const cursor = begin(v);
    while (cursor.kind !== END && cursor.kind !== INVALID) advance(cursor);
    return cursor.kind === END;
  },
};
