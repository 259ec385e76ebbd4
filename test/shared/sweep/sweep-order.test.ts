import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest } from '#shared/oci';
import { assumedBytes, type ListedImage, type SweepPolicy, sweepOrder } from '#shared/sweep';

const listed = (letter: string, more: Partial<ListedImage> = {}): ListedImage => ({
  registry: 'registry.test',
  repository: 'app',
  digest: `sha256:${letter.repeat(64)}` as Digest,
  tags: [letter],
  bytes: 10,
  pushedAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
const policy: SweepPolicy = { images: 'all', dailyBytes: 25 };
const letters = (items: readonly { readonly image: ListedImage }[]): string[] =>
  items.map(({ image }) => image.digest.slice(7, 8));

describe('the order of a sweep', () => {
  const images = [
    listed('a'),
    listed('b', { pushedAt: '2026-01-03T00:00:00.000Z' }),
    listed('c', { bytes: 1_000 }),
    listed('d', { pushedAt: '2026-01-02T00:00:00.000Z' }),
    listed('e', { tags: [] }),
  ];

  it('takes what runs whatever it weighs, then the newest tag, then the rest within the budget', () => {
    const running = new Set<string>([images[2]!.digest]);
    const order = sweepOrder(images, running, new Set(), { ...policy, dailyBytes: 1_025 }, 0);
    expect(letters(order.read)).toEqual(['c', 'b', 'd']);
    expect(order.read.map(({ turn }) => turn)).toEqual([0, 1, 2]);
    expect(letters(order.postponed)).toEqual(['a']);
  });

  it('keeps to what policy names', () => {
    expect(letters(sweepOrder(images, new Set(), new Set(), { images: 'running', dailyBytes: 1e9 }, 0).read)).toEqual(
      [],
    );
    expect(letters(sweepOrder(images, new Set(), new Set(), { images: 'newest', dailyBytes: 1e9 }, 0).read)).toEqual([
      'b',
    ]);
  });

  it('never goes over the day, never reads what is known, and forgets nothing', () => {
    const image = fc.record({
      letter: fc.constantFrom(...'abcdef'),
      bytes: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
      day: fc.integer({ min: 1, max: 28 }),
    });
    fc.assert(
      fc.property(
        fc.array(image),
        fc.subarray([...'abcdef']),
        fc.subarray([...'abcdef']),
        fc.integer({ min: 0, max: 100 }),
        (all, runs, knows, used) => {
          const list = all.map(({ letter, bytes, day }) => {
            const { bytes: _, ...rest } = listed(letter, { pushedAt: `2026-01-${String(day).padStart(2, '0')}` });
            return bytes === undefined ? rest : { ...rest, bytes };
          });
          const digest = (letter: string) => listed(letter).digest;
          const known = new Set<string>(knows.map(digest));
          const running = new Set<string>(runs.map(digest));
          const order = sweepOrder(list, running, known, { images: 'all', dailyBytes: 100 }, used);
          const weigh = (items: typeof order.read) =>
            items.reduce((sum, item) => sum + (item.image.bytes ?? assumedBytes), 0);
          const free = order.read.filter(({ turn }) => turn !== 0);
          if (free.length > 0) expect(used + weigh(free)).toBeLessThanOrEqual(100);
          expect(weigh(order.read)).toBe(order.bytes);
          const wanted = new Set([...order.read, ...order.postponed].map((item) => item.image.digest));
          expect(wanted).toEqual(new Set(list.map((one) => one.digest).filter((one) => !known.has(one))));
          expect(order.postponed.every(({ turn }) => turn !== 0)).toBe(true);
        },
      ),
    );
  });
});
