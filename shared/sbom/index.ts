export * from './bill.ts';
export * from './errors.ts';
export { type Purl, parsePurl } from './parse-purl.ts';
export { looksLikeSbom, mostSbomBytes, type ReadBill, readBill } from './read-bill.ts';
export { type SbomVersion, sbomMediaType, sbomVersion, writeBill } from './write-bill.ts';
