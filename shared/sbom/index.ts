export * from './bill.ts';
export { type Claims, objectAt, objectsAt, textAt, textsAt } from './claims.ts';
export { readCycloneDxXml } from './cyclonedx-xml.ts';
export * from './errors.ts';
export { escapedJson } from './escaped-json.ts';
export { Fields, Listed, prettyPieces } from './json-pieces.ts';
export { type Purl, parsePurl } from './parse-purl.ts';
export { looksLikeSbom, mostSbomBytes, type ReadBill, readBill, type XmlReading } from './read-bill.ts';
export { billPieces, type SbomVersion, sbomMediaType, sbomVersion, writeBill } from './write-bill.ts';
