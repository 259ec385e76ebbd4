import type { Bill, BillFile, BillPart } from './bill.ts';
import { contentUuid, idOfFile, idOfPart } from './content-id.ts';
import { asProperties, distributionFacts, documentFacts, fileFacts, partFacts } from './facts.ts';
import { readLicenses } from './license-expression.ts';

const rootRef = 'image';
const systemRef = 'operating-system';

/**
 * A bill as CycloneDX JSON (ECMA-424; schemas bom-1.6 and bom-1.7). The image is metadata.component, and depends on all that is in it; a composition says whether that is
 * everything. The serial number is made of the content.
 */
export function writeCycloneDx(bill: Bill, specVersion: '1.6' | '1.7'): object {
  const parts = bill.parts.map((part) => component(part, specVersion));
  const files = bill.files.map(fileComponent);
  const system = systemComponent(bill);
  const components = [...system, ...parts, ...files];
  const content = {
    version: 1,
    metadata: metadata(bill),
    components,
    dependencies: [
      { ref: rootRef, dependsOn: components.map((each) => each['bom-ref']) },
      ...components.map((each) => ({ ref: each['bom-ref'] })),
    ],
    compositions: [{ aggregate: bill.gaps.length === 0 ? 'complete' : 'incomplete', assemblies: [rootRef] }],
  };
  return {
    $schema: `http://cyclonedx.org/schema/bom-${specVersion}.schema.json`,
    bomFormat: 'CycloneDX',
    specVersion,
    serialNumber: `urn:uuid:${contentUuid(specVersion + JSON.stringify(content))}`,
    ...content,
  };
}

function metadata(bill: Bill): object {
  const { subject, tool } = bill;
  return {
    timestamp: bill.created,
    tools: { components: [{ type: 'application', name: tool.name, version: tool.version }] },
    component: {
      type: 'container',
      'bom-ref': rootRef,
      name: subject.name,
      ...(subject.digest === undefined ? {} : { version: subject.digest, ...hashesOf(subject.digest) }),
      ...withProperties(documentFacts(bill)),
    },
  };
}

const algorithms: Readonly<Record<string, string>> = { sha256: 'SHA-256', sha512: 'SHA-512' };

function hashesOf(digest: string): object {
  const [algorithm = '', content = ''] = digest.split(':');
  const alg = algorithms[algorithm];
  return alg === undefined ? {} : { hashes: [{ alg, content }] };
}

const withProperties = (facts: Parameters<typeof asProperties>[0]): object => {
  const properties = asProperties(facts);
  return properties === undefined ? {} : { properties };
};

interface Component {
  readonly 'bom-ref': string;
  readonly [field: string]: unknown;
}

function systemComponent({ distribution }: Bill): Component[] {
  if (distribution === undefined) return [];
  const { id, versionId, prettyName } = distribution;
  return [
    {
      type: 'operating-system',
      'bom-ref': systemRef,
      name: id,
      ...(versionId === '' ? {} : { version: versionId }),
      ...(prettyName === undefined ? {} : { description: prettyName }),
      ...withProperties(distributionFacts(distribution)),
    },
  ];
}

function component(part: BillPart, specVersion: '1.6' | '1.7'): Component {
  const licenses = licensesOf(part.licenses, specVersion);
  return {
    type: 'library',
    'bom-ref': `package-${idOfPart(part)}`,
    ...(part.supplier === undefined ? {} : { supplier: { name: part.supplier } }),
    name: part.name,
    version: part.version,
    ...(licenses.length === 0 ? {} : { licenses }),
    ...(part.cpe === undefined ? {} : { cpe: part.cpe }),
    ...(part.purl === undefined ? {} : { purl: part.purl }),
    ...(part.path === undefined ? {} : { evidence: { occurrences: [{ location: part.path }] } }),
    ...withProperties(partFacts(part)),
  };
}

/** 1.6 takes either licences or one expression: several expressions can only be written there as names. */
function licensesOf(stated: readonly string[], specVersion: '1.6' | '1.7'): object[] {
  const read = readLicenses(stated);
  const expressions = specVersion === '1.7' || read.length === 1;
  return read.map(({ kind, text }) => {
    if (kind === 'expression' && expressions) return { expression: text };
    return { license: kind === 'id' ? { id: text } : { name: text } };
  });
}

function fileComponent(file: BillFile): Component {
  return {
    type: 'file',
    'bom-ref': `file-${idOfFile(file)}`,
    name: file.path,
    hashes: [{ alg: 'SHA-256', content: file.sha256 }],
    ...withProperties(fileFacts(file)),
  };
}
