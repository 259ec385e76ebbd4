import type { Bill, BillDistribution, BillFile, BillPart, BillSubject } from './bill.ts';
import { type Claims, objectAt, objectsAt, objectsIn, optional, textAt, textsAt } from './claims.ts';
import { ReadFacts } from './facts.ts';
import { digestIn, documentOf, fileOf, mostParts, partOf, sourceInfoOf, systemOf, toolNamed } from './read-parts.ts';

const nothing = new Set(['NOASSERTION', 'NONE']);

/**
 * An SPDX 2.2 or 2.3 document as a bill. What it describes is the subject, if that is a container or has no package URL that could be judged; lines of comments carry
 * Drydock's facts, `sourceInfo` and attributions those of Trivy and Syft.
 */
export function readSpdx2(document: Claims): Bill {
  const facts = new ReadFacts();
  facts.addComment(textAt(document.comment) ?? '');
  const { platform, layers, gaps } = documentOf(facts);
  const names = new Map(
    objectsAt(document.hasExtractedLicensingInfos).map((info) => [
      info.licenseId,
      textAt(info.name) ?? textAt(info.extractedText),
    ]),
  );
  const described = describedBy(document);
  const parts: BillPart[] = [];
  const files: BillFile[] = [];
  let distribution: BillDistribution | undefined;
  let subject: BillSubject | undefined;
  let count = 0;
  for (const item of objectsIn(document.packages)) {
    count += 1;
    if (count > mostParts) break;
    const read = readPackage(item, described.has(item.SPDXID), names);
    if (read.kind === 'part') parts.push(read.part);
    else if (read.kind === 'file') files.push(read.file);
    else if (read.kind === 'system') distribution ??= read.system;
    else if (read.kind === 'subject') subject ??= read.subject;
  }
  const creation = objectAt(document.creationInfo);
  const tool = textsAt(creation.creators).find((creator) => creator.startsWith('Tool: '));
  return {
    subject: {
      ...(subject ?? { name: textAt(document.name) ?? '' }),
      ...optional('platform', platform),
    },
    created: textAt(creation.created) ?? '',
    tool: toolNamed(tool?.slice('Tool: '.length) ?? ''),
    ...(distribution === undefined ? {} : { distribution }),
    layers,
    parts,
    files,
    gaps: [...gaps, ...(count > mostParts ? [{ code: 'limit', text: `more than ${mostParts} packages` }] : [])],
  };
}

function describedBy(document: Claims): ReadonlySet<unknown> {
  const described = new Set<unknown>(textsAt(document.documentDescribes));
  for (const { relationshipType, relatedSpdxElement } of objectsIn(document.relationships))
    if (relationshipType === 'DESCRIBES') described.add(relatedSpdxElement);
  return described;
}

type Package =
  | { readonly kind: 'part'; readonly part: BillPart }
  | { readonly kind: 'file'; readonly file: BillFile }
  | { readonly kind: 'system'; readonly system: BillDistribution }
  | { readonly kind: 'subject'; readonly subject: BillSubject }
  | { readonly kind: 'none' };

function readPackage(item: Claims, isDescribed: boolean, names: ReadonlyMap<unknown, string | undefined>): Package {
  const facts = factsOf(item);
  const name = textAt(item.name) ?? '';
  const version = textAt(item.versionInfo);
  const purl = purlOf(item);
  switch (textAt(item.primaryPackagePurpose)?.replace('-', '_')) {
    case 'OPERATING_SYSTEM':
      return { kind: 'system', system: systemOf({ name, version }, facts) };
    case 'FILE': {
      const file = fileOf(name, sha256Of(item), facts);
      return file === undefined ? { kind: 'none' } : { kind: 'file', file };
    }
    default:
  }
  if (
    item.primaryPackagePurpose === 'CONTAINER' ||
    purl?.startsWith('pkg:oci/') ||
    (isDescribed && purl === undefined)
  ) {
    if (!isDescribed) return { kind: 'none' };
    const hash = sha256Of(item);
    const digest = digestIn(version) ?? digestIn(hash === undefined ? undefined : `sha256:${hash}`);
    return { kind: 'subject', subject: { name, ...optional('digest', digest) } };
  }
  if ((purl === undefined && version === undefined) || name === '') return { kind: 'none' };
  const supplier = textAt(item.supplier);
  return {
    kind: 'part',
    part: partOf(
      {
        name,
        version,
        purl,
        supplier: supplier === undefined || nothing.has(supplier) ? undefined : actorOf(supplier),
        licenses: licensesOf(item, names),
        ...sourceInfoOf(textAt(item.sourceInfo)),
      },
      facts,
    ),
  };
}

/** The type of a reference is a word, or the address of its definition (2.3, annex F). */
function purlOf(item: Claims): string | undefined {
  const reference = objectsAt(item.externalRefs).find(({ referenceType }) =>
    /^(?:https?:\/\/spdx\.org\/rdf\/references\/)?purl$/.test(textAt(referenceType) ?? ''),
  );
  return textAt(reference?.referenceLocator);
}

function sha256Of(item: Claims): string | undefined {
  const checksum = objectsAt(item.checksums).find(({ algorithm }) => algorithm === 'SHA256');
  return textAt(checksum?.checksumValue);
}

/** Comments carry Drydock's facts; Trivy writes `LayerDigest: sha256:…` as attributions, and later as annotations. */
function factsOf(item: Claims): ReadFacts {
  const facts = new ReadFacts();
  facts.addComment(textAt(item.comment) ?? '');
  const annotations = objectsAt(item.annotations).flatMap(({ comment }) => textAt(comment) ?? []);
  for (const line of [...textsAt(item.attributionTexts), ...annotations]) {
    const [, name, value] = /^(LayerDigest|FilePath): (\S+)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) facts.add(`aquasecurity:trivy:${name}`, value);
  }
  return facts;
}

/** `Organization: name (mail)` -> `name <mail>` */
function actorOf(supplier: string): string {
  const name = supplier.replace(/^(?:Organization|Person|Tool): ?/, '');
  return name.replace(/ \(([^()\s]+)\)$/, ' <$1>');
}

function licensesOf(item: Claims, names: ReadonlyMap<unknown, string | undefined>): readonly string[] {
  const declared = textAt(item.licenseDeclared);
  if (declared === undefined || nothing.has(declared)) return [];
  if (names.size === 0 || !declared.includes('LicenseRef-')) return [declared];
  // several licences were joined when they were written; a reference is only of use as the name that it stands for
  return declared.split(' AND ').map((part) => {
    const plain = part.replace(/^\((.*)\)$/, '$1');
    return names.get(plain) ?? plain;
  });
}
