import { describe, expect, test } from 'vitest';
import { looksLikeSbom, readBill, readCycloneDxXml } from '#shared/sbom';

const read = (bytes: Buffer | string) => readBill(Buffer.from(bytes), 'a test', readCycloneDxXml);
const purlsOf = (bytes: Buffer | string) => read(bytes).bill.parts.map(({ purl }) => purl);
const purl = 'pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12';
const reference = { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl };
const spdx = {
  spdxVersion: 'SPDX-2.3',
  name: 'x',
  packages: [{ SPDXID: 'SPDXRef-1', name: 'curl', versionInfo: '7.88.1-10', externalRefs: [reference] }],
};
const tagValue = [
  '# made by hand',
  'SPDXVersion: SPDX-2.3',
  'DocumentName: x',
  'PackageName: curl',
  'SPDXID: SPDXRef-1',
  'PackageVersion: 7.88.1-10',
  'PackageComment: <text>drydock:source=curl',
  'drydock:source-version=7.88.1-10',
  'drydock:module=a:1</text>',
  `ExternalRef: PACKAGE-MANAGER purl ${purl}`,
  '',
].join('\n');
const xml = `<?xml version="1.0" encoding="UTF-16"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components>
<component type="library"><name>curl</name><version>1</version><purl>${purl.replace('&', '&amp;')}</purl></component></components></bom>`;

describe('a bill as other machines write it', () => {
  test.each(['\n', '\r\n'])('has lines that end with %j, in texts of several lines too', (end) => {
    const { bill } = read(tagValue.replaceAll('\n', end));
    expect(bill.parts).toMatchObject([{ purl, source: 'curl', sourceVersion: '7.88.1-10', module: 'a:1' }]);
  });

  const asUtf8 = (text: string): Buffer => Buffer.from(`\ufeff${text}`);
  const littleEndian = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
  const bigEndian = (text: string): Buffer => littleEndian(text).swap16();
  test.each([
    ['UTF-8', asUtf8],
    ['UTF-16, little end first', littleEndian],
    ['UTF-16, big end first', bigEndian],
  ])('begins with the mark of %s', (_, encoded) => {
    for (const text of [JSON.stringify(spdx), tagValue.replaceAll('\n', '\r\n'), xml]) {
      const bytes = encoded(text);
      expect(looksLikeSbom(bytes.subarray(0, 101))).toBe(true);
      expect(purlsOf(bytes)).toEqual([purl]);
    }
    // cut off in the middle of a character
    for (const text of [JSON.stringify(spdx), xml])
      expect(() => read(encoded(text).subarray(0, 151))).toThrow(/^a test: it is no sound/);
  });

  test('names the types of references by their addresses', () => {
    const long = { ...reference, referenceType: 'http://spdx.org/rdf/references/purl' };
    const cpe = {
      ...reference,
      referenceType: 'http://spdx.org/rdf/references/cpe23Type',
      referenceLocator: 'cpe:2.3:a',
    };
    const [curl] = spdx.packages;
    expect(purlsOf(JSON.stringify({ ...spdx, packages: [{ ...curl, externalRefs: [cpe, long] }] }))).toEqual([purl]);
  });

  test("lies in an answer of GitHub's interface", () => {
    expect(read(JSON.stringify({ sbom: spdx })).form).toBe('SPDX 2.3');
    expect(purlsOf(JSON.stringify({ sbom: spdx }))).toEqual([purl]);
    expect(() => read(JSON.stringify({ sbom: { sbom: spdx } }))).toThrow(/no bill of materials/);
  });

  test('has several contexts, and a graph that leads back to itself', () => {
    const context = ['https://spdx.org/rdf/3.0.1/spdx-context.jsonld', { own: 'https://example.com/' }];
    const graph = [
      { type: 'software_Sbom', spdxId: 's', rootElement: ['s', 'a'], element: ['s', 'a'] },
      {
        type: 'software_Package',
        spdxId: 'a',
        name: 'curl',
        software_packageVersion: '1',
        software_packageUrl: purl,
        suppliedBy: 'a',
      },
      { type: 'Relationship', spdxId: 'r', from: 'a', to: ['r', 'a'], relationshipType: 'hasDeclaredLicense' },
      { type: 'Relationship', spdxId: 'q', from: 'a', to: ['a'], relationshipType: 'contains' },
    ];
    expect(purlsOf(JSON.stringify({ '@context': context, '@graph': graph }))).toEqual([purl]);
  });
});
