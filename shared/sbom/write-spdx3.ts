import type { Bill, BillFile, BillPart } from './bill.ts';
import { documentAddress, idOfFile, idOfPart, shortId } from './content-id.ts';
import { distributionFacts, documentFacts, fileFacts, partFacts, withComment } from './facts.ts';
import { readLicenses } from './license-expression.ts';

const creationInfo = '_:creation';

type Element = Readonly<Record<string, unknown>>;

/**
 * A bill as SPDX 3.0.1 JSON-LD (profiles core, software and simpleLicensing): an Sbom whose root, the image, contains packages and files; licences and suppliers are
 * elements of their own. All ids begin with an address that is made of the content.
 */
export function writeSpdx3(bill: Bill): object {
  const base = documentAddress(bill.subject.name, JSON.stringify(bill));
  return { '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld', '@graph': new Graph(base).elements(bill) };
}

class Graph {
  readonly #base: string;
  readonly #suppliers = new Map<string, Element>();
  readonly #licenses = new Map<string, Element>();

  constructor(base: string) {
    this.#base = base;
  }

  elements(bill: Bill): Element[] {
    const maker = this.#id('maker');
    const tool = this.#id('tool');
    const image = this.#id('image');
    const sbom = this.#id('sbom');
    const packages = bill.parts.map((part) => this.#part(part));
    const contained = [...this.#system(bill), ...packages, ...bill.files.map((file) => this.#file(file))];
    const declared = bill.parts.flatMap((part) => this.#declared(part));
    const content = [
      this.#image(bill, image),
      ...contained,
      ...this.#suppliers.values(),
      ...this.#licenses.values(),
      ...(contained.length === 0 ? [] : [this.#contains(image, contained, bill)]),
      ...declared,
    ];
    return [
      {
        type: 'CreationInfo',
        '@id': creationInfo,
        specVersion: '3.0.1',
        created: bill.created,
        createdBy: [maker],
        createdUsing: [tool],
      },
      this.#element('SoftwareAgent', maker, { name: bill.tool.name }),
      this.#element('Tool', tool, { name: `${bill.tool.name}-${bill.tool.version}` }),
      this.#element('SpdxDocument', this.#id('document'), {
        name: bill.subject.name,
        profileConformance: ['core', 'software', 'simpleLicensing'],
        rootElement: [sbom],
      }),
      this.#element('software_Sbom', sbom, {
        ...withComment(documentFacts(bill)),
        software_sbomType: ['analyzed'],
        rootElement: [image],
        element: content.map((each) => each.spdxId),
      }),
      ...content,
    ];
  }

  #id(name: string): string {
    return `${this.#base}#${name}`;
  }

  #element(type: string, spdxId: string, fields: Element): Element {
    return { type, spdxId, creationInfo, ...fields };
  }

  #image({ subject }: Bill, id: string): Element {
    const { name, digest } = subject;
    return this.#element('software_Package', id, {
      name,
      ...(digest === undefined ? {} : { verifiedUsing: [hash(digest)], software_packageVersion: digest }),
      software_primaryPurpose: 'container',
    });
  }

  #system({ distribution }: Bill): Element[] {
    if (distribution === undefined) return [];
    const { id, versionId } = distribution;
    return [
      this.#element('software_Package', this.#id('operating-system'), {
        name: id,
        ...withComment(distributionFacts(distribution)),
        ...(versionId === '' ? {} : { software_packageVersion: versionId }),
        software_primaryPurpose: 'operatingSystem',
      }),
    ];
  }

  #partId(part: BillPart): string {
    return this.#id(`package-${idOfPart(part)}`);
  }

  #part(part: BillPart): Element {
    const { purl, cpe, supplier } = part;
    return this.#element('software_Package', this.#partId(part), {
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

  #file(file: BillFile): Element {
    return this.#element('software_File', this.#id(`file-${idOfFile(file)}`), {
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

  #contains(from: string, contained: readonly Element[], { gaps }: Bill): Element {
    return this.#element('Relationship', this.#id('contains'), {
      from,
      relationshipType: 'contains',
      to: contained.map(({ spdxId }) => spdxId),
      completeness: gaps.length === 0 ? 'complete' : 'incomplete',
    });
  }

  #declared(part: BillPart): Element[] {
    const read = readLicenses(part.licenses);
    const to = [...new Set(read.map(({ kind, text }) => (kind === 'name' ? this.#named(text) : this.#license(text))))];
    if (to.length === 0) return [];
    const from = this.#partId(part);
    return [
      this.#element('Relationship', from.replace('#package-', '#declared-'), {
        from,
        relationshipType: 'hasDeclaredLicense',
        to,
      }),
    ];
  }
}

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
