export { codeIn, codeOf, withoutCode } from './code.ts';
export { ElfFile, type ElfSection, type ElfSegment, segmentType, writable } from './elf-file.ts';
export { BadElf, wordsOf } from './elf-words.ts';
export { bytesUpTo, type FileBytes, fits, wholeFile } from './file-bytes.ts';
export { type Linkage, linkageOf, type NeededLibrary } from './linkage.ts';
export { dataSymbols, type ElfSymbol, exportedSymbols } from './symbols.ts';
export { type Range, windowsOf } from './windows.ts';
