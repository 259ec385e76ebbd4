import { compareText, type Sign } from './order.ts';

const ZERO = 48;
const NINE = 57;

/** Whether a UTF-16 code unit is an ASCII digit; NaN (past the end of a string) is not. */
export function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** Whether a UTF-16 code unit is an ASCII letter. */
export function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** Index of the first code unit at or after `from` that is no digit. */
export function digitsEnd(text: string, from: number): number {
  let end = from;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** Whether the text is one or more ASCII digits and nothing else. */
export function isNumber(text: string): boolean {
  return text.length > 0 && digitsEnd(text, 0) === text.length;
}

/** The digits without leading zeros; the empty string is zero. Numbers of any size keep their exact value. */
export function stripZeros(digits: string): string {
  let start = 0;
  while (digits.charCodeAt(start) === ZERO) start++;
  return start === 0 ? digits : digits.slice(start);
}

/** Compares two numbers written by `stripZeros`. */
export function compareNumbers(a: string, b: string): Sign {
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  return compareText(a, b);
}

/** Compares the numbers at a[aFrom, aTo) and b[bFrom, bTo), both digits only; an empty run is zero. */
export function compareRuns(a: string, aFrom: number, aTo: number, b: string, bFrom: number, bTo: number): Sign {
  let i = aFrom;
  let j = bFrom;
  while (i < aTo && a.charCodeAt(i) === ZERO) i++;
  while (j < bTo && b.charCodeAt(j) === ZERO) j++;
  if (aTo - i !== bTo - j) return aTo - i < bTo - j ? -1 : 1;
  for (; i < aTo; i++, j++) {
    const difference = a.charCodeAt(i) - b.charCodeAt(j);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}

/** Compares lists of numbers written by `stripZeros`, member by member; a missing member is 0. */
export function compareNumberLists(a: readonly string[], b: readonly string[]): Sign {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const sign = compareNumbers(a[i] ?? '', b[i] ?? '');
    if (sign !== 0) return sign;
  }
  return 0;
}
