import type { ListedImage } from './catalogue.ts';
/** What the policy lets a sweep read. */
export interface SweepPolicy {
  /** running: only what runs; newest: and each repository's newest tag; all: and everything that has a tag */
  readonly images: 'running' | 'newest' | 'all';
  readonly dailyBytes: number;
}

/** An image to read, why, and in which turn: 0 runs, 1 newest tag, 2 the rest. */
export interface SweepItem {
  readonly image: ListedImage;
  readonly turn: 0 | 1 | 2;
  readonly why: string;
  /** though it was read by the extractors of today */
  readonly again?: true;
}

/** What a sweep reads today, in order, and what has to wait because the day's budget of bytes is used up. */
export interface SweepOrder {
  readonly read: readonly SweepItem[];
  readonly postponed: readonly SweepItem[];
  /** estimated from the listed sizes; an image without one counts as `assumedBytes` */
  readonly bytes: number;
}

/** What an image of unknown size is taken to weigh: the usual unique bytes of an application image. */
export const assumedBytes = 100_000_000;

/**
 * Which images to read: what runs first and whatever it weighs, then each repository's newest tag, then the rest by policy, within the
 * day's bytes. Pure. `known` are digests that were read by today's extractors. Source: aws.md section 11.
 */
export function sweepOrder(
  listed: readonly ListedImage[],
  running: ReadonlySet<string>,
  known: ReadonlySet<string>,
  policy: SweepPolicy,
  usedBytes: number,
): SweepOrder {
  const newest = newestTagged(listed);
  const unread = dedupe(listed.filter((image) => !known.has(image.digest)));
  const items = unread
    .map((image): SweepItem => {
      if (running.has(image.digest)) return { image, turn: 0, why: 'it runs' };
      if (newest.has(`${image.registry}/${image.repository}@${image.digest}`))
        return { image, turn: 1, why: 'the newest tag of its repository' };
      return { image, turn: 2, why: 'it has a tag' };
    })
    .filter(
      (item) =>
        item.turn === 0 ||
        (policy.images !== 'running' && item.turn === 1) ||
        (policy.images === 'all' && item.image.tags.length > 0),
    )
    .sort(
      (a, b) =>
        a.turn - b.turn ||
        compare(b.image.pushedAt ?? '', a.image.pushedAt ?? '') ||
        compare(a.image.digest, b.image.digest),
    );
  const read: SweepItem[] = [];
  const postponed: SweepItem[] = [];
  let bytes = 0;
  for (const item of items) {
    const weight = item.image.bytes ?? assumedBytes;
    if (item.turn !== 0 && usedBytes + bytes + weight > policy.dailyBytes) postponed.push(item);
    else {
      read.push(item);
      bytes += weight;
    }
  }
  return { read, postponed, bytes };
}

function newestTagged(listed: readonly ListedImage[]): Set<string> {
  const newest = new Map<string, ListedImage>();
  for (const image of listed) {
    if (image.tags.length === 0) continue;
    const repository = `${image.registry}/${image.repository}`;
    const before = newest.get(repository);
    if (before === undefined || (image.pushedAt ?? '') > (before.pushedAt ?? '')) newest.set(repository, image);
  }
  return new Set([...newest].map(([repository, image]) => `${repository}@${image.digest}`));
}

const dedupe = (listed: readonly ListedImage[]): ListedImage[] => [
  ...new Map(listed.map((image) => [`${image.registry}/${image.repository}@${image.digest}`, image])).values(),
];

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
