export { isMachO } from './mach-file.ts';
export { openProgramFile } from './open-program-file.ts';
export { PeFile } from './pe-file.ts';
export type { ProgramFile, ProgramPart } from './program-file.ts';
