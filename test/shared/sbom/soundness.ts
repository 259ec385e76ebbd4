import { createRequire } from 'node:module';
import type { SbomVersion } from '#shared/sbom';
import { listedLicenses } from './official-schemas.ts';

// What a document must be beyond its schema, by the words of the specifications: ids are there once and lead somewhere, licences are of the list or told in
// full, hashes are as long as their algorithm makes them, package URLs are canonical.

interface PackageUrl {
  toString(): string;
}
const { PackageURL } = createRequire(import.meta.url)('packageurl-js') as {
  readonly PackageURL: { fromString(text: string): PackageUrl };
};

type Json = Readonly<Record<string, unknown>>;
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
const texts = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === 'string');

/** What is unsound in a document, in words; empty when nothing is. */
export function flaws(document: unknown, { form, version }: SbomVersion): readonly string[] {
  if (form === 'cyclonedx-json') return cycloneDxFlaws(document as Json);
  return version === '2.3' ? spdx2Flaws(document as Json) : spdx3Flaws(document as Json);
}

function cycloneDxFlaws({ metadata, components, dependencies, compositions }: Json): readonly string[] {
  const root = (metadata as Json).component as Json;
  const all = [root, ...list(components)];
  const refs = all.map((each) => String(each['bom-ref']));
  const used = [
    ...list(dependencies).flatMap(({ ref, dependsOn }) => [...texts(ref), ...texts(dependsOn)]),
    ...list(compositions).flatMap(({ assemblies }) => texts(assemblies)),
  ];
  const reached = new Set(list(dependencies).flatMap(({ dependsOn }) => texts(dependsOn)));
  return [
    ...twice(refs),
    ...dangling(used, refs),
    ...twice(list(dependencies).map(({ ref }) => String(ref))),
    ...refs.slice(1).flatMap((ref) => (reached.has(ref) ? [] : [`nothing depends on ${ref}`])),
    ...all.flatMap((each) => list(each.hashes).flatMap(({ alg, content }) => hashFlaws(String(alg), String(content)))),
    ...all.flatMap(({ purl }) => texts(purl).flatMap(purlFlaws)),
    ...all.flatMap(({ licenses }) =>
      list(licenses).flatMap(({ expression }) => texts(expression).flatMap(expressionFlaws)),
    ),
  ];
}

function spdx2Flaws({ packages, relationships, hasExtractedLicensingInfos }: Json): readonly string[] {
  const all = list(packages);
  const ids = ['SPDXRef-DOCUMENT', ...all.map(({ SPDXID }) => String(SPDXID))];
  const ends = list(relationships).flatMap(({ spdxElementId, relatedSpdxElement }) => [
    spdxElementId,
    relatedSpdxElement,
  ]);
  const reached = new Set(list(relationships).map(({ relatedSpdxElement }) => relatedSpdxElement));
  const defined = list(hasExtractedLicensingInfos);
  const references = defined.map(({ licenseId }) => String(licenseId));
  const declared = all.map(({ licenseDeclared }) => String(licenseDeclared)).filter((each) => each !== 'NOASSERTION');
  const used = declared.flatMap((expression) => expression.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? []);
  return [
    ...twice(ids),
    // clause 7.2
    ...ids.flatMap((id) => (/^SPDXRef-[A-Za-z0-9.-]+$/.test(id) ? [] : [`${id} has signs that an id must not have`])),
    ...dangling(ends.map(String), ids),
    ...ids.slice(1).flatMap((id) => (reached.has(id) ? [] : [`no relationship leads to ${id}`])),
    ...twice(references),
    ...dangling(used, references),
    ...dangling(references, used),
    ...defined.flatMap(({ licenseId, extractedText }) => (extractedText === '' ? [`${licenseId} has no text`] : [])),
    ...declared.flatMap((expression) => expressionFlaws(expression.replaceAll(/LicenseRef-[A-Za-z0-9.-]+/g, 'MIT'))),
    ...all.flatMap(({ checksums }) =>
      list(checksums).flatMap(({ algorithm, checksumValue }) => hashFlaws(String(algorithm), String(checksumValue))),
    ),
    ...all.flatMap(({ externalRefs }) => list(externalRefs).flatMap(referenceFlaws)),
  ];
}

function referenceFlaws({ referenceType, referenceLocator }: Json): readonly string[] {
  const locator = String(referenceLocator);
  if (/\s/.test(locator)) return [`the reference ${locator} has white space`];
  return referenceType === 'purl' ? purlFlaws(locator) : [];
}

/** fields whose values are ids of elements */
const links = ['from', 'to', 'element', 'rootElement', 'suppliedBy', 'createdBy', 'createdUsing', 'creationInfo'];

function spdx3Flaws({ '@graph': graph }: Json): readonly string[] {
  const all = list(graph);
  const ids = all.map(({ spdxId, '@id': blank }) => String(spdxId ?? blank));
  const sbom = all.find(({ type }) => type === 'software_Sbom');
  const related = new Set(all.flatMap(({ type, to }) => (type === 'Relationship' ? texts(to) : [])));
  const root = texts(sbom?.rootElement);
  return [
    ...twice(ids),
    ...dangling(
      all.flatMap((each) => links.flatMap((name) => texts(each[name]))),
      ids,
    ),
    ...all.flatMap(({ type, spdxId }) =>
      /^software_(?:Package|File)$/.test(String(type)) && !related.has(String(spdxId)) && !root.includes(String(spdxId))
        ? [`no relationship leads to ${String(spdxId)}`]
        : [],
    ),
    ...all.flatMap(({ verifiedUsing }) =>
      list(verifiedUsing).flatMap(({ algorithm, hashValue }) => hashFlaws(String(algorithm), String(hashValue))),
    ),
    ...all.flatMap((each) => texts(each.software_packageUrl).flatMap(purlFlaws)),
    ...all.flatMap((each) => texts(each.simplelicensing_licenseExpression).flatMap(expressionFlaws)),
  ];
}

const twice = (ids: readonly string[]): readonly string[] =>
  ids.flatMap((id, at) => (ids.indexOf(id) < at ? [`${id} is there twice`] : []));

function dangling(used: readonly string[], known: readonly string[]): readonly string[] {
  const there = new Set(known);
  return used.flatMap((id) => (there.has(id) ? [] : [`${id} leads nowhere`]));
}

const hexDigits: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

function hashFlaws(algorithm: string, value: string): readonly string[] {
  const digits = hexDigits[algorithm.toLowerCase().replace('-', '')];
  return digits === value.length && /^[0-9a-f]+$/.test(value) ? [] : [`${algorithm} ${value} is no such hash`];
}

/** Every word of an expression is of the list, and nothing else (SPDX 2.3, annex D); `GPL-2.0+` is an id of the list or one with a plus. */
function expressionFlaws(expression: string): readonly string[] {
  const words = expression.match(/[^\s()]+/g) ?? [];
  const operators = new Set(['AND', 'OR', 'WITH']);
  return words.flatMap((word) =>
    operators.has(word) || listedLicenses.has(word) || listedLicenses.has(word.replace(/\+$/, ''))
      ? []
      : [`${word} of the expression ${expression} is no licence of the list`],
  );
}

/** purl-spec, "Character encoding": what may stand unescaped in a part; `/`, `@`, `?`, `=` and `&` part them. */
const canonical =
  /^pkg:[a-z][a-z0-9.-]*(?:\/(?:[A-Za-z0-9.\-_~:]|%[0-9A-F]{2})+)+(?:@(?:[A-Za-z0-9.\-_~:]|%[0-9A-F]{2})+)?(?:\?[a-z0-9._-]+=(?:[A-Za-z0-9.\-_~:]|%[0-9A-F]{2})+(?:&[a-z0-9._-]+=(?:[A-Za-z0-9.\-_~:]|%[0-9A-F]{2})+)*)?$/;

/**
 * An independent library must read it, by the rules of its type, and print it again: same parts in the same order. Libraries differ in which signs they escape,
 * so those are held against the specification and the rest against the library.
 */
export function purlFlaws(purl: string): readonly string[] {
  if (!canonical.test(purl)) return [`${purl} is not written as purl-spec says`];
  try {
    const again = PackageURL.fromString(purl).toString();
    return decodeURIComponent(again) === decodeURIComponent(purl) ? [] : [`${purl} is canonically ${again}`];
  } catch (error) {
    return [`${purl}: ${String(error)}`];
  }
}
