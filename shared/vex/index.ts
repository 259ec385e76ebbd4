export { notAfter } from './not-after.ts';
export { mostVexBytes, readVex } from './read-vex.ts';
export * from './types.ts';
export { statementsAbout, type VexAnswer, type VexSubject, vexFor, vexHides } from './vex-for.ts';
export { openVexMediaType, type VexIssue, writeOpenVex } from './write-openvex.ts';
