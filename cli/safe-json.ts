import { escapedJson, prettyPieces } from '#shared/sbom';

/** JSON in which every control and format character is escaped, also those that JSON would let through (DEL, C1, bidi). */
export const safeJson = (value: unknown): string => [...safeJsonPieces(value)].join('');

/** The same in pieces, with what of the value is made while it is written. */
export function* safeJsonPieces(value: unknown): Generator<string> {
  for (const piece of prettyPieces(value)) yield escapedJson(piece);
}
