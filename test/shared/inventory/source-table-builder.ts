/** How Go wrote its table of functions: 1.2 to 1.15, 1.16 and 1.17, since 1.18. */
export type TableForm = 'go12' | 'go116' | 'go118';

const magic = { go12: 0xffff_fffb, go116: 0xffff_fffa, go118: 0xffff_fff1 } as const;

/** A table that names these source files, and no functions (pclntab). */
export function sourceTable(
  paths: readonly string[],
  { form = 'go118' as TableForm, is64 = true, isLittle = true } = {},
): Buffer {
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (isLittle) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const word = (value: number): Buffer => {
    if (!is64) return u32(value);
    return Buffer.concat(isLittle ? [u32(value), u32(0)] : [u32(0), u32(value)]);
  };
  const size = is64 ? 8 : 4;
  const head = Buffer.concat([u32(magic[form]), Buffer.from([0, 0, 1, size])]);
  const texts = paths.map((path) => Buffer.from(`${path}\0`));
  if (form === 'go12') {
    // one function at address 0, the end of the code, where the files are listed
    const list = head.length + 4 * size + 8;
    const table = [word(1), word(0), word(0), word(0x1000), u32(list), u32(0)];
    let place = list + 4 * (texts.length + 1);
    const places = texts.map((text) => {
      const at = place;
      place += text.length;
      return u32(at);
    });
    return Buffer.concat([head, ...table, u32(texts.length + 1), ...places, ...texts]);
  }
  const words = form === 'go118' ? 8 : 7;
  const names = Buffer.from('main.main\0runtime.main\0runtime.gopanic\0');
  const from = head.length + words * size;
  const files = from + names.length;
  const end = files + texts.reduce((sum, text) => sum + text.length, 0);
  const counts = [0, texts.length, ...(form === 'go118' ? [0x1000] : [])];
  return Buffer.concat([head, ...[...counts, from, files, files, end, end].map(word), names, ...texts]);
}
