const isHigh = (unit: number): boolean => unit >= 0xd800;
// UTF-16 puts surrogates (D800-DFFF) before E000-FFFF, UTF-8 puts what they stand for after: turn the two blocks round.
const rank = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit + 0x2000);

/**
 * Compares two strings by their UTF-8 bytes, as DynamoDB orders sort keys and compares strings; JavaScript's `<` orders by
 * UTF-16 units, which differs beyond U+FFFF. Negative when `a` comes first.
 */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return isHigh(left) && isHigh(right) ? rank(left) - rank(right) : left - right;
  }
  return a.length - b.length;
}
