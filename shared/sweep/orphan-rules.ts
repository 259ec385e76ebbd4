import type { ProblemKey } from '#shared/findings';
import type { Workload } from '#shared/fleet';
import { type Item, type Key, keys, type Range, unpart } from '#shared/store';

/**
 * How a kind of row is known to be an orphan: written as a child of something that was never written after it, or is gone (design decision 3).
 * Whoever writes such a row writes it anew with its `token`, so that taking away by the token never takes what somebody wrote meanwhile.
 */
export interface OrphanRule {
  /** the attribute that differs in every writing; a time (ISO) unless `ageless` */
  readonly token: string;
  readonly ageless?: true;
  /** the row that keeps it */
  readonly parent?: (item: Item) => Key;
  /** whether the parent that is there does keep it; absent: its being there does */
  readonly holds?: (item: Item, parent: Item) => boolean;
  /** any row in one of these keeps it too */
  readonly near?: (item: Item) => readonly Range[];
  /**
   * others rely on it without writing it anew: it is marked as leaving first, then asked for once more. Whoever relies on it writes what keeps it, then
   * looks at it, and writes it anew when it is leaving.
   */
  readonly marked?: true;
}

const tail = (text: string): string => text.slice(2);
const within = (pk: string, ...prefixes: readonly string[]): readonly Range[] =>
  prefixes.map((prefix) => ({ pk, prefix }));
/** The edges of a package version are before its judgements in one partition; both begin their sort keys by it. */
const versionOf = (item: Item): string => tail(item.sk).split('#')[0] ?? '';

const byWorkload: OrphanRule = { token: 'readAt', parent: (item) => keys.workload(String(item.workload)) };

/** Kept by its workload; its token is no time, but whoever writes such a row has the workload's before him. */
const byGone = (token: string): OrphanRule => ({
  token,
  ageless: true,
  parent: ({ pk }) => keys.workload(unpart(tail(pk))),
});

/** The rules, by what the partition and the sort key begin with. A kind that is not here is nobody's child, or is looked after by its own room. */
export const orphanRules: Readonly<Record<string, OrphanRule>> = {
  // an image that was read and never got a place, since the scan was cut in between and never came again
  'I A': { token: 'readAt', near: ({ pk }) => within(pk, 'R#', 'W#', 'X#') },
  'I R': {
    token: 'readAt',
    parent: ({ pk, registry, repository }) => keys.repositoryImage(String(registry), String(repository), tail(pk)),
  },
  // what an index lists, for as long as the index lies anywhere
  'I C': { token: 'readAt', near: ({ pk }) => within(pk, 'R#', 'W#') },
  'I X': { token: 'readAt', parent: ({ pk, index }) => keys.indexChild(String(index), tail(pk)) },
  'I W': {
    ...byWorkload,
    holds: ({ pk }, { workload }) => (workload as Workload).runningDigests.some((digest) => digest === tail(pk)),
  },
  'I L': { token: 'at', near: ({ pk }) => within(pk, 'A', 'C#', 'R#', 'W#') },
  'S I': {
    token: 'at',
    parent: ({ digest }) => keys.image(String(digest)),
    // an image that was read again, by newer extractors, may have other sets
    holds: ({ pk }, { sets }) => Array.isArray(sets) && sets.includes(tail(pk)),
  },
  'S A': { token: 'at', marked: true, near: ({ pk }) => within(pk, 'I#', 'W#') },
  'N E': {
    token: 'at',
    parent: ({ set }) => keys.set(String(set)),
    near: ({ set }) => within(keys.set(String(set)).pk, 'I#', 'W#'),
  },
  'N V': {
    token: 'generation',
    ageless: true,
    marked: true,
    near: (item) => within(item.pk, `E#${versionOf(item)}#`),
  },
  'FLEET W': byWorkload,
  'R W': byWorkload,
  // what hung on a workload that was forgotten; its problems and sets let it go before
  'W P': byGone('rev'),
  'W R': byGone('rev'),
  'W N': byGone('rollout'),
  'W H': byGone('definition'),
  'W D': byGone('until'),
  // the record of an alert, whose problem was forgotten
  'A A': {
    token: 'rev',
    ageless: true,
    parent: ({ record }) => {
      const { finding, shard, name } = (record as { readonly alert: { readonly key: ProblemKey } }).alert.key;
      return keys.problem(finding, shard, name);
    },
  },
  'P L': { token: 'plan', ageless: true, parent: ({ plan }) => keys.plan(String(plan)) },
  'L B': { token: 'at', parent: ({ pk }) => keys.plan(unpart(tail(pk))) },
};

/** The rule of a row, if it has one; a row without its token is none of ours, and is left as it is. */
export function ruleOf(item: Item): OrphanRule | undefined {
  const kind = `${item.pk.split('#')[0]} ${item.sk.split('#')[0]}`;
  const rule = Object.hasOwn(orphanRules, kind) ? orphanRules[kind] : undefined;
  return rule !== undefined && item[rule.token] !== undefined ? rule : undefined;
}
