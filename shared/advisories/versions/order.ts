/** Sign of a comparison. */
export type Sign = -1 | 0 | 1;

/**
 * One way to order version strings. `compare` is a total preorder over *all* strings: it never throws, and malformed
 * versions have a fixed place (stated by each order). Distinct spellings of one version compare equal (`1.0` and
 * `0:1.0-0` in dpkg). Time is linear in the length of the strings.
 */
export interface VersionOrder {
  readonly name: string;
  compare(a: string, b: string): Sign;
  /** whether the string is a well-formed version of this order */
  valid(v: string): boolean;
}

/** Text in UTF-16 code unit order (for ASCII: byte order, like strcmp). */
export function compareText(a: string, b: string): Sign {
  return a === b ? 0 : a < b ? -1 : 1;
}
