import { compareNumbers, isNumber, stripZeros } from './digits.ts';
import { compareText, type Sign, type VersionOrder } from './order.ts';

function compareParts(a: string, b: string): Sign {
  const aNumber = isNumber(a);
  if (aNumber !== isNumber(b)) return aNumber ? 1 : -1;
  return aNumber ? compareNumbers(stripZeros(a), stripZeros(b)) : compareText(a, b);
}

/** Lists of numbers, the longer of two equal beginnings last (1.0 < 1.0.0); a part that is no number lies below all numbers. */
function numberListOrder(name: string, separators: RegExp, wellFormed: RegExp): VersionOrder {
  return {
    name,
    compare(a, b) {
      if (a === b) return 0;
      const left = a.trim().split(separators);
      const right = b.trim().split(separators);
      const length = Math.min(left.length, right.length);
      for (let i = 0; i < length; i++) {
        const sign = compareParts(left[i] ?? '', right[i] ?? '');
        if (sign !== 0) return sign;
      }
      return left.length === right.length ? 0 : left.length < right.length ? -1 : 1;
    },
    valid(v) {
      return wellFormed.test(v);
    },
  };
}

/** CRAN: at least two numbers, between them `.` or `-`, which are alike. Source: R `package_version`, "Writing R Extensions" 1.1.1. */
export const cranOrder: VersionOrder = numberListOrder('cran', /[.-]/, /^[0-9]+(?:[.-][0-9]+)+$/);

/** Hackage: numbers between dots. Source: Cabal's Distribution.Types.Version, pvp.haskell.org. */
export const hackageOrder: VersionOrder = numberListOrder('hackage', /\./, /^[0-9]+(?:\.[0-9]+)*$/);
