import { prettyPieces } from '#shared/sbom';

/** JSON in which every control and format character is escaped, also those that JSON would let through (DEL, C1, bidi). */
export const safeJson = (value: unknown): string => [...safeJsonPieces(value)].join('');

/** The same in pieces, with what of the value is made while it is written. */
export function* safeJsonPieces(value: unknown): Generator<string> {
  for (const piece of prettyPieces(value)) yield /^[\n -~]*$/.test(piece) ? piece : escapedIn(piece);
}

const escapedIn = (json: string): string =>
  json.replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, (character) => (character === '\n' ? character : escaped(character)));

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
