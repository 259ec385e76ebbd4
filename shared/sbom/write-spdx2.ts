import type { BillFile, BillPart } from './bill.ts';
import { documentAddress, shortId } from './content-id.ts';
import { asComment, distributionFacts, documentFacts, fileFacts, partFacts, withComment } from './facts.ts';
import { compactPieces, Fields, Listed } from './json-pieces.ts';
import { readLicenses } from './license-expression.ts';
import { licenseListVersion } from './license-ids.ts';
import type { PreparedBill } from './prepared-bill.ts';

const documentId = 'SPDXRef-DOCUMENT';
const imageId = 'SPDXRef-Image';
const systemId = 'SPDXRef-OperatingSystem';
const nothing = 'NOASSERTION';

/**
 * A bill as SPDX 2.3 JSON. The document describes the image, which contains the operating system, the packages, and executables as packages with the purpose FILE (an
 * SPDX file must carry a SHA-1, which nobody here computes). The namespace is made of the content.
 */
export function writeSpdx2(bill: PreparedBill): Fields {
  const content = new Fields(function* () {
    const named = new NamedLicenses();
    yield [
      'creationInfo',
      { created: bill.created, creators: [`Tool: ${bill.tool.name}-${bill.tool.version}`], licenseListVersion },
    ];
    yield ['comment', asComment(documentFacts(bill)) ?? 'This bill of materials is complete.'];
    yield ['packages', new Listed(() => packagesOf(bill, named))];
    yield ['relationships', new Listed(() => relationsOf(bill))];
    // complete once the packages are written
    yield ['hasExtractedLicensingInfos', named.extracted()];
  });
  const { name } = bill.subject;
  return new Fields(function* () {
    yield ['spdxVersion', 'SPDX-2.3'];
    yield ['dataLicense', 'CC0-1.0'];
    yield ['SPDXID', documentId];
    yield ['name', name];
    yield ['documentNamespace', documentAddress(name, contentOf(name, content))];
    yield* content.entries();
  });
}

function* contentOf(name: string, content: Fields): Generator<string> {
  yield name;
  yield* compactPieces(content);
}

function* packagesOf(bill: PreparedBill, named: NamedLicenses): Generator<Package> {
  yield imagePackage(bill);
  yield* systemPackage(bill);
  for (const [id, part] of bill.parts) yield partPackage(id, part, named);
  for (const [id, file] of bill.files) yield filePackage(id, file);
}

function* relationsOf({ distribution, parts, files }: PreparedBill): Generator<object> {
  yield relation(documentId, 'DESCRIBES', imageId);
  if (distribution !== undefined) yield relation(imageId, 'CONTAINS', systemId);
  for (const id of parts.keys()) yield relation(imageId, 'CONTAINS', partId(id));
  for (const id of files.keys()) yield relation(imageId, 'CONTAINS', fileId(id));
}

const partId = (id: string): string => `SPDXRef-Package-${id}`;
const fileId = (id: string): string => `SPDXRef-File-${id}`;

const relation = (spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object => ({
  spdxElementId,
  relationshipType,
  relatedSpdxElement,
});

interface Package {
  readonly SPDXID: string;
  readonly [field: string]: unknown;
}

/** What every package must say, and what nobody here knows. */
const unknown = {
  downloadLocation: nothing,
  filesAnalyzed: false,
  licenseConcluded: nothing,
  copyrightText: nothing,
} as const;

function imagePackage({ subject }: PreparedBill): Package {
  const { name, digest } = subject;
  return {
    SPDXID: imageId,
    name,
    ...(digest === undefined ? {} : { versionInfo: digest, ...checksumsOf(digest) }),
    supplier: nothing,
    ...unknown,
    licenseDeclared: nothing,
    primaryPackagePurpose: 'CONTAINER',
  };
}

function checksumsOf(digest: string): object {
  const [algorithm = '', checksumValue = ''] = digest.split(':');
  return { checksums: [{ algorithm: algorithm.toUpperCase(), checksumValue }] };
}

function systemPackage({ distribution }: PreparedBill): Package[] {
  if (distribution === undefined) return [];
  const { id, versionId } = distribution;
  return [
    {
      SPDXID: systemId,
      name: id,
      ...(versionId === '' ? {} : { versionInfo: versionId }),
      supplier: nothing,
      ...unknown,
      licenseDeclared: nothing,
      primaryPackagePurpose: 'OPERATING_SYSTEM',
      ...withComment(distributionFacts(distribution)),
    },
  ];
}

function partPackage(id: string, part: BillPart, named: NamedLicenses): Package {
  const { name, version, purl, cpe, supplier } = part;
  const references = [
    ...(purl === undefined
      ? []
      : [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }]),
    ...(cpe === undefined
      ? []
      : [{ referenceCategory: 'SECURITY', referenceType: 'cpe23Type', referenceLocator: cpe }]),
  ];
  return {
    SPDXID: partId(id),
    name,
    versionInfo: version,
    supplier: supplier === undefined ? nothing : actor(supplier),
    ...unknown,
    licenseDeclared: named.expression(part.licenses),
    ...(references.length === 0 ? {} : { externalRefs: references }),
    ...withComment(partFacts(part)),
  };
}

function filePackage(id: string, file: BillFile): Package {
  return {
    SPDXID: fileId(id),
    name: file.path,
    supplier: nothing,
    ...unknown,
    licenseDeclared: nothing,
    checksums: [{ algorithm: 'SHA256', checksumValue: file.sha256 }],
    primaryPackagePurpose: 'FILE',
    ...withComment(fileFacts(file)),
  };
}

/** `Debian curl maintainers <curl@example.org>` -> `Organization: Debian curl maintainers (curl@example.org)` (2.3, clause 7.5). */
function actor(supplier: string): string {
  const [, name = supplier, mail] = /^(.*?)\s*<([^<>\s]+@[^<>\s]+)>\s*$/.exec(supplier) ?? [];
  const plain = name.replace(/[()\s]+/g, ' ').trim();
  if (plain === '') return mail === undefined ? nothing : `Organization: ${mail}`;
  return `Organization: ${plain}${mail === undefined ? '' : ` (${mail})`}`;
}

/** Licences that SPDX has no identifier for: each gets a LicenseRef of this document, made of its text. */
class NamedLicenses {
  readonly #names = new Map<string, string>();

  expression(stated: readonly string[]): string {
    const read = readLicenses(stated);
    const texts = [...new Set(read.map(({ kind, text }) => (kind === 'name' ? this.#reference(text) : text)))];
    if (texts.length === 0) return nothing;
    return texts.length === 1 ? (texts[0] ?? nothing) : texts.map((text) => `(${text})`).join(' AND ');
  }

  /** undefined when there are none */
  extracted(): readonly object[] | undefined {
    if (this.#names.size === 0) return undefined;
    return [...this.#names].map(([name, licenseId]) => ({ licenseId, name, extractedText: name }));
  }

  #reference(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const reference = `LicenseRef-${shortId(name)}`;
    this.#names.set(name, reference);
    return reference;
  }
}
