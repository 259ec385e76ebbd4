import { BadElf, ElfFile, type FileBytes } from '../elf/index.ts';
import { MachFile } from './mach-file.ts';
import { PeFile } from './pe-file.ts';
import type { ProgramFile } from './program-file.ts';

/** A program's file of any form that is read; undefined when its headers cannot be read. */
export function openProgramFile(format: ProgramFile['format'], bytes: FileBytes): ProgramFile | undefined {
  if (format === 'pe') return PeFile.open(bytes);
  if (format === 'mach-o') return MachFile.open(bytes);
  try {
    return new ElfFile(bytes);
  } catch (error) {
    if (error instanceof BadElf) return undefined;
    throw error;
  }
}
