import type { Bill, BillDistribution, BillFile, BillPart, BillSubject } from './bill.ts';
import { type Claims, objectAt, objectsAt, objectsIn, optional, textAt } from './claims.ts';
import { ReadFacts } from './facts.ts';
import { digestIn, documentOf, fileOf, mostParts, partOf, systemOf } from './read-parts.ts';

/**
 * A CycloneDX JSON document as a bill: components of every depth, what is a package and what is a file, the operating system, and the facts that Drydock, Trivy and Syft
 * write as properties. A composition of the root that is not complete is a gap.
 */
export function readCycloneDx(document: Claims): Bill {
  const metadata = objectAt(document.metadata);
  const root = objectAt(metadata.component);
  const facts = propertiesOf(root);
  const { platform, layers, gaps } = documentOf(facts);
  const parts: BillPart[] = [];
  const files: BillFile[] = [];
  let distribution: BillDistribution | undefined;
  let count = 0;
  for (const component of componentsOf(document, root)) {
    count += 1;
    if (count > mostParts) break;
    const read = readComponent(component);
    if (read.kind === 'part') parts.push(read.part);
    else if (read.kind === 'file') files.push(read.file);
    else if (read.kind === 'system') distribution ??= read.system;
  }
  const open = gaps.length === 0 ? openCompositions(document, root) : [];
  const cut = count > mostParts ? [{ code: 'limit', text: `more than ${mostParts} components` }] : [];
  return {
    subject: subjectOf(root, platform),
    created: textAt(metadata.timestamp) ?? '',
    tool: toolOf(metadata.tools),
    ...(distribution === undefined ? {} : { distribution }),
    layers,
    parts,
    files,
    gaps: [...gaps, ...open, ...cut],
  };
}

/** Components may hold components; those of the root are listed too by some. */
function* componentsOf(document: Claims, root: Claims): Generator<Claims> {
  for (const list of [document.components, root.components])
    for (const component of objectsIn(list)) yield* withInner(component);
}

function* withInner(component: Claims): Generator<Claims> {
  const waiting = [component];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    const inner = objectsAt(next.components);
    for (let at = inner.length - 1; at >= 0; at -= 1) waiting.push(inner[at] ?? {});
  }
}

type Component =
  | { readonly kind: 'part'; readonly part: BillPart }
  | { readonly kind: 'file'; readonly file: BillFile }
  | { readonly kind: 'system'; readonly system: BillDistribution }
  | { readonly kind: 'none' };

function readComponent(component: Claims): Component {
  const facts = propertiesOf(component);
  const name = textAt(component.name) ?? '';
  const version = textAt(component.version);
  const purl = textAt(component.purl);
  if (component.type === 'operating-system') {
    return { kind: 'system', system: systemOf({ name, version, prettyName: textAt(component.description) }, facts) };
  }
  if (component.type === 'file' && purl === undefined) {
    const file = fileOf(name, sha256Of(component), facts);
    return file === undefined ? { kind: 'none' } : { kind: 'file', file };
  }
  const isNameAlone = purl === undefined && version === undefined;
  // a name alone groups what is in it (a lock file, a binary), unless that is nothing; and an image is no package
  if ((isNameAlone && !isLeafLibrary(component)) || purl?.startsWith('pkg:oci/') || name === '')
    return { kind: 'none' };
  const [occurrence] = objectsAt(objectAt(component.evidence).occurrences);
  const group = textAt(component.group);
  return {
    kind: 'part',
    part: {
      ...(component.scope === 'excluded' ? { isExcluded: true } : {}),
      ...partOf(
        {
          name: group === undefined || purl !== undefined ? name : `${group}/${name}`,
          version,
          purl,
          supplier: textAt(objectAt(component.supplier).name) ?? textAt(component.publisher),
          licenses: objectsAt(component.licenses).flatMap(licenseOf),
          path: textAt(occurrence?.location),
        },
        facts,
      ),
    },
  };
}

/** A library that says no more than its name is a package all the same, and nobody can judge it. */
const isLeafLibrary = ({ type, components }: Claims): boolean =>
  (type === 'library' || type === 'framework') && objectsAt(components).length === 0;

function licenseOf(choice: Claims): readonly string[] {
  const license = objectAt(choice.license);
  const stated = textAt(choice.expression) ?? textAt(license.id) ?? textAt(license.name);
  return stated === undefined ? [] : [stated];
}

function propertiesOf(component: Claims): ReadFacts {
  const facts = new ReadFacts();
  for (const { name, value } of objectsAt(component.properties)) {
    if (typeof name === 'string' && typeof value === 'string') facts.add(name, value);
  }
  return facts;
}

function sha256Of(component: Claims): string | undefined {
  return textAt(objectsAt(component.hashes).find(({ alg }) => alg === 'SHA-256')?.content);
}

function subjectOf(root: Claims, platform: string | undefined): BillSubject {
  const hash = sha256Of(root);
  const digest =
    digestIn(textAt(root.version)) ??
    digestIn(propertiesOf(root).first('aquasecurity:trivy:RepoDigest')) ??
    digestIn(hash === undefined ? undefined : `sha256:${hash}`);
  return { name: textAt(root.name) ?? '', ...optional('digest', digest), ...optional('platform', platform) };
}

/** Until 1.4 tools were a list; since 1.5 they are components. */
function toolOf(tools: unknown): Bill['tool'] {
  const [tool] = Array.isArray(tools) ? objectsAt(tools) : objectsAt(objectAt(tools).components);
  return { name: textAt(tool?.name) ?? '', version: textAt(tool?.version) ?? '' };
}

function openCompositions(document: Claims, root: Claims): Bill['gaps'] {
  const open = objectsAt(document.compositions).some(
    ({ aggregate, assemblies }) =>
      textAt(aggregate)?.startsWith('incomplete') === true &&
      Array.isArray(assemblies) &&
      assemblies.includes(root['bom-ref']),
  );
  return open ? [{ code: 'unsupported-evidence', text: 'its author says that it is not complete' }] : [];
}
