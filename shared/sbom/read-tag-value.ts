import type { Claims } from './claims.ts';

type Fields = Record<string, unknown>;

const simple: Readonly<Record<string, string>> = {
  SPDXID: 'SPDXID',
  PackageVersion: 'versionInfo',
  PackageSupplier: 'supplier',
  PackageLicenseDeclared: 'licenseDeclared',
  PackageSourceInfo: 'sourceInfo',
  PackageComment: 'comment',
  PrimaryPackagePurpose: 'primaryPackagePurpose',
};

/**
 * An SPDX tag-value document as the JSON document that says the same (SPDX 2.3, clause 5: `Tag: value` lines, several lines between <text> and </text>), as far as bills
 * need it: files and snippets are passed over.
 */
export function readTagValue(text: string): Claims {
  const document: Fields = {};
  const creation: Fields = {};
  const creators: string[] = [];
  const packages: Fields[] = [];
  const licenses: Fields[] = [];
  const relationships: Fields[] = [];
  let current: Fields | undefined = document;
  for (const { tag, value } of tagsOf(text)) {
    if (tag === 'PackageName') {
      current = { name: value };
      packages.push(current);
    } else if (tag === 'LicenseID') {
      current = { licenseId: value };
      licenses.push(current);
    } else if (tag === 'FileName' || tag === 'SnippetSPDXID') current = undefined;
    else if (tag === 'Creator') creators.push(value);
    else if (tag === 'Created') creation.created = value;
    else if (tag === 'SPDXVersion') document.spdxVersion = value;
    else if (tag === 'DocumentName') document.name = value;
    else if (tag === 'DocumentComment') document.comment = value;
    else if (tag === 'Relationship') relationships.push(relationOf(value));
    else if (current !== undefined) addTo(current, tag, value);
  }
  return {
    ...document,
    creationInfo: { ...creation, creators },
    packages,
    relationships,
    hasExtractedLicensingInfos: licenses,
  };
}

function addTo(fields: Fields, tag: string, value: string): void {
  const name = Object.hasOwn(simple, tag) ? simple[tag] : undefined;
  if (name !== undefined) fields[name] = value;
  else if (tag === 'ExternalRef') addExternal(fields, value);
  else if (tag === 'PackageChecksum') addChecksum(fields, value);
  else if (tag === 'PackageAttributionText') push(fields, 'attributionTexts', value);
  else if (tag === 'LicenseName') fields.name = value;
  else if (tag === 'ExtractedText') fields.extractedText = value;
}

function addExternal(fields: Fields, value: string): void {
  const [referenceCategory, referenceType, referenceLocator] = value.split(/\s+/);
  push(fields, 'externalRefs', { referenceCategory, referenceType, referenceLocator });
}

function addChecksum(fields: Fields, value: string): void {
  const [, algorithm, checksumValue] = /^(\S+): (\S+)$/.exec(value) ?? [];
  push(fields, 'checksums', { algorithm, checksumValue });
}

function push(fields: Fields, name: string, value: unknown): void {
  const known = fields[name];
  if (Array.isArray(known)) known.push(value);
  else fields[name] = [value];
}

function relationOf(value: string): Fields {
  const [spdxElementId, relationshipType, relatedSpdxElement] = value.split(/\s+/);
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

function* tagsOf(text: string): Generator<{ readonly tag: string; readonly value: string }> {
  let at = 0;
  while (at < text.length) {
    let end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    const colon = text.indexOf(':', at);
    if (colon > at && colon < end && text[at] !== '#') {
      const tag = text.slice(at, colon).trim();
      const opened = text.slice(colon + 1, end).trimStart();
      if (opened.startsWith('<text>')) {
        const from = text.indexOf('<text>', colon) + '<text>'.length;
        const close = text.indexOf('</text>', from);
        // a text that is never closed goes on to the end
        end = close < 0 ? text.length : close + '</text>'.length;
        yield { tag, value: text.slice(from, close < 0 ? text.length : close) };
      } else yield { tag, value: opened.trimEnd() };
    }
    at = end + 1;
  }
}
