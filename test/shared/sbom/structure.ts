/**
 * The parts of the published JSON schemas that our documents touch (bom-1.6, bom-1.7, spdx-schema 2.3, SPDX 3.0.1), as rules: which fields an object may have,
 * which it must, and what their values look like. The schemas themselves forbid other fields in the same places.
 */
export interface Shape {
  readonly required: readonly string[];
  readonly fields: Readonly<Record<string, Rule>>;
}
type Rule = RegExp | Shape | readonly [Rule] | ((value: unknown) => boolean);

/** Everything in `value` that breaks a shape, each with its path. */
export function breaches(value: unknown, rule: Rule, at = '$'): string[] {
  if (rule instanceof RegExp)
    return typeof value === 'string' && rule.test(value) ? [] : [`${at}: ${JSON.stringify(value)} is not ${rule}`];
  if (typeof rule === 'function') return rule(value) ? [] : [`${at}: ${JSON.stringify(value)?.slice(0, 100)} is wrong`];
  if (isList(rule))
    return Array.isArray(value)
      ? value.flatMap((each, index) => breaches(each, rule[0], `${at}[${index}]`))
      : [`${at}: no list`];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at}: no object`];
  const { required, fields } = rule;
  return [
    ...required.filter((name) => !(name in value)).map((name) => `${at}: ${name} is missing`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const inside = fields[name];
      return inside === undefined ? [`${at}: ${name} is unknown`] : breaches(inner, inside, `${at}.${name}`);
    }),
  ];
}

const isList = (rule: Rule): rule is readonly [Rule] => Array.isArray(rule);

const text = /^/;
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const sha256 = /^[0-9a-f]{64}$/;
const word = (...words: string[]): RegExp => new RegExp(`^(?:${words.join('|')})$`);

const properties: Rule = [{ required: ['name'], fields: { name: text, value: text } }];
const hashes: Rule = [{ required: ['alg', 'content'], fields: { alg: word('SHA-256', 'SHA-512'), content: sha256 } }];
const license: Rule = (value) => {
  const problems = [
    { required: ['expression'], fields: { expression: /^[\w.()+ -]+$/ } },
    { required: ['license'], fields: { license: { required: ['id'], fields: { id: /^[\w.+-]+$/ } } } },
    { required: ['license'], fields: { license: { required: ['name'], fields: { name: text } } } },
  ].map((shape) => breaches(value, shape).length);
  return problems.filter((count) => count === 0).length === 1;
};
const component: Shape = {
  required: ['type', 'name'],
  fields: {
    type: word('container', 'library', 'file', 'operating-system', 'application'),
    'bom-ref': /./,
    supplier: { required: [], fields: { name: text } },
    name: text,
    version: text,
    description: text,
    hashes,
    licenses: [license],
    purl: /^pkg:[a-z]+\//,
    evidence: {
      required: [],
      fields: { occurrences: [{ required: ['location'], fields: { location: text } }] },
    },
    properties,
  },
};

export const cycloneDx = (version: '1.6' | '1.7'): Shape => ({
  required: ['bomFormat', 'specVersion'],
  fields: {
    $schema: word(`http://cyclonedx.org/schema/bom-${version}.schema.json`),
    bomFormat: word('CycloneDX'),
    specVersion: word(version),
    serialNumber: /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    version: (value) => value === 1,
    metadata: {
      required: [],
      fields: { timestamp: time, tools: { required: [], fields: { components: [component] } }, component },
    },
    components: [component],
    dependencies: [{ required: ['ref'], fields: { ref: /./, dependsOn: [/./] } }],
    compositions: [
      { required: ['aggregate'], fields: { aggregate: word('complete', 'incomplete'), assemblies: [/./] } },
    ],
  },
});

const spdxId = /^SPDXRef-[A-Za-z0-9.-]+$/;
const expression = /^(?:NOASSERTION|[\w.()+ -]+)$/;
const nobody = word('NOASSERTION');

export const spdx23: Shape = {
  required: ['SPDXID', 'creationInfo', 'dataLicense', 'name', 'spdxVersion'],
  fields: {
    spdxVersion: word('SPDX-2.3'),
    dataLicense: word('CC0-1.0'),
    SPDXID: word('SPDXRef-DOCUMENT'),
    name: /./,
    documentNamespace: /^https:\/\/spdx\.org\/spdxdocs\/[^#\s]+$/,
    comment: text,
    creationInfo: {
      required: ['created', 'creators'],
      fields: { created: time, creators: [/^Tool: /], licenseListVersion: /^\d+\.\d+$/ },
    },
    packages: [
      {
        required: ['SPDXID', 'name', 'downloadLocation'],
        fields: {
          SPDXID: spdxId,
          name: text,
          versionInfo: text,
          supplier: /^(?:NOASSERTION|Organization: [^()\n]+(?: \([^()\s]+\))?)$/,
          downloadLocation: nobody,
          filesAnalyzed: (value) => value === false,
          licenseConcluded: nobody,
          licenseDeclared: expression,
          copyrightText: nobody,
          checksums: [
            { required: ['algorithm', 'checksumValue'], fields: { algorithm: word('SHA256'), checksumValue: sha256 } },
          ],
          externalRefs: [
            {
              required: ['referenceCategory', 'referenceType', 'referenceLocator'],
              fields: {
                referenceCategory: word('PACKAGE-MANAGER'),
                referenceType: word('purl'),
                referenceLocator: /^pkg:\S+$/,
              },
            },
          ],
          primaryPackagePurpose: word('CONTAINER', 'OPERATING_SYSTEM', 'FILE'),
          comment: text,
        },
      },
    ],
    relationships: [
      {
        required: ['spdxElementId', 'relatedSpdxElement', 'relationshipType'],
        fields: { spdxElementId: spdxId, relatedSpdxElement: spdxId, relationshipType: word('DESCRIBES', 'CONTAINS') },
      },
    ],
    hasExtractedLicensingInfos: [
      {
        required: ['licenseId', 'extractedText'],
        fields: { licenseId: /^LicenseRef-[A-Za-z0-9.-]+$/, name: text, extractedText: /./s },
      },
    ],
  },
};

const iri = /^https:\/\/spdx\.org\/spdxdocs\/[^\s#]+#[\w-]+$/;
const hash: Rule = [
  {
    required: ['type', 'algorithm', 'hashValue'],
    fields: { type: word('Hash'), algorithm: word('sha256'), hashValue: sha256 },
  },
];
const element = (required: readonly string[], fields: Readonly<Record<string, Rule>>): Shape => ({
  required: ['type', 'spdxId', 'creationInfo', ...required],
  fields: { type: text, spdxId: iri, creationInfo: word('_:creation'), name: text, comment: text, ...fields },
});

/** The shape of each type of element in the graph. */
export const spdx3: Readonly<Record<string, Shape>> = {
  CreationInfo: {
    required: ['@id', 'created', 'createdBy', 'specVersion'],
    fields: {
      type: text,
      '@id': word('_:creation'),
      created: time,
      createdBy: [iri],
      createdUsing: [iri],
      specVersion: word('3\\.0\\.1'),
    },
  },
  SoftwareAgent: element(['name'], {}),
  Agent: element(['name'], {}),
  Tool: element(['name'], {}),
  SpdxDocument: element(['rootElement'], {
    rootElement: [iri],
    profileConformance: [word('core', 'software', 'simpleLicensing')],
  }),
  software_Sbom: element(['rootElement', 'element'], {
    rootElement: [iri],
    element: [iri],
    software_sbomType: [word('analyzed')],
  }),
  software_Package: element(['name'], {
    suppliedBy: iri,
    verifiedUsing: hash,
    software_packageVersion: text,
    software_packageUrl: /^pkg:\S+$/,
    externalIdentifier: [
      {
        required: ['type', 'externalIdentifierType', 'identifier'],
        fields: {
          type: word('ExternalIdentifier'),
          externalIdentifierType: word('packageUrl'),
          identifier: /^pkg:\S+$/,
        },
      },
    ],
    software_primaryPurpose: word('container', 'operatingSystem', 'library'),
  }),
  software_File: element(['name'], { verifiedUsing: hash, software_primaryPurpose: word('executable') }),
  Relationship: element(['from', 'to', 'relationshipType'], {
    from: iri,
    to: [iri],
    relationshipType: word('contains', 'hasDeclaredLicense'),
    completeness: word('complete', 'incomplete'),
  }),
  simplelicensing_LicenseExpression: element(['simplelicensing_licenseExpression'], {
    simplelicensing_licenseExpression: expression,
  }),
  simplelicensing_SimpleLicensingText: element(['simplelicensing_licenseText'], { simplelicensing_licenseText: /./s }),
};
