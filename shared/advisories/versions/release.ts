import { compareNumbers, stripZeros } from './digits.ts';
import { compareText, type Sign, type VersionOrder } from './order.ts';
import { remembered } from './remembered.ts';

/** A word of a stage before the release, a number, or a letter behind it: in this order; what is missing is the number 0. */
interface Part {
  readonly rank: 0 | 1 | 2;
  readonly text: string;
}

const missing: Part = { rank: 1, text: '' };
const stages: ReadonlySet<string> = new Set(['dev', 'alpha', 'beta', 'pre', 'rc']);

const partsOf = remembered((version: string): readonly Part[] =>
  (version.slice(Math.max(0, version.search(/\d/))).match(/\d+|[a-z]+/gi) ?? []).map((run) => {
    if (/\d/.test(run)) return { rank: 1, text: stripZeros(run) };
    const word = run.toLowerCase();
    return stages.has(word) ? { rank: 0, text: word.replace('dev', '') } : { rank: 2, text: word };
  }),
);

function compareParts(a: Part, b: Part): Sign {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  return a.rank === 1 ? compareNumbers(a.text, b.text) : compareText(a.text, b.text);
}

/**
 * Releases of projects that number them each in its own way and all by this rule: numbers count, a letter behind one is a later release (`1.1.1` < `1.1.1a` <
 * `1.1.1z` < `1.1.1za`, as OpenSSL's "Version numbering" has it; `9.9p1` < `9.9p2`), dev, alpha, beta, pre and rc are earlier; signs only separate, and what
 * stands before the first number is a name.
 */
export const releaseOrder: VersionOrder = {
  name: 'releases',
  compare(a, b) {
    if (a === b) return 0;
    const [left, right] = [partsOf(a), partsOf(b)];
    for (let at = 0; at < left.length || at < right.length; at += 1) {
      const sign = compareParts(left[at] ?? missing, right[at] ?? missing);
      if (sign !== 0) return sign;
    }
    return 0;
  },
  valid(v) {
    return /^(?:[a-z]{1,20}[-_.])?v?\d[\w.-]*$/i.test(v);
  },
};
