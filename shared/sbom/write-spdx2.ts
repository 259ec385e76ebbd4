import type { Bill, BillFile, BillPart } from './bill.ts';
import { documentAddress, idOfFile, idOfPart, shortId } from './content-id.ts';
import { asComment, distributionFacts, documentFacts, fileFacts, partFacts, withComment } from './facts.ts';
import { readLicenses } from './license-expression.ts';
import { licenseListVersion } from './license-ids.ts';

const documentId = 'SPDXRef-DOCUMENT';
const imageId = 'SPDXRef-Image';
const nothing = 'NOASSERTION';

/**
 * A bill as SPDX 2.3 JSON. The document describes the image, which contains the operating system, the packages, and executables as packages with the purpose FILE (an
 * SPDX file must carry a SHA-1, which nobody here computes). The namespace is made of the content.
 */
export function writeSpdx2(bill: Bill): object {
  const named = new NamedLicenses();
  const packages = [
    imagePackage(bill),
    ...systemPackage(bill),
    ...bill.parts.map((part) => partPackage(part, named)),
    ...bill.files.map(filePackage),
  ];
  const described = packages.slice(1).map(({ SPDXID }) => relation(imageId, 'CONTAINS', SPDXID));
  const content = {
    creationInfo: {
      created: bill.created,
      creators: [`Tool: ${bill.tool.name}-${bill.tool.version}`],
      licenseListVersion,
    },
    comment: asComment(documentFacts(bill)) ?? 'This bill of materials is complete.',
    packages,
    relationships: [relation(documentId, 'DESCRIBES', imageId), ...described],
    ...named.extracted(),
  };
  const name = bill.subject.name;
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: documentId,
    name,
    documentNamespace: documentAddress(name, name + JSON.stringify(content)),
    ...content,
  };
}

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

function imagePackage({ subject }: Bill): Package {
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

function systemPackage({ distribution }: Bill): Package[] {
  if (distribution === undefined) return [];
  const { id, versionId } = distribution;
  return [
    {
      SPDXID: 'SPDXRef-OperatingSystem',
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

function partPackage(part: BillPart, named: NamedLicenses): Package {
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
    SPDXID: `SPDXRef-Package-${idOfPart(part)}`,
    name,
    versionInfo: version,
    supplier: supplier === undefined ? nothing : actor(supplier),
    ...unknown,
    licenseDeclared: named.expression(part.licenses),
    ...(references.length === 0 ? {} : { externalRefs: references }),
    ...withComment(partFacts(part)),
  };
}

function filePackage(file: BillFile): Package {
  return {
    SPDXID: `SPDXRef-File-${idOfFile(file)}`,
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

  extracted(): object {
    if (this.#names.size === 0) return {};
    const infos = [...this.#names].map(([name, licenseId]) => ({ licenseId, name, extractedText: name }));
    return { hasExtractedLicensingInfos: infos };
  }

  #reference(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const reference = `LicenseRef-${shortId(name)}`;
    this.#names.set(name, reference);
    return reference;
  }
}
