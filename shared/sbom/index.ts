export * from './bill.ts';
export { type SbomVersion, sbomMediaType, sbomVersion, writeBill } from './write-bill.ts';
