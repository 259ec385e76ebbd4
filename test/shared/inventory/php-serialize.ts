type Value = string | number | boolean | null | { readonly [key: string]: Value };

/** PHP's serialize() for plain data; lengths are bytes. */
export function serialize(value: Value): string {
  if (value === null) return 'N;';
  if (typeof value === 'boolean') return `b:${value ? 1 : 0};`;
  if (typeof value === 'number') return Number.isInteger(value) ? `i:${value};` : `d:${value};`;
  if (typeof value === 'string') return `s:${Buffer.byteLength(value)}:"${value}";`;
  const entries = Object.entries(value);
  const key = (text: string): Value => (/^\d+$/.test(text) ? Number(text) : text);
  return `a:${entries.length}:{${entries.map(([name, inner]) => serialize(key(name)) + serialize(inner)).join('')}}`;
}
