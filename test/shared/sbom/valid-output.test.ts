import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { billOfInventory } from '#shared/inventory';
import { type Bill, type BillPart, type SbomForm, type SbomVersion, sbomVersion, writeBill } from '#shared/sbom';
import { exceptionIds, licenseIds } from '../../../shared/sbom/license-ids.ts';
import { everyDistribution, inventoryOfEverything } from '../inventory/every-package.ts';
import { emptyBill, everyVersion, fullBill } from './bills.ts';
import { listedLicenses, schemaErrors } from './official-schemas.ts';
import { flaws, purlFlaws } from './soundness.ts';

const written = (bill: Bill, version: SbomVersion): unknown => JSON.parse(writeBill(bill, version));
const wrong = (document: unknown, version: SbomVersion): readonly string[] => [
  ...schemaErrors(document, version),
  ...flaws(document, version),
];

const bills = await Promise.all(
  everyDistribution.map(async (id) => {
    const inventory = await inventoryOfEverything(id);
    const bill = billOfInventory(inventory, {
      name: `registry.example:5000/team/${id}:1.2`,
      digest: inventory.image,
      platform: 'linux/arm64/v8',
      tool: { name: 'drydock', version: '0.1.0' },
      files: true,
    });
    return { id, bill };
  }),
);

describe.each(everyVersion)('$form $version', (version) => {
  test.each([...bills, { id: 'hostile text', bill: fullBill }, { id: 'nothing', bill: emptyBill }])(
    'of an image of $id is valid by the official schema, and sound',
    ({ bill }) => {
      expect(wrong(written(bill, version), version)).toEqual([]);
    },
  );

  test('is so whatever stands in names, versions, licences, suppliers and paths', () => {
    const word = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        fc.constantFrom('\ud800', '(', ')', '"'),
      ),
      maxLength: 12,
    });
    const expression = fc
      .array(
        fc.constantFrom(
          'MIT',
          'apache-2.0',
          'GPL-2.0+',
          'GPL-2.0-only',
          'WITH',
          'Classpath-exception-2.0',
          'AND',
          'or',
          '(',
          ')',
        ),
        { maxLength: 7 },
      )
      .map((words) => words.join(' '));
    const part: fc.Arbitrary<BillPart> = fc.record(
      {
        name: word,
        version: word,
        licenses: fc.array(fc.oneof(word, expression), { maxLength: 4 }),
        supplier: word,
        path: word,
        source: word,
        key: word,
        cpe: fc.constant('cpe:2.3:a:f5:nginx:1.25.3:*:*:*:*:*:*:*'),
        purl: fc.constantFrom('pkg:npm/%40a/b@1', 'pkg:deb/debian/a@1:2%2B3?arch=amd64&distro=debian-12'),
      },
      { requiredKeys: ['name', 'version', 'licenses'] },
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), word, fc.boolean(), (parts, name, isLong) => {
        const digest = isLong ? `sha512:${'0a'.repeat(64)}` : `sha256:${'0a'.repeat(32)}`;
        const bill: Bill = { ...fullBill, subject: { name, digest }, parts, gaps: [{ code: 'limit', text: name }] };
        expect(wrong(written(bill, version), version)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

test.each(everyVersion)('$form $version: a package URL of somebody else is written as signs of a URL', (version) => {
  const purl = 'pkg:npm/a b\u{1f433}\ud800\n@1';
  const text = writeBill({ ...emptyBill, parts: [{ name: 'a', version: '1', licenses: [], purl }] }, version);
  expect(schemaErrors(JSON.parse(text), version)).toEqual([]);
  expect(text).toContain('"pkg:npm/a%20b%F0%9F%90%B3%EF%BF%BD%0A@1"');
});

describe('the check itself', () => {
  const broken: readonly (readonly [SbomForm, string, (text: string) => string, RegExp])[] = [
    [
      'cyclonedx-json',
      '1.6',
      (text) => text.replace('"type": "library"', '"type": "book"'),
      /type must be equal to one of/,
    ],
    ['cyclonedx-json', '1.7', (text) => text.replace('"version": 1,', '"version": "1",'), /version must be integer/],
    [
      'cyclonedx-json',
      '1.7',
      (text) => text.replace(/"bom-ref": "package-\w+"/, '"bom-ref": "image"'),
      /image is there twice/,
    ],
    ['cyclonedx-json', '1.6', (text) => text.replace('GPL-3.0-only', 'GPL-9.0-only'), /license/],
    [
      'spdx-json',
      '2.3',
      (text) => text.replace('"downloadLocation"', '"downloadFrom"'),
      /must NOT have additional properties/,
    ],
    ['spdx-json', '2.3', (text) => text.replaceAll('SPDXRef-Image', 'SPDXRef_Image'), /signs that an id must not have/],
    ['spdx-json', '2.3', (text) => text.replace('"CONTAINS"', '"HOLDS"'), /relationshipType must be equal to one of/],
    [
      'spdx-json',
      '3.0',
      (text) => text.replace('"software_primaryPurpose": "library"', '"software_primaryPurpose": "book"'),
      /must/,
    ],
    ['spdx-json', '3.0', (text) => text.replace('"hasDeclaredLicense"', '"isDeclaredLicense"'), /must/],
    ['spdx-json', '3.0', (text) => text.replace('"software_packageVersion"', '"versionInfo"'), /must/],
    ['spdx-json', '3.0', (text) => text.replace(/#supplier-\w+"/, '#nobody"'), /leads nowhere/],
  ];
  const [debian] = bills;

  test.each(broken)('sees what is broken in %s %s: %s', (form, version, damage, complaint) => {
    const chosen = sbomVersion(form, version) as SbomVersion;
    const bill = {
      ...fullBill,
      parts: [
        ...fullBill.parts,
        ...(debian?.bill.parts ?? []),
        { name: 'x', version: '1', licenses: ['GPL-3.0-only'] },
      ],
    };
    const text = writeBill(bill, chosen);
    const damaged = damage(text);
    expect(damaged).not.toBe(text);
    expect(wrong(JSON.parse(damaged), chosen).join('\n')).toMatch(complaint);
  });

  test.each([
    'pkg:npm/@scope/a@1',
    'pkg:npm/a@1+2',
    'pkg:maven/a@1',
    'pkg:PyPI/a@1',
    'pkg:pypi/A_b@1',
    'pkg:deb/a@1?distro=x&arch=y',
    'pkg:npm/a@',
  ])('takes %s for no canonical package URL', (purl) => {
    expect(purlFlaws(purl)).toHaveLength(1);
  });

  test('knows every licence and exception that is written as one of the list', () => {
    const ours = [...licenseIds.values(), ...exceptionIds.values()];
    expect(ours.filter((id) => !listedLicenses.has(id))).toEqual([]);
    expect([...listedLicenses].filter((id) => !ours.includes(id))).toEqual([]);
  });
});
