import type { Bill } from './bill.ts';
import { type Claims, objectAt, textAt, textsAt } from './claims.ts';
import { NoSbom, UnreadableSbom } from './errors.ts';
import { readJsonObject, UnsoundJson } from './json-document.ts';
import { readCycloneDx } from './read-cyclonedx.ts';
import { readSpdx2 } from './read-spdx2.ts';
import { readSpdx3 } from './read-spdx3.ts';
import { readTagValue } from './read-tag-value.ts';
import { utf8Of } from './utf8.ts';

/** A bill that was read, and what it was written in: `CycloneDX 1.5`, `SPDX 2.3`. */
export interface ReadBill {
  readonly form: string;
  readonly bill: Bill;
}

/** the largest known real ones, with every file listed, have a third of it */
export const mostSbomBytes = 256 * 2 ** 20;

const forms = 'CycloneDX JSON or XML 1.4 to 1.7, SPDX JSON or tag-value 2.2 and 2.3, SPDX JSON-LD 3.0';
const tagValue = /^(?:\s*#[^\n]*\n)*\s*SPDXVersion:/;
const headBytes = 4096;

/** Whether a file that begins with these bytes may be a bill of materials rather than an archive: it is text of one of the forms, or JSON, or XML. */
export function looksLikeSbom(head: Buffer): boolean {
  const text = utf8Of(head).toString('utf8');
  return /^\s*[{<]/.test(text) ? !isTar(head) : tagValue.test(text);
}

const isTar = (head: Buffer): boolean => head.toString('latin1', 257, 262) === 'ustar';

/** Reads XML as the JSON that says the same; undefined for what is of no form that it knows. */
export type XmlReading = (text: string, about: string) => Claims | undefined;

/**
 * Reads a document by its content: CycloneDX 1.4 to 1.7, SPDX 2.2, 2.3 (JSON, tag-value) and 3.0, in-toto statements of either; CycloneDX XML only with
 * `readCycloneDxXml`, which functions leave out: what registries and images keep is JSON. `about` names the document in messages. Throws NoSbom for anything else,
 * UnreadableSbom for a broken one.
 */
export function readBill(bytes: Buffer, about: string, readXml?: XmlReading): ReadBill {
  if (bytes.length > mostSbomBytes)
    throw new UnreadableSbom(about, `it is larger than ${mostSbomBytes} bytes`, 'Make it without its list of files.');
  const plain = utf8Of(bytes);
  const head = plain.toString('utf8', 0, headBytes);
  if (tagValue.test(head)) return readDocument(readTagValue(plain.toString('utf8')), about);
  if (/^\s*</.test(head)) {
    const document = readXml?.(plain.toString('utf8'), about);
    if (document === undefined) {
      const what = readXml === undefined ? 'XML, which is not read here' : 'XML, and not of CycloneDX';
      throw new NoSbom(about, `this is ${what}`, `Convert it to one of ${forms}.`);
    }
    return readDocument(document, about);
  }
  if (/^\s*\{/.test(head)) return readJson(plain, about);
  if (/^\s*\[/.test(head)) throw unknownForm(about);
  throw new NoSbom(about, 'this is neither JSON nor XML nor tags and values', `These are read: ${forms}.`);
}

/** what is long in a document, and what nobody here asks for */
const fields = {
  lists: new Set(['components', 'packages', 'relationships', '@graph']),
  passedOver: new Set(['dependencies', 'vulnerabilities', 'services', 'annotations', 'files', 'snippets']),
};

function readJson(bytes: Buffer, about: string): ReadBill {
  try {
    return readDocument(readJsonObject(bytes, fields), about);
  } catch (cause) {
    if (!(cause instanceof UnsoundJson)) throw cause;
    throw new UnreadableSbom(about, 'it is no sound JSON', 'Make it again; it may have been cut off.', { cause });
  }
}

function readDocument(document: Claims, about: string): ReadBill {
  const predicate = textAt(document.predicateType);
  if (predicate !== undefined) {
    const inner = objectAt(document.predicate);
    if (textAt(inner.predicateType) === undefined) return readDocument(inner, about);
  }
  // GitHub's interface for dependency graphs answers so
  const wrapped = objectAt(document.sbom);
  if (textAt(wrapped.spdxVersion) !== undefined) return readDocument(wrapped, about);
  if (document.bomFormat === 'CycloneDX') {
    const version = textAt(document.specVersion) ?? '';
    if (!/^1\.[4-7]$/.test(version)) throw unknownVersion(about, 'CycloneDX', version);
    return { form: `CycloneDX ${version}`, bill: readCycloneDx(document) };
  }
  const spdx = textAt(document.spdxVersion);
  if (spdx !== undefined) {
    if (!/^SPDX-2\.[23]$/.test(spdx)) throw unknownVersion(about, 'SPDX', spdx);
    return { form: spdx.replace('-', ' '), bill: readSpdx2(document) };
  }
  const [linked] = textsAt(document['@context']).flatMap(
    (context) => /^https?:\/\/spdx\.(?:org|github\.io)\/(?:rdf|spdx-spec)\/v?([0-9.]+)/.exec(context)?.[1] ?? [],
  );
  if (linked !== undefined) {
    if (!linked.startsWith('3.0')) throw unknownVersion(about, 'SPDX', linked);
    return { form: 'SPDX 3.0', bill: readSpdx3(document) };
  }
  throw unknownForm(about);
}

const unknownForm = (about: string): NoSbom =>
  new NoSbom(about, 'this is no bill of materials that is read', `These are: ${forms}.`);

const unknownVersion = (about: string, what: string, version: string): NoSbom =>
  new NoSbom(about, `${what} ${JSON.stringify(version.slice(0, 40))} is not read`, `These are: ${forms}.`);
