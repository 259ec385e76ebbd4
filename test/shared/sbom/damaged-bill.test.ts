import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as sbom from '#shared/sbom';
import { damage } from '../inventory/damage.ts';
import { fullBill } from './bills.ts';

const { looksLikeSbom, parsePurl, readCycloneDxXml, SbomError, writeBill } = sbom;
const readBill = (bytes: Buffer, about: string) => sbom.readBill(bytes, about, readCycloneDxXml);

const written = (version: sbom.SbomVersion): Buffer => Buffer.from(writeBill(fullBill, version));
const tagValue = Buffer.from(`SPDXVersion: SPDX-2.2
DataLicense: CC0-1.0
DocumentName: app
DocumentComment: <text>several
lines</text>
PackageName: libssl3
SPDXID: SPDXRef-Package-1
PackageVersion: 3.0.2-0ubuntu1.6
PackageLicenseDeclared: (MIT) AND (LicenseRef-1)
ExternalRef: PACKAGE_MANAGER purl pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.6?arch=amd64&distro=ubuntu-22.04
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-Package-1
`);
const statement = Buffer.from(
  JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://cyclonedx.org/bom',
    predicate: JSON.parse(written({ form: 'cyclonedx-json', version: '1.6' }).toString('utf8')) as unknown,
  }),
);

const xml = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">
  <metadata><component type="container" bom-ref="image"><name>app &amp; more</name></component></metadata>
  <components>
    <component type="library"><name>@x/y</name><version>1.2.3</version><description><![CDATA[<b>]]></description>
      <licenses><license><id>MIT</id></license></licenses><purl>pkg:npm/%40x/y@1.2.3</purl>
      <properties><property name="syft:location:0:path">/app/package.json</property></properties>
    </component>
  </components>
</bom>
`);

/** Every form that is read, as tools write it. */
const documents: readonly (readonly [string, Buffer])[] = [
  ['CycloneDX 1.6', written({ form: 'cyclonedx-json', version: '1.6' })],
  ['CycloneDX 1.7', written({ form: 'cyclonedx-json', version: '1.7' })],
  ['SPDX 2.3', written({ form: 'spdx-json', version: '2.3' })],
  ['SPDX 3.0', written({ form: 'spdx-json', version: '3.0' })],
  ['SPDX 2.2 as tags and values', tagValue],
  ['an in-toto statement', statement],
  ['CycloneDX 1.6 as XML', xml],
];

describe('damaged bills of materials', () => {
  test.each(documents)('given %s, then the whole is read', (_, document) => {
    expect(readBill(document, 'app.json').bill.parts.length).toBeGreaterThan(0);
  });

  test.each(documents)(
    'given %s with any damage, then it is read or refused by a text that names it',
    (_, document) => {
      fc.assert(
        fc.property(damage(document), (bytes) => {
          looksLikeSbom(bytes.subarray(0, 4096));
          try {
            const { bill, form } = readBill(bytes, 'app.json');
            expect(form).toMatch(/^(?:CycloneDX|SPDX) \d\.\d$/);
            for (const { name, purl } of bill.parts) {
              expect(typeof name).toBe('string');
              if (purl !== undefined) parsePurl(purl);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(SbomError);
            expect(error).toMatchObject({ about: 'app.json', message: expect.stringMatching(/^app\.json: /) });
          }
        }),
        { numRuns: 150 },
      );
    },
  );

  test('given a bill in which any value has become another, then it is read or refused all the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...documents.slice(0, 4)), fc.nat(), fc.jsonValue(), ([, document], place, value) => {
        const bill = JSON.parse(document.toString('utf8')) as object;
        const holders = placesOf(bill);
        const [holder, key] = holders[place % holders.length] ?? [{}, ''];
        Object.assign(holder, { [key]: value });
        try {
          readBill(Buffer.from(JSON.stringify(bill)), 'app.json');
        } catch (error) {
          expect(error).toBeInstanceOf(SbomError);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('given any text, then parsing a package URL ends in one or in none', () => {
    const near = fc
      .array(fc.constantFrom('pkg:', 'npm', '/', '@', '%40', '%', '?', '=', '&', '#', 'a', '1.0', '%zz', ':'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), near), (text) => {
        const parsed = parsePurl(text);
        if (parsed !== undefined) expect(parsed.name).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });

  test('given all that this room offers, then what reads foreign text is tried here', () => {
    const readers = Object.keys(sbom).filter((name) => /^(?:parse|read|looks)/.test(name));
    expect(readers.sort()).toEqual(['looksLikeSbom', 'parsePurl', 'readBill', 'readCycloneDxXml']);
  });
});

/** Every place of a value in a document, as the object or list that holds it and its key. */
function placesOf(value: unknown): [object, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): [object, string][] => [[value, key], ...placesOf(inner)]);
}
