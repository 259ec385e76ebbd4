import type { BillFile, BillPart } from './bill.ts';
import { contentUuid } from './content-id.ts';
import { asProperties, distributionFacts, documentFacts, fileFacts, partFacts } from './facts.ts';
import { compactPieces, Fields, Listed } from './json-pieces.ts';
import { readLicenses } from './license-expression.ts';
import type { PreparedBill } from './prepared-bill.ts';

const rootRef = 'image';
const systemRef = 'operating-system';

/** The serial number and the text are made of the same components; of a larger bill they are made twice, so that they are never all in memory. */
const mostKept = 10_000;

/**
 * A bill as CycloneDX JSON (ECMA-424; schemas bom-1.6 and bom-1.7). The image is metadata.component, and depends on all that is in it; a composition says whether that is
 * everything. The serial number is made of the content.
 */
export function writeCycloneDx(bill: PreparedBill, specVersion: '1.6' | '1.7'): Fields {
  const kept = bill.parts.size + bill.files.size > mostKept ? undefined : [...componentsOf(bill, specVersion)];
  const content = new Fields(function* () {
    yield ['version', 1];
    yield ['metadata', metadata(bill)];
    yield ['components', new Listed(() => kept ?? componentsOf(bill, specVersion))];
    yield ['dependencies', new Listed(() => dependenciesOf(bill))];
    yield ['compositions', [{ aggregate: bill.gaps.length === 0 ? 'complete' : 'incomplete', assemblies: [rootRef] }]];
  });
  return new Fields(function* () {
    yield ['$schema', `http://cyclonedx.org/schema/bom-${specVersion}.schema.json`];
    yield ['bomFormat', 'CycloneDX'];
    yield ['specVersion', specVersion];
    yield ['serialNumber', `urn:uuid:${contentUuid(contentOf(specVersion, content))}`];
    yield* content.entries();
  });
}

function* contentOf(specVersion: string, content: Fields): Generator<string> {
  yield specVersion;
  yield* compactPieces(content);
}

function* componentsOf(bill: PreparedBill, specVersion: '1.6' | '1.7'): Generator<Component> {
  yield* systemComponent(bill);
  for (const [id, part] of bill.parts) yield component(id, part, specVersion);
  for (const [id, file] of bill.files) yield fileComponent(id, file);
}

function* dependenciesOf(bill: PreparedBill): Generator<unknown> {
  yield new Fields(function* () {
    yield ['ref', rootRef];
    yield ['dependsOn', new Listed(() => refsOf(bill))];
  });
  for (const ref of refsOf(bill)) yield { ref };
}

function* refsOf({ distribution, parts, files }: PreparedBill): Generator<string> {
  if (distribution !== undefined) yield systemRef;
  for (const id of parts.keys()) yield partRef(id);
  for (const id of files.keys()) yield fileRef(id);
}

const partRef = (id: string): string => `package-${id}`;
const fileRef = (id: string): string => `file-${id}`;

function metadata(bill: PreparedBill): object {
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

function systemComponent({ distribution }: PreparedBill): Component[] {
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

function component(id: string, part: BillPart, specVersion: '1.6' | '1.7'): Component {
  const licenses = licensesOf(part.licenses, specVersion);
  return {
    type: 'library',
    'bom-ref': partRef(id),
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

function fileComponent(id: string, file: BillFile): Component {
  return {
    type: 'file',
    'bom-ref': fileRef(id),
    name: file.path,
    hashes: [{ alg: 'SHA-256', content: file.sha256 }],
    ...withProperties(fileFacts(file)),
  };
}
