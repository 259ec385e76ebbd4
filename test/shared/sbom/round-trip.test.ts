import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bill, type BillPart, readBill, type SbomVersion, writeBill } from '#shared/sbom';
import { everyVersion, fullBill } from './bills.ts';

const again = (bill: Bill, version: SbomVersion): Bill =>
  readBill(Buffer.from(writeBill(bill, version)), 'a test').bill;
/** What advisories judge by, and where it is; licences and suppliers take the spelling of each form. */
const essence = ({ parts, ...rest }: Bill) => ({
  ...rest,
  parts: parts.map(({ licenses: _, supplier: __, ...part }) => part),
});

describe.each(everyVersion)('a bill that was written as $form $version', (version) => {
  test('is read as the same bill', () => {
    const read = again(fullBill, version);
    expect(essence(read)).toEqual(essence(fullBill));
    const [perl, scoped, requests] = read.parts;
    expect(perl?.supplier).toBe('Niko Tyni <ntyni@debian.org>');
    expect(scoped?.licenses).toEqual(['(MIT OR Apache-2.0) AND GPL-2.0+ WITH Classpath-exception-2.0']);
    expect(requests?.licenses).toEqual(['Apache 2.0', 'MIT']);
  });

  test('is read as the same bill, whatever names and paths are', () => {
    const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    const part: fc.Arbitrary<BillPart> = fc
      .record({ name: word, version: word, path: word, source: word, key: word })
      .map((fields) => ({ ...fields, path: `a${fields.path}`, licenses: [] }));
    fc.assert(
      fc.property(
        fc.uniqueArray(part, { selector: (each) => JSON.stringify(each), maxLength: 5 }),
        word,
        (parts, text) => {
          const bill = { ...fullBill, parts, gaps: [{ code: 'limit', text }] };
          expect(essence(again(bill, version))).toEqual(essence(bill));
        },
      ),
      { numRuns: 60 },
    );
  });
});
