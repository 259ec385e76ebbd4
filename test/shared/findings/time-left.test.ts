import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReadAt, timeLeft } from '#shared/findings';

const now = new Date('2026-01-01T12:00:00.000Z');
/** Read so many seconds ago. */
const ago = (seconds: number, bytes = 100e6): ReadAt => ({
  readAt: new Date(now.getTime() - seconds * 1_000).toISOString(),
  bytes,
});

describe('how long reading what runs still takes', () => {
  it('is its bytes at the pace that was measured', () => {
    // 300 MB in 60 s leave 120 s for 600 MB
    expect(timeLeft([ago(60), ago(40), ago(20)], [400e6, 200e6], now)).toEqual({ seconds: 120 });
  });

  it('counts an image of unknown size as the mean of the others, or of those just read', () => {
    expect(timeLeft([ago(60), ago(30)], [300e6, undefined], now)).toEqual({ seconds: 180 });
    expect(timeLeft([ago(60), ago(30)], [undefined, undefined], now)).toEqual({ seconds: 60 });
  });

  it('does not take the pace of yesterday for the one of now', () => {
    const before = Array.from({ length: 50 }, () => ago(86_400));
    expect(timeLeft([...before, ago(60), ago(30)], [200e6], now)).toEqual({ seconds: 60 });
    expect(timeLeft(before, [200e6], now)).toEqual({ unknown: 'nothing was read in the last 15 min' });
  });

  it.each([
    ['nothing', []],
    ['one image', [ago(60)]],
    ['two images a moment ago', [ago(3), ago(2)]],
    ['two images without a byte', [ago(60, 0), ago(30, 0)]],
  ])('is unknown after %s', (_, read) => {
    expect(timeLeft(read, [1e6], now)).toEqual({ unknown: expect.any(String) });
  });

  it('is nothing when nothing is left', () => {
    expect(timeLeft([], [], now)).toEqual({ seconds: 0 });
  });

  it('is never negative or endless', () => {
    const size = fc.option(fc.nat(1e12), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -100, max: 2_000 }), fc.nat(1e12))),
        fc.array(size),
        (read, unread) => {
          const left = timeLeft(
            read.map(([seconds, bytes]) => ago(seconds, bytes)),
            unread,
            now,
          );
          if ('seconds' in left) expect(left.seconds).toSatisfy((n) => Number.isFinite(n) && n >= 0);
        },
      ),
    );
  });
});
