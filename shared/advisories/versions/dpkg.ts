import { compareRuns, digitsEnd, isDigit, isLetter } from './digits.ts';
import type { Sign, VersionOrder } from './order.ts';

const TILDE = 126;

/**
 * Rank of what stands at a place of the non-digit part: `~` before the end, the end (or a digit) before letters,
 * letters before everything else.
 */
function rankAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (Number.isNaN(code) || isDigit(code)) return 0;
  if (code === TILDE) return -1;
  return isLetter(code) ? code : code + 256;
}

/** Compares two upstream versions or two revisions: runs of non-digits and of digits in turn (deb-version(7)). */
export function compareDebianParts(a: string, b: string): Sign {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    for (;;) {
      const left = rankAt(a, i);
      const right = rankAt(b, j);
      if (left !== right) return left < right ? -1 : 1;
      if (left === 0) break;
      i++;
      j++;
    }
    const aEnd = digitsEnd(a, i);
    const bEnd = digitsEnd(b, j);
    const sign = compareRuns(a, i, aEnd, b, j, bEnd);
    if (sign !== 0) return sign;
    i = aEnd;
    j = bEnd;
  }
  return 0;
}

interface DpkgVersion {
  readonly epoch: string;
  readonly upstream: string;
  /** undefined: there is no hyphen, which orders as revision 0 */
  readonly revision: string | undefined;
}

function split(version: string): DpkgVersion {
  const text = version.trim();
  const digits = digitsEnd(text, 0);
  const hasEpoch = digits > 0 && text[digits] === ':';
  const rest = hasEpoch ? text.slice(digits + 1) : text;
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: hasEpoch ? text.slice(0, digits) : '',
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? undefined : rest.slice(hyphen + 1),
  };
}

/**
 * Versions of Debian source and binary packages: [epoch:]upstream[-revision]; no epoch is 0, no revision is `-0`.
 * A prefix before `:` that is no number belongs to the upstream version; otherwise every string has its natural place.
 * Source: deb-version(7), Debian Policy 5.6.12, dpkg lib/dpkg/version.c.
 */
export const dpkgOrder: VersionOrder = {
  name: 'dpkg',
  compare(a, b) {
    if (a === b) return 0;
    const left = split(a);
    const right = split(b);
    return (
      compareRuns(left.epoch, 0, left.epoch.length, right.epoch, 0, right.epoch.length) ||
      compareDebianParts(left.upstream, right.upstream) ||
      compareDebianParts(left.revision ?? '', right.revision ?? '')
    );
  },
  valid(v) {
    const { epoch, upstream, revision } = split(v);
    return (
      epoch.length <= 10 &&
      Number(epoch) <= 2147483647 &&
      /^[0-9][A-Za-z0-9.+~:-]*$/.test(upstream) &&
      (revision === undefined || /^[A-Za-z0-9+.~]+$/.test(revision))
    );
  },
};
