import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonMembers } from '../../../../shared/advisories/feeds/json-members.ts';

async function members(text: string, size: number, most?: number): Promise<(readonly [string, unknown])[]> {
  const bytes = Buffer.from(text);
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const found: (readonly [string, unknown])[] = [];
  for await (const member of jsonMembers(pieces(), 'feed.json', most)) found.push(member);
  return found;
}

describe('the members of a large JSON object', () => {
  test('are those that JSON.parse has, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom(undefined, 1),
        async (value, size, indent) => {
          const text = JSON.stringify(value, undefined, indent);
          expect(await members(text, size)).toEqual(Object.entries(JSON.parse(text) as object));
        },
      ),
    );
  });

  test('of one that is cut anywhere are refused', async () => {
    const text = '{"a":{"b":["}",1]},"c":"x\\"y"}';
    for (let length = 0; length < text.length; length += 1)
      await expect(members(text.slice(0, length), 3)).rejects.toMatchObject({ code: 'broken-archive' });
    expect(await members(text, 3)).toEqual([
      ['a', { b: ['}', 1] }],
      ['c', 'x"y'],
    ]);
  });

  test('that do not end are given up', async () => {
    await expect(members(`{"a":"${'x'.repeat(2_000)}"}`, 100, 1_000)).rejects.toThrow('more than 1000 bytes');
  });
});
