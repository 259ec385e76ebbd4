import { compareNumbers, digitsEnd, isDigit, isLetter, stripZeros } from './digits.ts';
import { compareText, type Sign, type VersionOrder } from './order.ts';

/** The platform that lock files and advisories append to the version of a gem with binaries: `-x86_64-linux`, `-java`. */
const PLATFORM =
  /-(?:x86|x64|i[3-6]86|amd64|arm|aarch64|universal|powerpc|ppc|s390x|riscv64|java|jruby|mswin|mingw|darwin|linux|ruby)(?:[-_0-9.][-_0-9a-z.]*)?$/;

function withoutPlatform(version: string): string {
  const hyphen = version.indexOf('-');
  if (hyphen <= 0) return version;
  return PLATFORM.test(version.slice(hyphen, hyphen + 64)) ? version.slice(0, hyphen) : version;
}

/** Drops the zeros at the end, which are the same as nothing; zero is the empty string. */
function dropZeros(segments: string[]): string[] {
  while (segments.at(-1) === '') segments.pop();
  return segments;
}

/** Runs of digits and of letters; the zeros before the first letters and at the end drop out (1.0.a = 1.a). */
function parse(version: string): readonly string[] {
  const text = withoutPlatform(version.trim());
  let segments: string[] = [];
  let numbers: string[] | undefined;
  const addWord = (word: string): void => {
    if (numbers === undefined) {
      numbers = dropZeros(segments);
      segments = [];
    }
    segments.push(word);
  };
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    let end = at + 1;
    if (isDigit(code)) {
      end = digitsEnd(text, at);
      segments.push(stripZeros(text.slice(at, end)));
    } else if (isLetter(code)) {
      while (isLetter(text.charCodeAt(end))) end++;
      addWord(text.slice(at, end));
    } else if (text[at] === '-') {
      addWord('pre');
    }
    at = end;
  }
  const rest = dropZeros(segments);
  return numbers === undefined ? rest : [...numbers, ...rest];
}

function compareSegments(a: string, b: string): Sign {
  const aNumber = a === '' || isDigit(a.charCodeAt(0));
  const bNumber = b === '' || isDigit(b.charCodeAt(0));
  if (aNumber !== bNumber) return aNumber ? 1 : -1;
  return aNumber ? compareNumbers(a, b) : compareText(a, b);
}

/**
 * RubyGems: segments in turn, a missing one is 0, letters come before numbers, so that they mark pre-releases; a hyphen
 * reads `.pre.`. A platform suffix is no part of the version. Characters other than ASCII letters and digits only
 * separate. Source: rubygems lib/rubygems/version.rb (canonical_segments, <=>).
 */
export const rubygemsOrder: VersionOrder = {
  name: 'rubygems',
  compare(a, b) {
    if (a === b) return 0;
    const left = parse(a);
    const right = parse(b);
    const length = Math.max(left.length, right.length);
    for (let i = 0; i < length; i++) {
      const sign = compareSegments(left[i] ?? '', right[i] ?? '');
      if (sign !== 0) return sign;
    }
    return 0;
  },
  valid(v) {
    return /^[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*)?$/.test(v);
  },
};
