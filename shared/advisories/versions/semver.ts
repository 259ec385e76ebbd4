import { compareNumberLists, compareNumbers, digitsEnd, isDigit, isNumber, stripZeros } from './digits.ts';
import { compareText, type Sign, type VersionOrder } from './order.ts';

interface ParsedSemver {
  /** numbers without leading zeros */
  readonly core: readonly string[];
  /** dot-separated identifiers; empty: a release */
  readonly pre: string;
  readonly build: string;
}

/**
 * Reads tolerantly: leading `=`, `v`; any count of numbers; leading zeros; what follows the numbers without a hyphen
 * (`1.2.3rc1`, `1.0.beta`) is a pre-release. No number at all is 0 with the text as pre-release.
 */
function parse(version: string): ParsedSemver {
  const text = version.trim();
  let at = text.startsWith('=') ? 1 : 0;
  if ((text[at] === 'v' || text[at] === 'V') && isDigit(text.charCodeAt(at + 1))) at++;
  const core: string[] = [];
  while (isDigit(text.charCodeAt(at))) {
    const end = digitsEnd(text, at);
    core.push(stripZeros(text.slice(at, end)));
    at = text[end] === '.' && isDigit(text.charCodeAt(end + 1)) ? end + 1 : end;
  }
  const plus = text.indexOf('+', at);
  const rest = plus < 0 ? text.slice(at) : text.slice(at, plus);
  return {
    core,
    pre: rest.startsWith('-') || rest.startsWith('.') ? rest.slice(1) : rest,
    build: plus < 0 ? '' : text.slice(plus + 1),
  };
}

/** Numbers by value, below text; text by code unit; the shorter of two equal beginnings first (semver.org, rule 11). */
function compareIdentifiers(a: string, b: string): Sign {
  if (a === b) return 0;
  const left = a.split('.');
  const right = b.split('.');
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const x = left[i] ?? '';
    const y = right[i] ?? '';
    if (x === y) continue;
    const xNumber = isNumber(x);
    if (xNumber !== isNumber(y)) return xNumber ? -1 : 1;
    const sign = xNumber ? compareNumbers(stripZeros(x), stripZeros(y)) : compareText(x, y);
    if (sign !== 0) return sign;
  }
  return left.length === right.length ? 0 : left.length < right.length ? -1 : 1;
}

const WELL_FORMED =
  /^[vV]?[0-9]+(?:\.[0-9]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** How a family member departs from semver.org. */
export interface SemverDialect {
  /** build metadata breaks ties (Pub) */
  readonly buildCounts?: boolean;
  /** identifiers ignore case (NuGet) */
  readonly foldCase?: boolean;
  /** brings a notation of its own into semver's */
  rewrite?(version: string): string;
}

/** An order of the semver family. Missing numbers are 0, pre-releases come before their release, a pre-release is in range like any other version. */
export function semverFamily(name: string, dialect: SemverDialect = {}): VersionOrder {
  const read = (version: string): ParsedSemver => {
    const written = dialect.rewrite?.(version) ?? version;
    return parse(dialect.foldCase === true ? written.toLowerCase() : written);
  };
  return {
    name,
    compare(a, b) {
      if (a === b) return 0;
      const left = read(a);
      const right = read(b);
      const core = compareNumberLists(left.core, right.core);
      if (core !== 0) return core;
      if ((left.pre === '') !== (right.pre === '')) return left.pre === '' ? 1 : -1;
      const pre = compareIdentifiers(left.pre, right.pre);
      if (pre !== 0 || dialect.buildCounts !== true) return pre;
      if ((left.build === '') !== (right.build === '')) return left.build === '' ? -1 : 1;
      return compareIdentifiers(left.build, right.build);
    },
    valid(v) {
      return WELL_FORMED.test(dialect.rewrite?.(v) ?? v);
    },
  };
}

/**
 * npm, crates.io, Bitnami, SwiftURL, Hex, GitHub Actions and others: Semantic Versioning 2.0.0, read tolerantly
 * because advisories hold `1.2`, four parts and leading zeros. A string without a number orders as a pre-release of 0.
 */
export const semverOrder: VersionOrder = semverFamily('semver');

/** Go tags (`go1.21rc2`, `1.21beta1`) as golang/vulndb writes them in semver: `1.21-rc.2`. */
function goTag(version: string): string {
  const text = version.startsWith('go') ? version.slice(2) : version;
  const tag = /^(v?[0-9]{1,9}(?:\.[0-9]{1,9}){0,2})(rc|beta|alpha)([0-9]{1,9})$/.exec(text);
  return tag === null ? text : `${tag[1]}-${tag[2]}.${tag[3]}`;
}

/**
 * Go modules and the toolchain: semver; pseudo-versions (`v0.0.0-20210101000000-abcdef123456`) are pre-releases by
 * construction, `+incompatible` is build metadata. Source: go.dev/ref/mod#versions, golang.org/x/mod/semver.
 */
export const goOrder: VersionOrder = semverFamily('go', { rewrite: goTag });

/** Pub: semver where build metadata counts, after the release it belongs to. Source: dart.dev pub_semver, Version.compareTo. */
export const pubOrder: VersionOrder = semverFamily('pub', { buildCounts: true });

/**
 * Julia: semver where build numbers count, because packages of binaries are rebuilt under the version of what they bring (`2.13.4+0`, then `2.13.4+1`). OSV's own
 * server ignores them. Source: docs.julialang.org, VersionNumber.
 */
export const juliaOrder: VersionOrder = semverFamily('julia', { buildCounts: true });

/** NuGet: up to four numbers, identifiers without case, metadata ignored. Source: learn.microsoft.com/nuget/concepts/package-versioning. */
export const nugetOrder: VersionOrder = semverFamily('nuget', { foldCase: true });

/** Kernels: `v6.1-rc10` is a pre-release by its number, which semver would read as text. */
const kernelTag = (version: string): string => version.replace(/-rc(?=[0-9])/, '-rc.');

/** Linux: the kernel's own versions, `2.6.12.3`, `6.1`, `v5.4.195`, `6.1-rc1`. Source: kernel.org, tags of the stable tree. */
export const linuxOrder: VersionOrder = semverFamily('linux', { rewrite: kernelTag });
