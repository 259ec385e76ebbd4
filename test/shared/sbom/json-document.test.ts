import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LazyList, readJsonObject, UnsoundJson } from '../../../shared/sbom/json-document.ts';

const none = { lists: new Set<string>(), passedOver: new Set<string>() };
const listed = { lists: new Set(['list']), passedOver: new Set(['passed']) };
const whole = (value: unknown): unknown => (value instanceof LazyList ? [...value] : value);
const read = (text: string | Buffer, fields = listed) =>
  Object.fromEntries(
    Object.entries(readJsonObject(Buffer.from(text), fields)).map(([name, value]) => [name, whole(value)]),
  );

describe('a JSON object that is read in parts', () => {
  test('says what JSON.parse says, however it is written', () => {
    const fields = fc.dictionary(fc.oneof(fc.constantFrom('list', 'passed', '__proto__'), fc.string()), fc.jsonValue());
    fc.assert(
      fc.property(fields, fc.constantFrom(undefined, 1, '\t'), (value, blanks) => {
        const text = ` \n${JSON.stringify(value, undefined, blanks)}\r\n`;
        expect(read(text, none)).toEqual(JSON.parse(text));
        const { passed: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
        expect(read(text)).toEqual(rest);
      }),
    );
  });

  test('of texts with escapes and brackets in them, and names that stand twice, as JSON.parse does', () => {
    const text = '{"a\\u0062\\"]":"}\\\\","list":[1],"list":["\\\\\\"]",{"x":[]},[] , null,-1.5e+3]}';
    expect(read(text)).toEqual(JSON.parse(text));
    expect(read('{"list":{"of":"another kind"}}')).toEqual({ list: { of: 'another kind' } });
  });

  test('is refused where JSON.parse refuses it, wherever it is broken', () => {
    const sound = '{"a":{"b":[1,"x\\n",true]},"list":[{"c":null},2,"é"],"passed":[{"d":0}],"z":-0.5}';
    const refuses = (bytes: Buffer): boolean => {
      try {
        JSON.parse(bytes.toString());
        return false;
      } catch {
        return true;
      }
    };
    for (let at = 0; at < sound.length; at += 1) {
      const cut = Buffer.from(sound).subarray(0, at);
      expect(() => read(cut), cut.toString()).toThrow(UnsoundJson);
      for (const sign of ['"', '{', ']', ',', ':', 'x', '\\', '\u0000', ' ']) {
        const bytes = Buffer.from(sound);
        bytes.write(sign, at);
        if (refuses(bytes))
          expect(() => read(bytes, { ...listed, passedOver: none.passedOver }), bytes.toString()).toThrow(UnsoundJson);
      }
    }
    for (const text of [
      '',
      ' ',
      '{',
      '{}x',
      '{},{}',
      '[]',
      '{"a"}',
      '{"a":}',
      '{"list":[,]}',
      '{"list":[1,]}',
      '{"a":1,}',
      '{a:1}',
    ])
      expect(() => read(text), text).toThrow(UnsoundJson);
  });
});
