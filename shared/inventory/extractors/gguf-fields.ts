/** bytes of the values of each type but texts (8) and lists (9) */
const sizes: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
const TEXT = 8;
const mostFields = 1000;
const longestName = 256;
const longestText = 4096;

/**
 * The texts among the metadata of a GGUF file, as far as `bytes` reach and up to the first list, which words of a language follow (ggml, "GGUF", versions 2 and 3).
 * Undefined for what is no such file.
 */
export function ggufFields(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  if (bytes.length < 24 || bytes.toString('latin1', 0, 4) !== 'GGUF') return undefined;
  const form = bytes.readUInt32LE(4);
  if (form < 2 || form > 3) return form === 1 ? new Map() : undefined;
  const fields = new Map<string, string>();
  const count = Math.min(mostFields, Number(bytes.readBigUInt64LE(16)));
  let at = 24;
  const text = (longest: number): string | undefined => {
    if (at + 8 > bytes.length) return undefined;
    const length = Number(bytes.readBigUInt64LE(at));
    if (length > longest || at + 8 + length > bytes.length) return undefined;
    at += 8 + length;
    return bytes.toString('utf8', at - length, at);
  };
  for (let index = 0; index < count; index += 1) {
    const name = text(longestName);
    if (name === undefined || at + 4 > bytes.length) break;
    const type = bytes.readUInt32LE(at);
    at += 4;
    if (type === TEXT) {
      const value = text(longestText);
      if (value === undefined) break;
      fields.set(name, value);
      continue;
    }
    const size = sizes[type];
    if (size === undefined) break;
    at += size;
  }
  return fields;
}
