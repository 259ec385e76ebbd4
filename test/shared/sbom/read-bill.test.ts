import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bill, looksLikeSbom, parsePurl, readBill, readCycloneDxXml } from '#shared/sbom';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const read = (document: unknown) =>
  readBill(
    Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)),
    'app.json',
    readCycloneDxXml,
  );
const refusal = (document: unknown): string => {
  try {
    read(document);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  return 'read';
};

// as Trivy 0.3x wrote CycloneDX 1.4
const trivy = {
  bomFormat: 'CycloneDX',
  specVersion: '1.4',
  serialNumber: 'urn:uuid:2be5773d-7cd3-4b4b-90a5-e165474ddace',
  version: 1,
  metadata: {
    timestamp: '2022-02-22T15:11:40.270597Z',
    tools: [{ vendor: 'aquasecurity', name: 'trivy', version: '0.38.0' }],
    component: {
      'bom-ref': `pkg:oci/app@${digest('a')}?repository_url=index.docker.io%2Flibrary%2Fapp&arch=amd64`,
      type: 'container',
      name: 'app:1',
      properties: [
        { name: 'aquasecurity:trivy:SchemaVersion', value: '2' },
        { name: 'aquasecurity:trivy:RepoDigest', value: `app@${digest('a')}` },
      ],
    },
  },
  components: [
    {
      'bom-ref': 'os',
      type: 'operating-system',
      name: 'debian',
      version: '12.4',
      properties: [{ name: 'aquasecurity:trivy:Type', value: 'debian' }],
    },
    {
      'bom-ref': 'pkg:deb/debian/login@4.13',
      type: 'library',
      supplier: { name: 'Shadow package maintainers <pkg-shadow-devel@lists.alioth.debian.org>' },
      name: 'login',
      version: '1:4.13+dfsg1-1+b1',
      licenses: [{ expression: 'GPL-2.0-or-later' }],
      purl: 'pkg:deb/debian/login@4.13%2Bdfsg1-1%2Bb1?arch=amd64&distro=debian-12.4&epoch=1',
      properties: [
        { name: 'aquasecurity:trivy:LayerDiffID', value: digest('f') },
        { name: 'aquasecurity:trivy:LayerDigest', value: digest('b') },
        { name: 'aquasecurity:trivy:SrcName', value: 'shadow' },
        { name: 'aquasecurity:trivy:SrcVersion', value: '4.13+dfsg1' },
        { name: 'aquasecurity:trivy:SrcRelease', value: '1' },
        { name: 'aquasecurity:trivy:SrcEpoch', value: '1' },
      ],
    },
    {
      type: 'application',
      name: 'app/server',
      properties: [{ name: 'aquasecurity:trivy:Type', value: 'gobinary' }],
      components: [
        {
          type: 'library',
          name: 'github.com/x/y',
          version: 'v1.2.3',
          purl: 'pkg:golang/github.com/x/y@v1.2.3',
          properties: [{ name: 'aquasecurity:trivy:FilePath', value: 'app/server' }],
        },
      ],
    },
  ],
};

const tagValue = `# written by hand
SPDXVersion: SPDX-2.2
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: app
DocumentComment: <text>several
lines: of words</text>
Creator: Organization: Example
Creator: Tool: syft-0.60.1
Created: 2022-09-01T10:00:00Z

FileName: ./a
SPDXID: SPDXRef-File-1
LicenseConcluded: NOASSERTION

##### Package: libssl3
PackageName: libssl3
SPDXID: SPDXRef-Package-1
PackageVersion: 3.0.2-0ubuntu1.6
PackageSupplier: Person: A Name (a@example.org)
PackageDownloadLocation: NOASSERTION
PackageLicenseDeclared: (MIT) AND (LicenseRef-1)
PackageSourceInfo: built package from: openssl 3.0.2-0ubuntu1.6
ExternalRef: SECURITY cpe23Type cpe:2.3:a:openssl:openssl:3.0.2:*:*:*:*:*:*:*
ExternalRef: PACKAGE_MANAGER purl pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.6?arch=amd64&distro=ubuntu-22.04
PackageAttributionText: LayerDigest: ${digest('c')}

LicenseID: LicenseRef-1
LicenseName: OpenSSL's own
ExtractedText: <text>much
text</text>

Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-Package-2
PackageName: app
SPDXID: SPDXRef-Package-2
PackageVersion: ${digest('a')}
PrimaryPackagePurpose: CONTAINER
`;

const spdx3 = {
  '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
  '@graph': [
    {
      type: 'CreationInfo',
      '@id': '_:c',
      specVersion: '3.0.1',
      created: '2025-01-02T03:04:05Z',
      createdBy: ['urn:me'],
    },
    { type: 'Organization', spdxId: 'urn:me', creationInfo: '_:c', name: 'Example' },
    { type: 'SpdxDocument', spdxId: 'urn:doc', creationInfo: '_:c', name: 'zephyr', rootElement: ['urn:sbom'] },
    { type: 'software_Sbom', spdxId: 'urn:sbom', creationInfo: '_:c', rootElement: ['urn:app'], element: ['urn:app'] },
    { type: 'software_Package', spdxId: 'urn:app', creationInfo: '_:c', name: 'app', software_packageVersion: '2' },
    {
      type: 'software_Package',
      spdxId: 'urn:p',
      creationInfo: '_:c',
      name: 'requests',
      software_packageVersion: '2.28.1',
      suppliedBy: 'urn:me',
      externalIdentifier: [
        { type: 'ExternalIdentifier', externalIdentifierType: 'cpe23', identifier: 'cpe:2.3:a:x:y:1:*:*:*:*:*:*:*' },
        { type: 'ExternalIdentifier', externalIdentifierType: 'packageUrl', identifier: 'pkg:pypi/requests@2.28.1' },
      ],
    },
    { type: 'simplelicensing_LicenseExpression', spdxId: 'urn:l', simplelicensing_licenseExpression: 'Apache-2.0' },
    { type: 'Relationship', spdxId: 'urn:r', from: 'urn:p', to: ['urn:l'], relationshipType: 'hasDeclaredLicense' },
  ],
};

describe('documents of other tools', () => {
  test('CycloneDX 1.4 of Trivy', () => {
    expect(read(trivy)).toEqual({
      form: 'CycloneDX 1.4',
      bill: {
        subject: { name: 'app:1', digest: digest('a') },
        created: '2022-02-22T15:11:40.270597Z',
        tool: { name: 'trivy', version: '0.38.0' },
        distribution: { id: 'debian', versionId: '12.4' },
        layers: [],
        parts: [
          {
            name: 'login',
            version: '1:4.13+dfsg1-1+b1',
            purl: 'pkg:deb/debian/login@4.13%2Bdfsg1-1%2Bb1?arch=amd64&distro=debian-12.4&epoch=1',
            source: 'shadow',
            sourceVersion: '1:4.13+dfsg1-1',
            licenses: ['GPL-2.0-or-later'],
            supplier: 'Shadow package maintainers <pkg-shadow-devel@lists.alioth.debian.org>',
            layer: digest('b'),
          },
          {
            name: 'github.com/x/y',
            version: 'v1.2.3',
            purl: 'pkg:golang/github.com/x/y@v1.2.3',
            licenses: [],
            path: 'app/server',
          },
        ],
        files: [],
        gaps: [],
      } satisfies Bill,
    });
  });

  test('SPDX 2.2 as tags and values', () => {
    const { form, bill } = read(tagValue);
    expect(form).toBe('SPDX 2.2');
    expect(bill).toMatchObject({
      subject: { name: 'app', digest: digest('a') },
      created: '2022-09-01T10:00:00Z',
      tool: { name: 'syft', version: '0.60.1' },
    });
    expect(bill.parts).toEqual([
      {
        name: 'libssl3',
        version: '3.0.2-0ubuntu1.6',
        purl: 'pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.6?arch=amd64&distro=ubuntu-22.04',
        source: 'openssl',
        sourceVersion: '3.0.2-0ubuntu1.6',
        licenses: ['MIT', "OpenSSL's own"],
        supplier: 'A Name <a@example.org>',
        layer: digest('c'),
      },
    ]);
  });

  test('SPDX 3.0 with names and identifiers of its own', () => {
    const { form, bill } = read(spdx3);
    expect(form).toBe('SPDX 3.0');
    expect(bill.subject).toEqual({ name: 'app' });
    expect(bill.parts).toEqual([
      {
        name: 'requests',
        version: '2.28.1',
        purl: 'pkg:pypi/requests@2.28.1',
        licenses: ['Apache-2.0'],
        supplier: 'Example',
      },
    ]);
  });

  test('CycloneDX XML, with a prefix, as the JSON that says the same', () => {
    const xml = `\ufeff<?xml version="1.0" encoding="utf-8"?>
<c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.4" serialNumber="urn:uuid:2be5773d-7cd3-4b4b-90a5-e165474ddace" version="1">
  <c:metadata>
    <c:timestamp>2022-02-22T15:11:40Z</c:timestamp>
    <c:tools><c:tool><c:vendor>CycloneDX</c:vendor><c:name>CycloneDX module for .NET</c:name><c:version>2.3.0</c:version></c:tool></c:tools>
    <c:component type="container" bom-ref="root"><c:name>app:1</c:name><c:version>${digest('a')}</c:version></c:component>
  </c:metadata>
  <c:components>
    <c:component type="operating-system"><c:name>debian</c:name><c:version>12</c:version></c:component>
    <c:component type="file"><c:name>bin/tool</c:name><c:hashes><c:hash alg="SHA-256">${'e'.repeat(64)}</c:hash></c:hashes></c:component>
    <c:component type="library">
      <c:supplier><c:name>A &amp; B</c:name></c:supplier>
      <c:name>Newtonsoft.Json</c:name><c:version>13.0.1</c:version><c:description><![CDATA[<b>JSON</b>]]></c:description>
      <c:licenses><c:license><c:id>MIT</c:id></c:license><c:license><c:name>Own</c:name></c:license></c:licenses>
      <c:purl>pkg:nuget/Newtonsoft.Json@13.0.1</c:purl>
      <c:properties><c:property name="drydock:layer">${digest('b')}</c:property></c:properties>
      <c:components><c:component type="library"><c:name>inner</c:name><c:version>1</c:version><c:licenses><c:expression>MIT OR ISC</c:expression></c:licenses></c:component></c:components>
      <c:evidence><c:occurrences><c:occurrence><c:location>/app/Json.dll</c:location></c:occurrence></c:occurrences></c:evidence>
    </c:component>
  </c:components>
  <c:compositions><c:composition><c:aggregate>incomplete</c:aggregate><c:assemblies><c:assembly ref="root"/></c:assemblies></c:composition></c:compositions>
</c:bom>
`;
    expect(read(xml)).toEqual({
      form: 'CycloneDX 1.4',
      bill: {
        subject: { name: 'app:1', digest: digest('a') },
        created: '2022-02-22T15:11:40Z',
        tool: { name: 'CycloneDX module for .NET', version: '2.3.0' },
        distribution: { id: 'debian', versionId: '12' },
        layers: [],
        parts: [
          {
            name: 'Newtonsoft.Json',
            version: '13.0.1',
            purl: 'pkg:nuget/Newtonsoft.Json@13.0.1',
            licenses: ['MIT', 'Own'],
            supplier: 'A & B',
            path: 'app/Json.dll',
            layer: digest('b'),
          },
          { name: 'inner', version: '1', licenses: ['MIT OR ISC'] },
        ],
        files: [{ path: 'bin/tool', sha256: 'e'.repeat(64) }],
        gaps: [{ code: 'unsupported-evidence', text: 'its author says that it is not complete' }],
      } satisfies Bill,
    });
  });

  test('an in-toto statement is read as what it is about', () => {
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://cyclonedx.org/bom',
      predicate: trivy,
    };
    expect(read(statement)).toEqual(read(trivy));
  });

  test('a library with nothing but a name is a package, and what groups others is none', () => {
    const { bill } = readBill(
      Buffer.from(
        JSON.stringify({
          bomFormat: 'CycloneDX',
          specVersion: '1.6',
          components: [
            { type: 'library', name: 'libtasn1' },
            { type: 'application', name: 'package-lock.json' },
            { type: 'library', name: 'webapp', components: [{ type: 'library', name: 'a', purl: 'pkg:npm/a@1' }] },
          ],
        }),
      ),
      'a test',
    );
    expect(bill.parts.map(({ name, purl }) => [name, purl])).toEqual([
      ['libtasn1', undefined],
      ['a', 'pkg:npm/a@1'],
    ]);
  });

  test('a composition that is not complete is a gap', () => {
    const open = {
      ...trivy,
      compositions: [{ aggregate: 'incomplete_first_party_only', assemblies: [trivy.metadata.component['bom-ref']] }],
    };
    expect(read(open).bill.gaps).toEqual([
      { code: 'unsupported-evidence', text: 'its author says that it is not complete' },
    ]);
  });
});

describe('what is no document of a form that is read', () => {
  test.each([
    [
      { bomFormat: 'CycloneDX', specVersion: '1.3' },
      /NoSbom: app\.json: CycloneDX "1\.3" is not read\. These are: CycloneDX JSON or XML 1\.4 to 1\.7/,
    ],
    [{ bomFormat: 'CycloneDX', specVersion: '2.0' }, /CycloneDX "2\.0" is not read/],
    [{ spdxVersion: 'SPDX-2.1' }, /SPDX "SPDX-2\.1" is not read/],
    [{ '@context': 'https://spdx.org/rdf/3.1/spdx-context.jsonld' }, /SPDX "3\.1" is not read/],
    [{ artifacts: [] }, /this is no bill of materials/],
    ['<bom xmlns="http://cyclonedx.org/schema/bom/1.6">', /UnreadableSbom: app\.json: it is no sound XML: it is cut/],
    ['<bom xmlns="http://cyclonedx.org/schema/bom/1.3"/>', /CycloneDX "1\.3" is not read/],
    ['<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', /this is XML, and not of CycloneDX/],
    ['<!DOCTYPE bom SYSTEM "file:///etc/passwd"><bom/>', /it declares a document type, which is not read/],
    [`<b xmlns="http://cyclonedx.org/schema/bom/1.6">${'<b>'.repeat(300)}`, /elements lie too deep/],
    ['{"bomFormat":"CycloneDX"', /UnreadableSbom: app\.json: it is no sound JSON/],
    [{ predicateType: 'a', predicate: { predicateType: 'b', predicate: trivy } }, /this is no bill of materials/],
    [[trivy], /this is no bill of materials/],
    [
      'spdxVersion: SPDX-2.3\n',
      /NoSbom: app\.json: this is neither JSON nor XML nor tags and values\. These are read: CycloneDX/,
    ],
    ['', /neither JSON nor XML/],
  ])('%j is refused by name', (document, message) => {
    expect(refusal(document)).toMatch(message);
  });

  test('XML is refused where it is not asked for', () => {
    const xml = Buffer.from('<bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>');
    expect(() => readBill(xml, 'app.xml')).toThrow('app.xml: this is XML, which is not read here');
  });

  test.each([
    ['{"a":1}', true],
    ['\ufeff  {', true],
    [tagValue, true],
    ['<bom', true],
    ['SPDX is a word', false],
    ['', false],
    [`{${' '.repeat(256)}ustar`, false],
  ])('%j looks like one: %j', (head, answer) => {
    expect(looksLikeSbom(Buffer.from(head).subarray(0, 4096))).toBe(answer);
  });
});

describe('hostile documents', () => {
  test('with a million components in each other are read or cut, and end', () => {
    const deep = `{"bomFormat":"CycloneDX","specVersion":"1.6","components":${'[{"components":'.repeat(2000)}[]${'}]'.repeat(2000)}}`;
    expect(read(deep).bill.parts).toEqual([]);
    const wide = { bomFormat: 'CycloneDX', specVersion: '1.6', components: Array(1_000_001).fill({}) };
    expect(read(wide).bill.gaps).toEqual([{ code: 'limit', text: 'more than 1000000 components' }]);
  });

  test('of tags that never close end', () => {
    expect(
      read(`SPDXVersion: SPDX-2.3\nPackageName: a\nPackageVersion: 1\n${'PackageComment: <text>'.repeat(50_000)}`).bill
        .parts,
    ).toHaveLength(1);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(read(`SPDXVersion: SPDX-2.3\n${text}`).form).toBe('SPDX 2.3');
      }),
    );
  });
});

describe('a package URL', () => {
  test.each([
    ['pkg:npm/%40scope/name@1.0.0', 'npm', '@scope', 'name', '1.0.0'],
    ['pkg:npm/@scope/name@1.0.0', 'npm', '@scope', 'name', '1.0.0'],
    ['pkg:npm/@scope', 'npm', '', '@scope', undefined],
    ['pkg:NPM/a', 'npm', '', 'a', undefined],
    ['pkg://deb/debian/curl@1%3A7?arch=amd64#sub/path', 'deb', 'debian', 'curl', '1:7'],
    ['pkg:golang/github.com/x/y@v1#cmd', 'golang', 'github.com/x', 'y', 'v1'],
    ['pkg:generic/a%ZZ@1', 'generic', '', 'a%ZZ', '1'],
  ])('%s is taken apart', (text, type, namespace, name, version) => {
    expect(parsePurl(text)).toMatchObject({ type, namespace, name, ...(version === undefined ? {} : { version }) });
    expect(parsePurl(text)?.version).toBe(version);
  });

  test.each(['', 'pkg:', 'pkg:npm', 'pkg:npm/', 'npm/a@1', `pkg:npm/${'a'.repeat(5000)}`])('%s is none', (text) => {
    expect(parsePurl(text)).toBeUndefined();
  });
});
