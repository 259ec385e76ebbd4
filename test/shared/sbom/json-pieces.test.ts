import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compactPieces, Fields, Listed, prettyPieces } from '../../../shared/sbom/json-pieces.ts';

/** The same value with lists and objects that are made while they are written. */
function streamed(value: unknown): unknown {
  if (Array.isArray(value)) return new Listed(() => value.map(streamed));
  if (typeof value !== 'object' || value === null) return value;
  return new Fields(() => Object.entries(value).map(([name, field]) => [name, streamed(field)] as const));
}

/** Every second level as it is, so that plain values lie in lists that are made and the other way round. */
function partly(value: unknown, made: boolean): unknown {
  if (!made || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return new Listed(() =>
      value.map((item, at) => (at % 2 === 0 && typeof item === 'object' ? partly(item, true) : item)),
    );
  return new Fields(() => Object.entries(value).map(([name, field], at) => [name, partly(field, at % 2 === 0)]));
}

const json = fc.jsonValue({ maxDepth: 5 });

describe('JSON in pieces', () => {
  test('is what JSON.stringify writes, compact and pretty, whatever of it is made while it is written', () => {
    fc.assert(
      fc.property(json, (value) => {
        for (const given of [value, streamed(value), partly(value, true)]) {
          expect([...compactPieces(given)].join('')).toBe(JSON.stringify(value));
          expect([...prettyPieces(given)].join('')).toBe(JSON.stringify(value, undefined, 2));
        }
      }),
    );
  });

  test('of a long list comes in many pieces', () => {
    const value = { list: Array.from({ length: 1000 }, (_, at) => ({ at, text: 'line\nbreak', inner: [at, {}] })) };
    const pieces = [...prettyPieces(new Fields(() => [['list', new Listed(() => value.list)]]))];
    expect(pieces.join('')).toBe(JSON.stringify(value, undefined, 2));
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(pieces.join('').length / 3);
  });

  test('leaves out undefined fields, and asks for a field only when those before it are written', () => {
    const seen: number[] = [];
    const value = new Fields(function* () {
      yield [
        'items',
        new Listed(function* () {
          for (const each of [1, 2]) {
            seen.push(each);
            yield each;
          }
        }),
      ];
      yield ['none', undefined];
      yield ['sum', seen.reduce((a, b) => a + b, 0)];
    });
    expect([...compactPieces(value)].join('')).toBe('{"items":[1,2],"sum":3}');
  });
});
