import { type XmlEvent, xmlReader } from '#shared/xml';
import type { Claims } from './claims.ts';
import { UnreadableSbom } from './errors.ts';

/** An element with all that is in it. Names have no prefix: documents may bind the namespace to any. */
interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

// a component in a component lies two deeper
const limits = { depth: 256, tag: 64 << 10, text: 1 << 20, total: 1 << 29 };
const pieceLength = 64 << 10;

/**
 * A CycloneDX XML document as the JSON document that says the same (both are made of one model, ECMA-424), as far as bills need it; undefined when its
 * root is of another namespace. Throws UnreadableSbom.
 */
export function readCycloneDxXml(text: string, about: string): Claims | undefined {
  const root = treeOf(text, about);
  const [, specVersion] = /^http:\/\/cyclonedx\.org\/schema\/bom\/([\d.]+)$/.exec(namespaceOf(root)) ?? [];
  if (root.name !== 'bom' || specVersion === undefined) return undefined;
  const metadata = child(root, 'metadata');
  return {
    bomFormat: 'CycloneDX',
    specVersion,
    metadata: {
      timestamp: textOf(metadata, 'timestamp'),
      tools: toolsOf(child(metadata, 'tools')),
      component: children(metadata, 'component').map(componentOf)[0],
    },
    components: componentsOf(root),
    compositions: children(child(root, 'compositions'), 'composition').map((composition) => ({
      aggregate: textOf(composition, 'aggregate'),
      assemblies: children(child(composition, 'assemblies'), 'assembly').map(({ attributes }) => attributes.ref),
    })),
  };
}

function treeOf(text: string, about: string): Element {
  const broken = (what: string): UnreadableSbom =>
    new UnreadableSbom(about, `it is no sound XML: ${what}`, 'Make it again; it may have been cut off.');
  const reader = xmlReader(broken, limits);
  const document: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [document];
  for (let at = 0; at < text.length; at += pieceLength) {
    for (const event of reader.push(text.slice(at, at + pieceLength))) place(event, open);
  }
  reader.end();
  return document.children[0] ?? document;
}

function place(event: XmlEvent, open: Element[]): void {
  if (event.kind === 'close') {
    const closed = open.pop();
    if (closed !== undefined) closed.text = event.text;
    return;
  }
  const colon = event.name.indexOf(':');
  const element = { name: event.name.slice(colon + 1), attributes: event.attributes, children: [], text: '' };
  open.at(-1)?.children.push(element);
  open.push(element);
}

/** The namespace that the root's own name is in, whichever prefix it has. */
function namespaceOf({ attributes }: Element): string {
  const bound = Object.entries(attributes).filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  return bound.map(([, value]) => value).find((value) => value.startsWith('http://cyclonedx.org/schema/bom/')) ?? '';
}

const children = (element: Element | undefined, name: string): readonly Element[] =>
  element?.children.filter((each) => each.name === name) ?? [];
const child = (element: Element | undefined, name: string): Element | undefined => children(element, name)[0];
const textOf = (element: Element | undefined, name: string): string | undefined => child(element, name)?.text.trim();

/** Until 1.4 tools were a list; since 1.5 they are components. */
const toolsOf = (tools: Element | undefined): unknown =>
  child(tools, 'components') === undefined
    ? children(tools, 'tool').map((tool) => ({ name: textOf(tool, 'name'), version: textOf(tool, 'version') }))
    : { components: componentsOf(tools) };

const componentsOf = (element: Element | undefined): readonly Claims[] =>
  children(child(element, 'components'), 'component').map(componentOf);

/** fields that are texts in both forms */
const plain = ['publisher', 'group', 'name', 'version', 'description', 'cpe', 'purl'] as const;

function componentOf(component: Element): Claims {
  const occurrences = children(child(child(component, 'evidence'), 'occurrences'), 'occurrence');
  return {
    type: component.attributes.type,
    'bom-ref': component.attributes['bom-ref'],
    ...Object.fromEntries(plain.map((name) => [name, textOf(component, name)])),
    supplier: { name: textOf(child(component, 'supplier'), 'name') },
    licenses: child(component, 'licenses')?.children.map(licenseOf),
    hashes: children(child(component, 'hashes'), 'hash').map(({ attributes, text }) => ({
      alg: attributes.alg,
      content: text.trim(),
    })),
    evidence: { occurrences: occurrences.map((occurrence) => ({ location: textOf(occurrence, 'location') })) },
    properties: children(child(component, 'properties'), 'property').map(({ attributes, text }) => ({
      name: attributes.name,
      value: text,
    })),
    components: componentsOf(component),
  };
}

const licenseOf = (license: Element): Claims =>
  license.name === 'expression'
    ? { expression: license.text.trim() }
    : { license: { id: textOf(license, 'id'), name: textOf(license, 'name') } };
