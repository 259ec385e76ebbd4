import { createHash, hash } from 'node:crypto';
import type { BillFile, BillPart } from './bill.ts';

// the namespace of all ids that this room makes: any fixed UUID serves (RFC 9562, section 6.6)
const namespace = Buffer.from('6f1d2c5e9a3b5f4d8c7e0b1a2d3c4e5f', 'hex');

/** A UUID made of content (version 5, RFC 9562 section 5.5): the same text, in whatever pieces, has the same one everywhere, so a document's id needs no chance. */
export function contentUuid(pieces: Iterable<string>): string {
  const sum = createHash('sha1').update(namespace);
  for (const piece of pieces) sum.update(piece);
  const bytes = sum.digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The address that an SPDX document has for itself, made of its name and of what is in it (2.3, clause 6.5); nothing has to be served there. */
export const documentAddress = (name: string, content: Iterable<string>): string =>
  // half of a surrogate pair cannot be in an address
  `https://spdx.org/spdxdocs/${encodeURIComponent(name.toWellFormed())}-${contentUuid(content)}`;

/** A short id made of texts, for references inside of a document. */
export const shortId = (...fields: readonly (string | undefined)[]): string =>
  hash('sha256', JSON.stringify(fields.map((field) => field ?? null)), 'hex').slice(0, 20);

/** A package's id: two entries with one id are the same package in the same place. */
export const idOfPart = ({ purl, name, version, path, layer, key }: BillPart): string =>
  shortId(purl, name, version, path, layer, key);

/** An executable's id. */
export const idOfFile = ({ path, sha256 }: BillFile): string => shortId(path, sha256);
