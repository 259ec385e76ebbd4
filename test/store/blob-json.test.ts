import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packJson, unpackJson } from '#shared/store';

describe('packed JSON', () => {
  it('gives back every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(unpackJson(packJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses a bomb before it is unpacked', () => {
    const bomb = zstdCompressSync(`"${'0'.repeat(50_000_000)}"`);
    expect(bomb.length).toBeLessThan(10_000);
    expect(() => unpackJson(bomb, 1_000_000)).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(() => unpackJson(packJson('x'.repeat(998)), 1000)).not.toThrow();
  });

  it('calls everything else corrupt', () => {
    const packed = packJson({ layers: ['a'.repeat(500)] });
    const flipped = Buffer.from(packed);
    flipped[packed.length - 6]! ^= 0xff;
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('{}'),
      packed.subarray(0, packed.length - 3),
      flipped,
      zstdCompressSync('{"half":'),
    ]) {
      expect(() => unpackJson(bytes)).toThrow(expect.objectContaining({ code: 'corrupt' }));
    }
  });

  it('has no form for undefined', () => {
    expect(() => packJson(undefined)).toThrow(expect.objectContaining({ code: 'bad-item' }));
  });
});
