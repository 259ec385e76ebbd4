import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapedJson } from '#shared/sbom';

const isHarmless = (character: string): boolean => character === '\n' || !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character);

describe('JSON that is shown', () => {
  test('given each character there is, then it is an escape when it controls or formats, else itself', () => {
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const character = String.fromCodePoint(code);
      const written = escapedJson(`a${character}z`);
      const isItself = written === `a${character}z`;
      if (isItself !== isHarmless(character)) throw new Error(`U+${code.toString(16)} is written as ${written}`);
    }
  });

  test('given any text, then it reads as the same, and nothing in it is left that controls or formats', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = escapedJson(JSON.stringify(text));
        expect(JSON.parse(json)).toBe(text);
        expect([...json].every(isHarmless)).toBe(true);
      }),
    );
  });
});
