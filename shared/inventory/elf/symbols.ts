import { type ElfFile, textAt } from './elf-file.ts';

/** A symbol of a program's table (gABI, "Symbol Table"). */
export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

const OBJECT = 1;
/** the largest known programs have half of it */
const mostSymbols = 500_000;

/** bytes of names; who is asked for symbols exports what a list names (GraalVM's linker gets one), and what has more exports everything */
const longestNames = 1 << 20;

/** The addresses of a library's or program's own symbols that others may use (`.dynsym`, which stripping leaves), by those of `names` that it has. */
export function exportedSymbols(elf: ElfFile, names: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const place = elf.sectionNamed('.dynstr');
  const texts = place === undefined || place.size > longestNames ? undefined : elf.section('.dynstr');
  // most have none of them, and their names as one text say so
  if (texts === undefined || names.some((name) => !texts.includes(`\0${name}\0`))) return found;
  const table = elf.section('.dynsym');
  if (table === undefined) return found;
  const { is64, native, word } = elf.words;
  const entry = is64 ? 24 : 16;
  const count = Math.min(mostSymbols, Math.floor(table.length / entry));
  for (let at = 0; at < count * entry && found.size < names.length; at += entry) {
    const name = textAt(texts, word(table, at));
    if (names.includes(name)) found.set(name, native(table, at + (is64 ? 8 : 4)));
  }
  return found;
}

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
