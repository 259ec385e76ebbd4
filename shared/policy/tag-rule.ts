import { globMatches } from './glob.ts';
import { plainRegexp } from './plain-regexp.ts';
import { compareVersions, inRange, parseRange, parseVersion } from './semver-range.ts';
import type { NewerRule, Policy } from './types.ts';

// cosign and referrers write such tags; they name no image to run
const notAnImage = /^sha(256|512)-[0-9a-f]{64,128}(\.[a-z]+)?$/;

/** Reads the tags part of a rule. Throws RangeSyntaxError or PlainRegexpError. */
export function tagChooser(tags: string): (all: readonly string[]) => string[] {
  const [, kind = 'semver', text = tags] = /^(semver|glob|regexp):(.*)$/s.exec(tags) ?? [];
  const images = (all: readonly string[]): string[] =>
    [...new Set(all)].filter((tag) => tag.length <= 128 && !notAnImage.test(tag));
  if (kind === 'glob') return (all) => images(all).filter((tag) => globMatches(text, tag));
  if (kind === 'regexp') {
    const matches = plainRegexp(text);
    return (all) => images(all).filter(matches);
  }
  const range = parseRange(text);
  return (all) =>
    images(all)
      .flatMap((tag) => {
        const version = parseVersion(tag);
        return version !== undefined && inRange(range, version) ? [{ tag, version }] : [];
      })
      .sort((a, b) => compareVersions(b.version, a.version) || (a.tag < b.tag ? -1 : 1))
      .map(({ tag }) => tag);
}

/** The first rule that names a repository for *newer*; undefined: only tags with the same application are eligible there (design decision 16). */
export const tagRule = (policy: Pick<Policy, 'newer'>, repository: string): NewerRule | undefined =>
  policy.newer.find((rule) => globMatches(rule.repository, repository));

/** The tags that a rule makes eligible; a semver range gives the newest first, the others keep the order. Signatures and attestations are no candidates. */
export const eligibleTags = (rule: NewerRule, tags: readonly string[]): string[] => tagChooser(rule.tags)(tags);
