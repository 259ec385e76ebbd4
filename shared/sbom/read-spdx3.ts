import type { Bill, BillDistribution, BillFile, BillPart, BillSubject } from './bill.ts';
import { type Claims, objectsAt, objectsIn, optional, textAt, textsAt } from './claims.ts';
import { ReadFacts } from './facts.ts';
import { digestIn, documentOf, fileOf, mostParts, partOf, sourceInfoOf, systemOf, toolNamed } from './read-parts.ts';

/** An SPDX 3.0 JSON-LD document (compact form, with a graph) as a bill. The root of its Sbom is the subject, unless it can be judged itself. */
export function readSpdx3(document: Claims): Bill {
  const graph = new Graph(objectsIn(document['@graph']));
  const facts = new ReadFacts();
  for (const element of [...graph.of('software_Sbom'), ...graph.of('SpdxDocument')])
    facts.addComment(textAt(element.comment) ?? '');
  const { platform, layers, gaps } = documentOf(facts);
  const roots = new Set(graph.of('software_Sbom').flatMap(({ rootElement }) => textsAt(rootElement)));
  const packages = graph.of('software_Package');
  const licenses = graph.declaredLicenses();
  const parts: BillPart[] = [];
  let distribution: BillDistribution | undefined;
  let subject: BillSubject | undefined;
  for (const item of packages.slice(0, mostParts)) {
    const facts = commentOf(item);
    const name = textAt(item.name) ?? '';
    const version = textAt(item.software_packageVersion);
    const purl = purlOf(item);
    const isRoot = roots.has(textAt(item.spdxId) ?? '');
    if (item.software_primaryPurpose === 'operatingSystem') distribution ??= systemOf({ name, version }, facts);
    else if (
      item.software_primaryPurpose === 'container' ||
      purl?.startsWith('pkg:oci/') ||
      (isRoot && purl === undefined)
    ) {
      const digest = digestIn(version) ?? digestIn(sha256Of(item, 'sha256:'));
      if (isRoot) subject ??= { name, ...optional('digest', digest) };
    } else if (name !== '' && (purl !== undefined || version !== undefined)) {
      const stated = {
        name,
        version,
        purl,
        supplier: actorOf(graph.at(item.suppliedBy)),
        licenses: licenses.get(textAt(item.spdxId) ?? '') ?? [],
        ...sourceInfoOf(textAt(item.software_sourceInfo)),
      };
      parts.push(partOf(stated, facts));
    }
  }
  const [creation] = graph.of('CreationInfo');
  return {
    subject: {
      ...(subject ?? { name: textAt(graph.of('SpdxDocument')[0]?.name) ?? '' }),
      ...optional('platform', platform),
    },
    created: textAt(creation?.created) ?? '',
    tool: toolNamed(textAt(graph.of('Tool')[0]?.name) ?? ''),
    ...(distribution === undefined ? {} : { distribution }),
    layers,
    parts,
    files: graph.of('software_File').slice(0, mostParts).flatMap(fileAt),
    gaps: [
      ...gaps,
      ...(packages.length > mostParts ? [{ code: 'limit', text: `more than ${mostParts} packages` }] : []),
    ],
  };
}

/** The elements of a document by type and by id. */
class Graph {
  readonly #byType = new Map<string, Claims[]>();
  readonly #byId = new Map<string, Claims>();

  constructor(elements: Iterable<Claims>) {
    for (const element of elements) {
      const type = textAt(element.type) ?? textAt(element['@type']) ?? '';
      const known = this.#byType.get(type);
      if (known === undefined) this.#byType.set(type, [element]);
      else known.push(element);
      const id = textAt(element.spdxId) ?? textAt(element['@id']);
      if (id !== undefined) this.#byId.set(id, element);
    }
  }

  of(type: string): readonly Claims[] {
    return this.#byType.get(type) ?? [];
  }

  at(id: unknown): Claims | undefined {
    return typeof id === 'string' ? this.#byId.get(id) : undefined;
  }

  /** The licences that relations say were declared, by the id of the package. */
  declaredLicenses(): ReadonlyMap<string, readonly string[]> {
    const declared = new Map<string, string[]>();
    for (const { from, to, relationshipType } of this.of('Relationship')) {
      if (relationshipType !== 'hasDeclaredLicense' || typeof from !== 'string') continue;
      const texts = textsAt(to).flatMap((id) => licenseOf(this.at(id)) ?? []);
      const known = declared.get(from) ?? [];
      for (const each of texts) known.push(each);
      declared.set(from, known);
    }
    return declared;
  }
}

/** An expression, a text, or a licence with a name (profile ExpandedLicensing). */
function licenseOf(license: Claims | undefined): string | undefined {
  const text = textAt(license?.simplelicensing_licenseText);
  return (
    textAt(license?.simplelicensing_licenseExpression) ??
    (license?.type === 'simplelicensing_SimpleLicensingText' ? text : (textAt(license?.name) ?? text))
  );
}

/** `name <mail>`, as maintainers are written elsewhere */
function actorOf(agent: Claims | undefined): string | undefined {
  const name = textAt(agent?.name);
  const mail = identifierOf(agent, 'email');
  return name === undefined || mail === undefined ? name : `${name} <${mail}>`;
}

function commentOf(element: Claims): ReadFacts {
  const facts = new ReadFacts();
  facts.addComment(textAt(element.comment) ?? '');
  return facts;
}

const purlOf = (item: Claims): string | undefined =>
  textAt(item.software_packageUrl) ?? identifierOf(item, 'packageUrl');

function identifierOf(element: Claims | undefined, type: string): string | undefined {
  const identifiers = objectsAt(element?.externalIdentifier);
  return textAt(identifiers.find(({ externalIdentifierType }) => externalIdentifierType === type)?.identifier);
}

function sha256Of(item: Claims, prefix: string): string | undefined {
  const hash = objectsAt(item.verifiedUsing).find(({ algorithm }) => algorithm === 'sha256');
  const value = textAt(hash?.hashValue);
  return value === undefined ? undefined : `${prefix}${value}`;
}

function fileAt(item: Claims): BillFile[] {
  const file = fileOf(textAt(item.name) ?? '', sha256Of(item, ''), commentOf(item));
  return file === undefined || item.software_primaryPurpose !== 'executable' ? [] : [file];
}
