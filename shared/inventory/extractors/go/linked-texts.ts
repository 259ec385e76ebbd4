import { dataSymbols, type ElfFile } from '../../elf/index.ts';

const longest = 256;
const mostTexts = 10_000;

/**
 * The variables of a Go program that hold a text from the start, by the names of their symbols (`main.version`, `runtime.buildVersion`): what `-ldflags -X`
 * sets, among others. None when the program is stripped. Only names that `isWanted` are looked at.
 */
export function linkedTexts(elf: ElfFile, isWanted: (name: string) => boolean): Map<string, string> {
  const texts = new Map<string, string>();
  const word = elf.wordBytes;
  for (const { name, address } of dataSymbols(elf, 2 * word)) {
    if (!isWanted(name)) continue;
    if (texts.size >= mostTexts) break;
    const text = textOf(elf, address);
    // the linker escapes the full stops of a path's last part
    if (text !== undefined) texts.set(name.replaceAll('%2e', '.'), text);
  }
  return texts;
}

/** What a string header points to: address, length. */
function textOf(elf: ElfFile, address: number): string | undefined {
  const word = elf.wordBytes;
  const header = elf.offsetOf(address);
  const bytes = header === undefined ? undefined : elf.bytes(header, 2 * word);
  if (bytes === undefined) return undefined;
  const length = elf.words.native(bytes, word);
  const start = elf.offsetOf(elf.words.native(bytes, 0));
  if (start === undefined || length > longest) return undefined;
  return elf.bytes(start, length)?.toString('utf8');
}
