import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteText } from '../../../../shared/inventory/classifiers/byte-text.ts';
import { products } from '../../../../shared/inventory/classifiers/index.ts';

const letters = fc.constantFrom('V', 'e', '.', '\0', '\xff');
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Every place of a text in bytes, one after the other. */
function placesOf(find: (from: number) => number): number[] {
  const places: number[] = [];
  for (let at = find(0); at >= 0; at = find(at + 1)) places.push(at);
  return places;
}

test('a text is found where Buffer.indexOf finds it, from everywhere on', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: letters, minLength: 1, maxLength: 12 }),
      fc.array(fc.oneof(fc.string({ unit: letters, maxLength: 6 }), fc.constant(undefined)), { maxLength: 8 }),
      fc.nat(4),
      (text, around, cut) => {
        // whole texts, and some that are cut, between others that are made of the same letters
        const content = around.map((part, at) => part ?? (at % 2 === 0 ? text : text.slice(cut))).join('');
        const view = bytesOf(content);
        const searched = new ByteText(text);

        for (let from = 0; from <= view.length + 1; from += 1) {
          expect(searched.indexIn(view, from)).toBe(view.indexOf(bytesOf(text), from));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('every anchor and proof of the table is found in bytes made of its parts', () => {
  for (const { classifiers } of products) {
    for (const { marks, proofs = [] } of classifiers) {
      for (const text of [...marks.map(({ anchor }) => anchor), ...proofs]) {
        const parts = Array.from(text, (_, at) => `${text.slice(at)}\0${text.slice(0, at)}\x01`).join('');
        const view = bytesOf(`${parts}${text}${parts}`);
        const searched = new ByteText(text);

        expect(placesOf((from) => searched.indexIn(view, from))).toEqual(
          placesOf((from) => view.indexOf(bytesOf(text), from)),
        );
      }
    }
  }
});

test('a text is still found behind more places that look like it than are compared', () => {
  const text = 'moduleLoadList';
  const decoys = 'moduleLoadLis_'.repeat(70_000);
  const view = bytesOf(`${decoys}${text}${decoys}${text}`);
  const searched = new ByteText(text);

  expect(placesOf((from) => searched.indexIn(view, from))).toEqual([decoys.length, 2 * decoys.length + text.length]);
});
