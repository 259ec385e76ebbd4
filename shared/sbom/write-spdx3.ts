import type { BillFile, BillPart } from './bill.ts';
import { documentAddress, shortId } from './content-id.ts';
import { distributionFacts, documentFacts, fileFacts, partFacts, withComment } from './facts.ts';
import { compactPieces, Fields, Listed } from './json-pieces.ts';
import { readLicenses } from './license-expression.ts';
import type { PreparedBill } from './prepared-bill.ts';

const creationInfo = '_:creation';

type Element = Readonly<Record<string, unknown>>;

/**
 * A bill as SPDX 3.0.1 JSON-LD (profiles core, software and simpleLicensing): an Sbom whose root, the image, contains packages and files; licences and suppliers are
 * elements of their own. All ids begin with an address that is made of the content.
 */
export function writeSpdx3(bill: PreparedBill): Fields {
  const base = documentAddress(bill.subject.name, compactPieces(contentOf(bill)));
  const graph = new Graph(base, bill);
  return new Fields(function* () {
    yield ['@context', 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld'];
    yield ['@graph', new Listed(() => graph.elements())];
  });
}

/** All that the bill says, in its own order. */
const contentOf = (bill: PreparedBill): Fields =>
  new Fields(function* () {
    for (const [name, value] of Object.entries(bill))
      yield [name, value instanceof Map ? new Listed(() => value.values()) : value];
  });

class Graph {
  readonly #base: string;
  readonly #bill: PreparedBill;
  readonly #suppliers = new Map<string, Element>();
  readonly #licenses = new Map<string, Element>();

  constructor(base: string, bill: PreparedBill) {
    this.#base = base;
    this.#bill = bill;
    // what packages refer to is named before them
    for (const { supplier } of bill.parts.values()) if (supplier !== undefined) this.#supplier(supplier);
    for (const part of bill.parts.values()) this.#licensesOf(part);
  }

  *elements(): Generator<Element | Fields> {
    const { created, tool, subject } = this.#bill;
    const maker = this.#id('maker');
    const made = this.#id('tool');
    const sbom = this.#id('sbom');
    yield {
      type: 'CreationInfo',
      '@id': creationInfo,
      specVersion: '3.0.1',
      created,
      createdBy: [maker],
      createdUsing: [made],
    };
    yield this.#element('SoftwareAgent', maker, { name: tool.name });
    yield this.#element('Tool', made, { name: `${tool.name}-${tool.version}` });
    yield this.#element('SpdxDocument', this.#id('document'), {
      name: subject.name,
      profileConformance: ['core', 'software', 'simpleLicensing'],
      rootElement: [sbom],
    });
    yield withList(
      this.#element('software_Sbom', sbom, {
        ...withComment(documentFacts(this.#bill)),
        software_sbomType: ['analyzed'],
        rootElement: [this.#image],
      }),
      'element',
      () => this.#contentIds(),
    );
    yield* this.#content();
  }

  *#content(): Generator<Element | Fields> {
    const { parts, files } = this.#bill;
    yield this.#imageElement();
    yield* this.#system();
    for (const [id, part] of parts) yield this.#part(id, part);
    for (const [id, file] of files) yield this.#file(id, file);
    yield* this.#suppliers.values();
    yield* this.#licenses.values();
    if (this.#containsAny) yield this.#contains();
    for (const [id, part] of parts) yield* this.#declared(id, part);
  }

  /** The ids of the content, in its order. */
  *#contentIds(): Generator<unknown> {
    yield this.#image;
    yield* this.#containedIds();
    for (const { spdxId } of this.#suppliers.values()) yield spdxId;
    for (const { spdxId } of this.#licenses.values()) yield spdxId;
    if (this.#containsAny) yield this.#id('contains');
    for (const [id, part] of this.#bill.parts) if (this.#licensesOf(part).length > 0) yield this.#declaredId(id);
  }

  *#containedIds(): Generator<string> {
    if (this.#bill.distribution !== undefined) yield this.#systemId;
    for (const id of this.#bill.parts.keys()) yield this.#partId(id);
    for (const id of this.#bill.files.keys()) yield this.#fileId(id);
  }

  get #containsAny(): boolean {
    const { distribution, parts, files } = this.#bill;
    return distribution !== undefined || parts.size + files.size > 0;
  }

  get #image(): string {
    return this.#id('image');
  }

  get #systemId(): string {
    return this.#id('operating-system');
  }

  #id(name: string): string {
    return `${this.#base}#${name}`;
  }

  #element(type: string, spdxId: string, fields: Element): Element {
    return { type, spdxId, creationInfo, ...fields };
  }

  #imageElement(): Element {
    const { name, digest } = this.#bill.subject;
    return this.#element('software_Package', this.#image, {
      name,
      ...(digest === undefined ? {} : { verifiedUsing: [hash(digest)], software_packageVersion: digest }),
      software_primaryPurpose: 'container',
    });
  }

  #system(): Element[] {
    const { distribution } = this.#bill;
    if (distribution === undefined) return [];
    const { id, versionId } = distribution;
    return [
      this.#element('software_Package', this.#systemId, {
        name: id,
        ...withComment(distributionFacts(distribution)),
        ...(versionId === '' ? {} : { software_packageVersion: versionId }),
        software_primaryPurpose: 'operatingSystem',
      }),
    ];
  }

  #partId(id: string): string {
    return this.#id(`package-${id}`);
  }

  #fileId(id: string): string {
    return this.#id(`file-${id}`);
  }

  #declaredId(id: string): string {
    return this.#id(`declared-${id}`);
  }

  #part(id: string, part: BillPart): Element {
    const { purl, cpe, supplier } = part;
    return this.#element('software_Package', this.#partId(id), {
      name: part.name,
      ...withComment(partFacts(part)),
      ...(supplier === undefined ? {} : { suppliedBy: this.#supplier(supplier) }),
      software_packageVersion: part.version,
      ...identified([
        ['packageUrl', purl],
        ['cpe23', cpe],
      ]),
      ...(purl === undefined ? {} : { software_packageUrl: purl }),
      software_primaryPurpose: 'library',
    });
  }

  #file(id: string, file: BillFile): Element {
    return this.#element('software_File', this.#fileId(id), {
      name: file.path,
      ...withComment(fileFacts(file)),
      verifiedUsing: [hash(`sha256:${file.sha256}`)],
      software_primaryPurpose: 'executable',
    });
  }

  #supplier(name: string): string {
    return this.#once(this.#suppliers, name, (id) => this.#element('Agent', this.#id(`supplier-${id}`), { name }));
  }

  #license(expression: string): string {
    return this.#once(this.#licenses, expression, (id) =>
      this.#element('simplelicensing_LicenseExpression', this.#id(`license-${id}`), {
        simplelicensing_licenseExpression: expression,
      }),
    );
  }

  /** A licence that is no expression is kept as the text that it is. */
  #named(text: string): string {
    return this.#once(this.#licenses, `text:${text}`, (id) =>
      this.#element('simplelicensing_SimpleLicensingText', this.#id(`license-text-${id}`), {
        name: text,
        simplelicensing_licenseText: text,
      }),
    );
  }

  #once(known: Map<string, Element>, text: string, make: (id: string) => Element): string {
    const element = known.get(text) ?? make(shortId(text));
    known.set(text, element);
    return String(element.spdxId);
  }

  #contains(): Fields {
    return withList(
      this.#element('Relationship', this.#id('contains'), { from: this.#image, relationshipType: 'contains' }),
      'to',
      () => this.#containedIds(),
      { completeness: this.#bill.gaps.length === 0 ? 'complete' : 'incomplete' },
    );
  }

  #licensesOf(part: BillPart): readonly string[] {
    const read = readLicenses(part.licenses);
    return [...new Set(read.map(({ kind, text }) => (kind === 'name' ? this.#named(text) : this.#license(text))))];
  }

  #declared(id: string, part: BillPart): Element[] {
    const to = this.#licensesOf(part);
    if (to.length === 0) return [];
    return [
      this.#element('Relationship', this.#declaredId(id), {
        from: this.#partId(id),
        relationshipType: 'hasDeclaredLicense',
        to,
      }),
    ];
  }
}

/** An element with a list that is as long as the bill, and what follows it. */
const withList = (element: Element, name: string, items: () => Iterable<unknown>, after: Element = {}): Fields =>
  new Fields(function* () {
    yield* Object.entries(element);
    yield [name, new Listed(items)];
    yield* Object.entries(after);
  });

function hash(digest: string): Element {
  const [algorithm, hashValue] = digest.split(':');
  return { type: 'Hash', algorithm, hashValue };
}

function identified(names: readonly (readonly [type: string, identifier: string | undefined])[]): Element {
  const given = names.flatMap(([externalIdentifierType, identifier]) =>
    identifier === undefined ? [] : [{ type: 'ExternalIdentifier', externalIdentifierType, identifier }],
  );
  return given.length === 0 ? {} : { externalIdentifier: given };
}
