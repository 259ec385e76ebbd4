import { type ElfFile, textAt } from './elf-file.ts';

/** A symbol of a program's table (gABI, "Symbol Table"). */
export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

const OBJECT = 1;
/** the largest known programs have half of it */
const mostSymbols = 4_000_000;

/**
 * The symbols of data that have this many bytes, in the table's order; none when the program is stripped, or its table is not held. A name is cut to
 * 256 characters.
 */
export function* dataSymbols(elf: ElfFile, size: number): Iterable<ElfSymbol> {
  const table = elf.section('.symtab');
  const names = elf.section('.strtab');
  if (table === undefined || names === undefined) return;
  const { is64, native, word } = elf.words;
  const entry = is64 ? 24 : 16;
  const count = Math.min(mostSymbols, Math.floor(table.length / entry));
  for (let at = 0; at < count * entry; at += entry) {
    if ((table[at + (is64 ? 4 : 12)] ?? 0) % 16 !== OBJECT || native(table, at + (is64 ? 16 : 8)) !== size) continue;
    yield { name: textAt(names, word(table, at)), address: native(table, at + (is64 ? 8 : 4)), size };
  }
}
