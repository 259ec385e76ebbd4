import { describe, expect, test } from 'vitest';
import { inventoryOfBill } from '#shared/inventory';
import { digestOf } from '#shared/oci';
import { readBill, readCycloneDxXml } from '#shared/sbom';
import { keptSyftBills, keyDifferences } from './syft-bills.ts';

const bills = keptSyftBills();

describe('bills that Syft wrote', () => {
  test.each(bills)('$image as $form has the package keys that reading the image gives', async (bill) => {
    expect(await keyDifferences(bill)).toEqual([]);
  });

  test.each(bills)(
    '$image as $form says what it is of, of which system, and where packages lie',
    ({ image, form, bytes }) => {
      const read = readBill(bytes, form, readCycloneDxXml);
      const inventory = inventoryOfBill(read, { digest: digestOf(bytes), size: bytes.length });
      expect(inventory.origin).toMatchObject({ kind: 'sbom', tool: expect.stringMatching(/^syft/) });
      expect(read.form.toLowerCase()).toBe(form.replace(/-.*@/, ' '));
      expect(inventory.distribution?.id).toBe(image);
      expect(read.bill.subject.name).toBe(image);
      expect(inventory.packages.filter(({ path }) => path === '')).toEqual([]);
    },
  );
});
